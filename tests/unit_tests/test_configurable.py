"""What LangChain lets a user set from outside: configurable fields and alternatives, limits, streaming on or off."""

import asyncio

import pytest
from fakes import FakeModel, candidate
from langchain_core.messages import AIMessageChunk
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.runnables import ConfigurableField
from langgraph.graph import START, MessagesState, StateGraph
from test_chat_models import ANSWER, PROMPT, STREAMS, WAYS, ToolUser, ask, chunks, routed, three

from langchain_dynaroute import Candidate, DynaRouteChatModel
from langchain_dynaroute.errors import PoolError

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


def routing(answer) -> tuple[str, str]:
    """By which router, and by whom, an answer was given."""
    record = answer.response_metadata["routing"]
    return record["router"], record["answered_by"]


# -- configurable ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ("best-performance", "large")),
        ({"router": "low-cost"}, ("low-cost", "small")),
        ({"model": "middle"}, ("best-performance", "middle")),
        ({"router": "low-cost", "model": "middle"}, ("low-cost", "middle")),
        ({"heat": 0.3}, ("best-performance", "large")),
    ],
    ids=str,
)
async def test_fields_can_be_configured(way, chosen, expected) -> None:
    """A configurable router, temperature, and the model that needs no field, are chosen by the config alone."""
    pool = three()
    llm = routed(*pool).configurable_fields(
        router=ConfigurableField(id="router"), temperature=ConfigurableField(id="heat")
    )
    answer = await ask(llm, way, config={"configurable": chosen})
    assert (ANSWER, expected) == (answer.content, routing(answer))
    (call,) = [call for each in pool for call in each.model.calls]
    assert chosen.get("heat") == call.get("temperature")


@pytest.mark.parametrize("way", WAYS)
async def test_a_pool_can_be_configured(way) -> None:
    """A configurable pool replaces the pool for one call."""
    llm = routed(*three()).configurable_fields(pool=ConfigurableField(id="pool"))
    config = {"configurable": {"pool": [candidate("other")]}}
    assert "other" == routing(await ask(llm, way, config=config))[1]
    assert "large" == routing(await ask(llm, way))[1]


@pytest.mark.parametrize("way", WAYS)
async def test_a_misspelt_configured_router_is_told(way) -> None:
    """A configured router that does not exist is our own error, with the way out."""
    llm = routed(*three()).configurable_fields(router=ConfigurableField(id="policy"))
    with pytest.raises(PoolError, match=r"There is no router 'low-cots'\. Did you mean 'low-cost'"):
        await ask(llm, way, config={"configurable": {"policy": "low-cots"}})


@pytest.mark.parametrize("way", WAYS)
async def test_alternatives_can_be_configured(way) -> None:
    """Another router, and a chat model that is none, can be alternatives; what else is configured holds for both."""
    plain = FakeModel()
    llm = routed(*three()).configurable_alternatives(
        ConfigurableField(id="llm"), default_key="dear", cheap=routed(*three(), router="low-cost"), plain=plain
    )
    assert ("best-performance", "large") == routing(await ask(llm, way))
    assert ("low-cost", "small") == routing(await ask(llm, way, config={"configurable": {"llm": "cheap"}}))
    config = {"configurable": {"llm": "cheap", "model": "middle"}}
    assert ("low-cost", "middle") == routing(await ask(llm, way, config=config))
    assert ANSWER == (await ask(llm, way, config={"configurable": {"llm": "plain", "model": "middle"}})).content
    assert 1 == len(plain.calls)


@pytest.mark.parametrize("way", WAYS)
async def test_it_can_be_an_alternative(way) -> None:
    """As the alternative of another chat model it takes its own choices from the same config."""
    llm = FakeModel().configurable_alternatives(ConfigurableField(id="llm"), routed=routed(*three()))
    answer = await ask(llm, way, config={"configurable": {"llm": "routed", "router": "low-cost"}})
    assert ("low-cost", "small") == routing(answer)


async def test_tools_and_decisions_follow_what_is_configured() -> None:
    """Tools bound to a configurable model, and `decide`, go by the configured router."""
    model = ToolUser()
    pool = [Candidate("only", model, input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=1)]
    llm = routed(*pool).configurable_fields(router=ConfigurableField(id="router"))
    answer = await ask(llm.bind_tools([TOOL]), "ainvoke", config={"configurable": {"router": "low-cost"}})
    assert "low-cost" == routing(answer)[0]
    assert "weather" in str(model.calls[0]["tools"])
    assert "low-cost" == llm.with_config(configurable={"router": "low-cost"}).decide(PROMPT).router


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_a_batch_has_a_config_for_each_prompt(way) -> None:
    """Each prompt of a batch is answered as its own config says."""
    llm = routed(*three())
    configs = [{"configurable": {"router": "low-cost"}}, {"configurable": {"model": "middle"}}, {}]
    if way == "ainvoke":
        answers = await llm.abatch([PROMPT] * 3, configs)
    else:
        answers = await asyncio.to_thread(llm.batch, [PROMPT] * 3, configs)
    expected = [("low-cost", "small"), ("best-performance", "middle"), ("best-performance", "large")]
    assert expected == [routing(answer) for answer in answers]


