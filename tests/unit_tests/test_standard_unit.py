"""LangChain's standard unit suite; and what LangChain builds around a chat model: fallbacks, retries, agents."""

import asyncio
from functools import reduce
from operator import add

import pytest
from fakes import FixedClassifier
from langchain.agents import create_agent
from langchain.agents.structured_output import AutoStrategy, ProviderStrategy, ToolStrategy
from langchain_core.load.load import _default_class_paths_cache
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.runnables.fallbacks import RunnableWithFallbacks
from langchain_tests.unit_tests import ChatModelUnitTests
from pydantic import BaseModel
from scripted_model import GREETING, ScriptedModel

from langchain_dynaroute import Candidate, DynaRouteChatModel, policy
from langchain_dynaroute.errors import AllCandidatesFailedError

QUESTION = "What is the weather in Paris at 21 degrees?"
SAID = "The tool says: sunny in Paris"
WAYS = ("invoke", "ainvoke", "stream", "astream")


class TestStandardUnit(ChatModelUnitTests):
    """The standard suite over a shipped pool."""

    chat_model_class = DynaRouteChatModel
    has_tool_calling = True
    has_tool_choice = True
    has_structured_output = True
    supports_model_override = True

    @property
    def chat_model_params(self):
        return {"pool": "flagship"}

    @property
    def init_from_env_params(self):
        """A key in the environment is the candidates' own affair: it changes no field of the model."""
        return {"OPENAI_API_KEY": "made-up"}, self.chat_model_params, self.chat_model_params

    @pytest.fixture
    def snapshot(self):
        """What the standard model is saved as: what was given to it, and nothing else."""
        given = {"router": "optimum", "pool": "flagship", "temperature": 0.0, "max_tokens": 100, "stop": []}
        saved = {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain_dynaroute", "chat_models", "DynaRouteChatModel"],
            "name": "DynaRouteChatModel",
            "kwargs": {**given, "timeout": 60.0, "max_retries": 2},
        }
        return lambda name: {"serialized": saved}[name]

    @pytest.fixture(autouse=True)
    def _allowed_to_load(self, monkeypatch):
        """`allowed_objects="all"` means all of core's own list, which no package can add itself to."""
        monkeypatch.setitem(_default_class_paths_cache, "all", {tuple(DynaRouteChatModel.lc_id())})
        monkeypatch.setattr(policy, "_default_classifier", FixedClassifier)

    pytestmark = pytest.mark.filterwarnings("ignore:The function `load` is in beta")


class Report(BaseModel):
    """The weather, as a report."""

    city: str
    degrees: int


class Flaky(ScriptedModel):
    """Fails the first time."""

    def _answer(self, messages, stop, kwargs):
        answer = super()._answer(messages, stop, kwargs)
        if len(self.requests) == 1:
            msg = "a hiccup"
            raise RuntimeError(msg)
        return answer


def get_weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"sunny in {city}"


def routed(*models: ScriptedModel, **abilities) -> DynaRouteChatModel:
    """A chat model that asks `models` in their order."""
    pool = [
        Candidate(model.model_name, model, input_usd_per_1m_tokens=9 - place, output_usd_per_1m_tokens=1, **abilities)
        for place, model in enumerate(models)
    ]
    return DynaRouteChatModel(router="best-performance", pool=pool, classifier=FixedClassifier())


def broken(name="large") -> ScriptedModel:
    """A model that never answers."""
    return ScriptedModel(model_name=name, failure="out of order")


def working(name="small") -> ScriptedModel:
    """A model that answers."""
    return ScriptedModel(model_name=name)


async def steps(agent, way) -> list:
    """Run an agent in one of the four ways, and return the messages after the question."""
    given = {"messages": [("user", QUESTION)]}
    if way == "ainvoke":
        return (await agent.ainvoke(given))["messages"][1:]
    if way == "invoke":
        return (await asyncio.to_thread(agent.invoke, given))["messages"][1:]
    if way == "stream":
        parts = await asyncio.to_thread(lambda: list(agent.stream(given, stream_mode="messages")))
    else:
        parts = [part async for part in agent.astream(given, stream_mode="messages")]
    whole = {}
    for part, _ in parts:
        whole.setdefault(part.id, []).append(part)
    return [reduce(add, group) for group in whole.values()]


# -- around the model -----------------------------------------------------------------------


def test_fallbacks_survive_bind_tools() -> None:
    """Tools bound to a model with fallbacks are bound to the fallbacks too, which are kept."""
    llm = routed(broken()).with_fallbacks([routed(working())]).bind_tools([get_weather], tool_choice="any")
    assert isinstance(llm, RunnableWithFallbacks)
    assert [{"city": "Paris"}] == [call["args"] for call in llm.invoke(QUESTION).tool_calls]


async def test_fallbacks_survive_with_structured_output() -> None:
    """A structure asked of a model with fallbacks is asked of the fallbacks too, sync, async and streamed."""
    llm = routed(broken()).with_fallbacks([routed(working())]).with_structured_output(Report)
    wanted = Report(city="Paris", degrees=21)
    assert isinstance(llm, RunnableWithFallbacks)
    assert [wanted] * 3 == [llm.invoke(QUESTION), await llm.ainvoke(QUESTION), list(llm.stream(QUESTION))[-1]]


