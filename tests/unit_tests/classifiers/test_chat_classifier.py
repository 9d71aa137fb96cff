"""A chat model as the classifier: it is repaired once, never trusted blindly, and pays its own way."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import USAGE, FixedClassifier, Judge, candidate
from langchain_core.messages import HumanMessage
from langgraph.graph import START, MessagesState, StateGraph

from langchain_dynaroute import Candidate, Category, DynaRouteChatModel, TaskProfile
from langchain_dynaroute.classifiers import ChatModelClassifier

GOOD = {"category": "Physics", "level": 3}


async def ask(judge: ChatModelClassifier, prompt: Any, way: str) -> TaskProfile:
    return judge.classify(prompt) if way == "sync" else await judge.aclassify(prompt)


@pytest.mark.parametrize("way", ["sync", "async"])
async def test_the_models_verdict_is_the_profile(way) -> None:
    """Category and level are what the model says, and the tokens spent are on the profile."""
    judge = Candidate("judge", Judge(verdicts=[GOOD]), input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=2)
    profile = await ask(ChatModelClassifier(judge), "Why is the sky blue?", way)
    assert (Category.PHYSICS, 3) == (profile.category, profile.level)
    assert USAGE["input_tokens"] == profile.usage["input_tokens"]
    assert pytest.approx((30 * 1 + 20 * 2) / 1e6) == profile.cost_usd


@pytest.mark.parametrize("way", ["sync", "async"])
async def test_one_repair_is_asked_for(way) -> None:
    """A verdict that does not fit is sent back once with the reason, and both calls are paid for."""
    judge = Judge(verdicts=[{"category": "Alchemy", "level": 9}, GOOD])
    profile = await ask(ChatModelClassifier(judge), "x", way)
    assert Category.PHYSICS == profile.category
    assert 2 * USAGE["total_tokens"] == profile.usage["total_tokens"]
    assert "does not fit" in judge.calls[1]["messages"][-1].text


@pytest.mark.parametrize("way", ["sync", "async"])
async def test_after_a_failed_repair_it_is_miscellaneous(way) -> None:
    """Two verdicts that do not fit make Miscellaneous, level 2, with the reason; there is no third call."""
    judge = Judge(verdicts=[{"category": "Alchemy", "level": 1}])
    profile = await ask(ChatModelClassifier(judge), "x", way)
    assert (Category.MISCELLANEOUS, 2) == (profile.category, profile.level)
    assert "no usable answer" in profile.note
    assert 2 == len(judge.calls)


@pytest.mark.parametrize("way", ["sync", "async"])
async def test_a_dead_classifier_does_not_fail_the_request(way) -> None:
    """When the model cannot be reached the profile is Miscellaneous, and the note hides the key."""
    judge = Candidate("judge", Judge(error="401 for tell-nobody-4711"), api_key="tell-nobody-4711")
    profile = await ask(ChatModelClassifier(judge), "x", way)
    assert Category.MISCELLANEOUS == profile.category
    assert "401" in profile.note
    assert "tell-nobody-4711" not in profile.note


def test_a_long_prompt_is_shown_from_both_ends() -> None:
    """Of a very long prompt the model sees beginning and end."""
    judge = Judge(verdicts=[GOOD])
    ChatModelClassifier(judge, max_characters=100).classify("begin " + "x" * 100_000 + " end")
    shown = judge.calls[0]["messages"][-1].text
    assert len(shown) < 200
    assert "begin" in shown
    assert "end" in shown


def test_its_cost_stands_beside_the_answers() -> None:
    """`router_cost_usd` is the classifier's, `cost_usd` the answer's; an embedded one costs nothing."""
    judge = Candidate("judge", Judge(verdicts=[GOOD]), input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=1)
    asked = DynaRouteChatModel(pool=[candidate("a", 2)], classifier=ChatModelClassifier(judge)).invoke("x")
    fixed = DynaRouteChatModel(pool=[candidate("a", 2)], classifier=FixedClassifier()).invoke("x")
    assert pytest.approx(50 / 1e6) == asked.response_metadata["routing"]["router_cost_usd"]
    assert pytest.approx(100 / 1e6) == asked.response_metadata["routing"]["cost_usd"]
    assert 0 == fixed.response_metadata["routing"]["router_cost_usd"]
    assert USAGE["total_tokens"] == asked.usage_metadata["total_tokens"]


@pytest.mark.parametrize("subgraphs", [False, True])
def test_its_tokens_never_reach_a_hosts_stream(subgraphs) -> None:
    """A host that streams messages sees the answer's tokens and nothing of the classifier's."""
    llm = DynaRouteChatModel(pool=[candidate("a", 2)], classifier=ChatModelClassifier(Judge(verdicts=[GOOD])))
    host = StateGraph(MessagesState)
    host.add_node("node", lambda state: {"messages": [llm.invoke(state["messages"])]})
    host.add_edge(START, "node")
    streamed = host.compile().stream({"messages": [HumanMessage("x")]}, stream_mode="messages", subgraphs=subgraphs)
    chunks = [item[1][0] if subgraphs else item[0] for item in streamed]
    assert "one two three" == "".join(chunk.content for chunk in chunks)
    assert not [chunk for chunk in chunks if chunk.tool_calls]