# -- rate limits ----------------------------------------------------------------------------


class Counted(BaseRateLimiter):
    """Lets everything pass, and counts it."""

    def __init__(self) -> None:
        self.passed: list[str] = []

    def acquire(self, *, blocking=True):
        self.passed.append("sync")
        return True

    async def aacquire(self, *, blocking=True):
        self.passed.append("async")
        return True


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("error", [None, "429"])
async def test_a_rate_limiter_is_asked_once_an_answer(way, error) -> None:
    """The chat model's limiter counts one answer, however many candidates were tried; a candidate's, each call."""
    own, first, second = Counted(), Counted(), Counted()
    pool = [
        candidate("large", 2.0, rate_limiter=first, error=error),
        candidate("small", 1.0, rate_limiter=second),
    ]
    await ask(routed(*pool, rate_limiter=own), way)
    kind = ["async" if way.startswith("a") else "sync"]
    assert (kind, kind, kind if error else []) == (own.passed, first.passed, second.passed)


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_skipped_is_not_counted(way, monkeypatch) -> None:
    """A candidate that is not in reach takes nothing of a limit."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    own = Counted()
    remote = Candidate("remote", "gpt-4.1", input_usd_per_1m_tokens=9, output_usd_per_1m_tokens=9)
    await ask(routed(remote, *three(), rate_limiter=own), way)
    assert 1 == len(own.passed)


# -- streaming switched off -----------------------------------------------------------------


def is_streamed(model: FakeModel) -> bool:
    """Whether the fake's answer was pulled in pieces."""
    return bool(model.pulled)


@pytest.mark.parametrize("way", STREAMS)
@pytest.mark.parametrize(
    ("disabled", "tools", "in_pieces"),
    [(True, [], False), (True, [TOOL], False), ("tool_calling", [TOOL], False), ("tool_calling", [], True)],
)
@pytest.mark.parametrize("whose", ["the chat model's", "the candidate's"])
async def test_streaming_can_be_switched_off(way, disabled, tools, in_pieces, whose) -> None:
    """`disable_streaming` of the chat model, or of the candidate, asks for the whole answer at once."""
    own, candidates = (disabled, False) if whose == "the chat model's" else (False, disabled)
    model = ToolUser(disable_streaming=candidates)
    llm = routed(Candidate("only", model), disable_streaming=own)
    streamed = await chunks(llm, way, **({"tools": tools} if tools else {}))
    assert in_pieces is is_streamed(model)
    assert in_pieces is (len([chunk for chunk in streamed if chunk.content]) > 1)
    assert ANSWER == "".join(chunk.content for chunk in streamed)
    assert "only" == streamed[-1].response_metadata["routing"]["answered_by"]


@pytest.mark.parametrize("disabled", [True, False])
def test_a_host_graph_hears_what_is_not_streamed_once(disabled) -> None:
    """In a host's node an answer that is not streamed is heard whole, once."""
    llm = routed(*three(), disable_streaming=disabled)
    host = StateGraph(MessagesState)
    host.add_node("ask", lambda state: {"messages": [llm.invoke(state["messages"])]})
    host.add_edge(START, "ask")
    told = [part for part, _ in host.compile().stream({"messages": [("user", PROMPT)]}, stream_mode="messages")]
    assert ([ANSWER] if disabled else ["one ", "two ", "three"]) == [part.content for part in told if part.content]
    assert disabled is not any(isinstance(part, AIMessageChunk) for part in told)


def test_a_class_of_ones_own_keeps_it_all() -> None:
    """A subclass with its own defaults can be configured as the class itself."""

    class House(DynaRouteChatModel):
        router: str = "low-cost"

    pool = three()
    llm = House(pool=pool, classifier=routed(*pool).classifier)
    configured = llm.configurable_fields(router=ConfigurableField(id="router"))
    assert "small" == routing(llm.invoke(PROMPT))[1]
    assert "large" == routing(configured.invoke(PROMPT, {"configurable": {"router": "best-performance"}}))[1]