async def test_it_can_be_a_fallback() -> None:
    """Another chat model falls back to it, with the tools that were bound to both."""
    llm = broken().with_fallbacks([routed(working())])
    assert GREETING == (await llm.ainvoke("Hello")).text
    assert "get_weather" == llm.bind_tools([get_weather]).invoke(QUESTION).tool_calls[0]["name"]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_with_retry_asks_again(way) -> None:
    """After every candidate has failed, `with_retry` asks again, and tools and structure stay bound."""
    for bind in (
        lambda llm: llm,
        lambda llm: llm.bind_tools([get_weather], tool_choice="any"),
        lambda llm: llm.with_structured_output(Report),
    ):
        model = Flaky(model_name="flaky")
        llm = bind(routed(model)).with_retry(retry_if_exception_type=(AllCandidatesFailedError,), stop_after_attempt=2)
        answer = await (llm.ainvoke(QUESTION) if way == "ainvoke" else asyncio.to_thread(llm.invoke, QUESTION))
        assert 2 == len(model.requests)
        assert isinstance(answer, Report) or answer.tool_calls or GREETING == answer.text


def test_a_key_in_the_environment_makes_a_candidate_reachable(monkeypatch) -> None:
    """A provider's key that is set later is seen without a new model."""
    pool = [Candidate("GPT", "gpt-4.1", input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=1)]
    llm = DynaRouteChatModel(pool=pool, classifier=FixedClassifier())
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    before = llm.decide("Hello").ranking[0]
    monkeypatch.setenv("OPENAI_API_KEY", "made-up")
    assert (False, "OPENAI_API_KEY", True) == (
        before.reachable,
        before.missing,
        llm.decide("Hello").ranking[0].reachable,
    )


# -- agents ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
async def test_an_agent_runs_its_tool_loop(way) -> None:
    """`create_agent` calls the tool and answers with its result; each step falls back on its own."""
    large, small = broken(), working()
    called, result, answer = await steps(create_agent(routed(large, small), [get_weather]), way)
    assert [("get_weather", {"city": "Paris"})] == [(call["name"], call["args"]) for call in called.tool_calls]
    assert ("sunny in Paris", called.tool_calls[0]["id"]) == (result.content, result.tool_call_id)
    assert (SAID, []) == (answer.text, answer.tool_calls)
    for message in (called, answer):
        attempts = message.response_metadata["routing"]["attempts"]
        assert [("large", "failed"), ("small", "answered")] == [(each["name"], each["status"]) for each in attempts]
    assert (2, 2) == (len(large.requests), len(small.requests))


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
@pytest.mark.parametrize("tools", [[get_weather], []], ids=["with tools", "without"])
@pytest.mark.parametrize(
    ("strategy", "by_schema"),
    [
        (AutoStrategy, True),
        (AutoStrategy, False),
        (ToolStrategy, True),
        (ToolStrategy, False),
        (ProviderStrategy, True),
    ],
)
async def test_an_agent_gives_a_structure(strategy, by_schema, tools, way) -> None:
    """`create_agent(response_format=…)` gives the structure, whichever way it is asked for."""
    llm = routed(broken(), working(), structured_output=by_schema, tool_calling=True)
    agent = create_agent(llm, tools, response_format=strategy(Report))
    given = {"messages": [("user", QUESTION)]}
    state = await agent.ainvoke(given) if way == "ainvoke" else await asyncio.to_thread(agent.invoke, given)
    assert Report(city="Paris", degrees=21) == state["structured_response"]
    said = [message.content for message in state["messages"] if isinstance(message, ToolMessage)]
    assert bool(tools) is ("sunny in Paris" in said)


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol on Pregel is experimental")
def test_an_agents_v3_events_carry_each_answer_once() -> None:
    """Among an agent's v3 events no answer comes a second time, whole, after it has been streamed."""
    events = create_agent(routed(working()), [get_weather]).stream_events(
        {"messages": [("user", QUESTION)]}, version="v3"
    )
    told = [event["params"]["data"][0] for event in events if event["method"] == "messages"]
    assert [] == [part for part in told if isinstance(part, AIMessage)]
    assert 2 == sum(part["event"] == "message-start" for part in told)


# -- abilities ------------------------------------------------------------------------------


def test_a_response_format_goes_only_to_who_takes_one() -> None:
    """A JSON schema given as `response_format` excludes the candidates that would ignore it, tools or not."""
    large, small = working("large"), working("small")
    pool = [
        Candidate("large", large, input_usd_per_1m_tokens=9, output_usd_per_1m_tokens=9, structured_output=False),
        Candidate("small", small, input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=1, structured_output=True),
    ]
    llm = DynaRouteChatModel(router="best-performance", pool=pool, classifier=FixedClassifier())
    form = ProviderStrategy(Report).to_model_kwargs()
    for bound in (llm.bind(**form), llm.bind_tools([get_weather], **form)):
        assert ["small"] == [item["name"] for item in bound.invoke(QUESTION).response_metadata["routing"]["ranking"]]


@pytest.mark.parametrize("known", [True, False, None])
def test_the_profile_denies_no_ability_that_is_unknown(known) -> None:
    """The profile affirms an ability that one candidate has, denies one that none has, and leaves out the rest."""
    profile = routed(broken(), working(), tool_calling=known).profile
    assert known == profile.get("tool_calling")


def test_the_chunks_of_an_answer_add_up_to_it() -> None:
    """A streamed answer with a tool call is the invoked one: text, calls, usage and metadata."""
    llm = routed(broken(), working()).bind_tools([get_weather], tool_choice="any")
    whole, streamed = llm.invoke(QUESTION), reduce(add, llm.stream(QUESTION))
    assert isinstance(streamed, AIMessageChunk)
    for part in ("content", "tool_calls", "usage_metadata"):
        assert getattr(whole, part) == getattr(streamed, part)
    assert whole.response_metadata.keys() == streamed.response_metadata.keys()
