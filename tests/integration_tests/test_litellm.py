"""The chat model over LiteLLM, against a loopback server that fails in the ways real providers do."""

import asyncio
import json
import re
import socket
import threading
import traceback
from functools import reduce
from operator import add

import pytest
from faulty_server import Behaviour
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler

from langchain_dynaroute import Candidate, Category, DynaRouteChatModel, TaskProfile, build_routing_graph
from langchain_dynaroute.classifiers import TaskClassifier
from langchain_dynaroute.errors import AllCandidatesFailedError, InterruptedAnswerError

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

PROMPT = "What is the answer?"
ANSWER = "The answer is 42."
WORDS = ["The ", "answer ", "is ", "42."]
MANY = tuple(f"word{place} " for place in range(400))
KEY = "swordfish-of-the-house"
WAYS = ("invoke", "ainvoke", "stream", "astream")
STREAMS = ("stream", "astream")
PATIENCE_S = 30.0
"""What would hang fails after this long; no test's claim is about time."""


class Hard(TaskClassifier):
    """Finds every prompt hard."""

    name = "hard"

    def classify(self, prompt):
        """Return level 3."""
        return TaskProfile(category=Category.MATHEMATICS, level=3)


class _Errors(BaseCallbackHandler):
    """Keeps every error that callbacks hear of."""

    run_inline = True

    def __init__(self) -> None:
        self.errors = []

    def on_llm_error(self, error, **_):
        self.errors.append(error)

    def on_chain_error(self, error, **_):
        self.errors.append(error)


def served(server, name, price=1.0, **params) -> Candidate:
    """A candidate that the server answers for, under the LiteLLM id `openai/NAME`."""
    return Candidate(
        name,
        f"openai/{name}",
        input_usd_per_1m_tokens=price,
        output_usd_per_1m_tokens=2 * price,
        api_key=KEY,
        params={"api_base": server.api_base, **params},
    )


def pair(server, first=None) -> list[Candidate]:
    """Two candidates: `first`, the dearer, behaves as told; `second` always answers."""
    server.behaviours["first"] = first or Behaviour()
    return [served(server, "first", 2.0), served(server, "second", 1.0)]


def routed(pool, **fields) -> DynaRouteChatModel:
    """A chat model that asks the dearest candidate first."""
    return DynaRouteChatModel(router="best-performance", classifier=Hard(), pool=pool, **fields)


async def chunks(llm, way, config=None, **kwargs):
    """Stream an answer, and return its chunks."""
    if way == "stream":
        return await asyncio.to_thread(lambda: list(llm.stream(PROMPT, config, **kwargs)))
    return [chunk async for chunk in llm.astream(PROMPT, config, **kwargs)]


async def ask(llm, way, config=None, **kwargs):
    """Ask in one of the four ways, and return the whole answer."""
    if way == "invoke":
        return await asyncio.to_thread(llm.invoke, PROMPT, config, **kwargs)
    if way == "ainvoke":
        return await llm.ainvoke(PROMPT, config, **kwargs)
    return reduce(add, await chunks(llm, way, config, **kwargs))


def tried(answer):
    """Who was tried, and how it went."""
    return [(attempt["name"], attempt["status"]) for attempt in answer.response_metadata["routing"]["attempts"]]


def asked(server):
    """Names of the models in the requests that reached the server."""
    return [request["model"] for request in server.requests]


async def until(happened) -> None:
    """Let the event loop run until something has happened."""
    async with asyncio.timeout(PATIENCE_S):
        while not happened():  # noqa: ASYNC110 - it happens in another thread, or in a finalizer
            await asyncio.sleep(0.01)


# -- an answer ------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
async def test_an_answer_names_its_model(server, way) -> None:
    """An answer through LiteLLM is whole, and names the LiteLLM id and LangChain's name of the provider."""
    answer = await ask(routed(pair(server)), way)
    assert ANSWER == answer.content
    metadata = answer.response_metadata
    assert ("openai/first", "openai", "stop") == tuple(
        metadata[key] for key in ("model_name", "model_provider", "finish_reason")
    )
    assert metadata["routing"] == json.loads(json.dumps(metadata["routing"]))
    assert ["first"] == asked(server)


@pytest.mark.parametrize("way", WAYS)
async def test_usage_and_cost_are_the_providers_count(server, way) -> None:
    """The tokens that the provider counted are told once, and billed at the candidate's price."""
    usage = UsageMetadataCallbackHandler()
    answer = await ask(routed(pair(server, Behaviour(status=500))), way, {"callbacks": [usage]})
    assert ["openai/second"] == list(usage.usage_metadata)
    for told in (answer.usage_metadata, usage.usage_metadata["openai/second"]):
        assert {"input_tokens": 11, "output_tokens": 4, "total_tokens": 15}.items() <= told.items()
    routing = answer.response_metadata["routing"]
    assert (11 * 1.0 + 4 * 2.0) / 1e6 == pytest.approx(routing["cost_usd"])


@pytest.mark.parametrize("way", STREAMS)
async def test_words_arrive_one_by_one(server, way) -> None:
    """A stream's chunks are the provider's words, and its metadata is on the last chunk alone."""
    streamed = await chunks(routed(pair(server)), way)
    assert WORDS == [chunk.content for chunk in streamed if chunk.content]
    assert [streamed[-1]] == [chunk for chunk in streamed if chunk.response_metadata]


@pytest.mark.parametrize("way", STREAMS)
async def test_the_graph_alone_tells_the_same(server, way) -> None:
    """The compiled graph streams the same words, and its answer names the same model."""
    graph = build_routing_graph("best-performance", pair(server, Behaviour(status=500)), Hard()).compile()
    given, modes = {"messages": [("human", PROMPT)]}, ["messages", "values"]
    if way == "stream":
        found = await asyncio.to_thread(lambda: list(graph.stream(given, stream_mode=modes)))
    else:
        found = [event async for event in graph.astream(given, stream_mode=modes)]
    assert WORDS == [event[0].content for mode, event in found if mode == "messages" and event[0].content]
    answer = found[-1][1]["messages"][-1]
    assert ("openai/second", "openai") == tuple(
        answer.response_metadata[key] for key in ("model_name", "model_provider")
    )
    assert [("first", "failed"), ("second", "answered")] == tried(answer)


# -- parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
async def test_parameters_reach_the_provider(server, way) -> None:
    """Sampling parameters, stop words, a candidate's own parameters and its key are in the request."""
    llm = routed([served(server, "first", seed=7)], temperature=0.2, max_tokens=9, top_p=0.5, stop=["END"])
    await ask(llm, way)
    (request,) = server.requests
    sent = {"temperature": 0.2, "max_tokens": 9, "top_p": 0.5, "stop": ["END"], "seed": 7}
    assert sent.items() <= request.items()
    assert f"Bearer {KEY}" == request["authorization"]


@pytest.mark.parametrize("way", WAYS)
async def test_the_calls_own_parameters_come_first(server, way) -> None:
    """What a call says outweighs the chat model's parameters."""
    await ask(routed(pair(server), temperature=0.2, stop=["END"]), way, temperature=0.7, stop=["STOP"])
    assert {"temperature": 0.7, "stop": ["STOP"]}.items() <= server.requests[0].items()


@pytest.mark.parametrize("way", WAYS)
async def test_unsupported_parameters_are_dropped(server, way) -> None:
    """A parameter that a model does not take is left out for it, and sent to one that takes it."""
    server.behaviours["o3-mini"] = Behaviour(status=429)
    llm = routed([served(server, "o3-mini", 2.0), served(server, "gpt-4.1", 1.0)], temperature=0.2, top_p=0.5)
    assert ANSWER == (await ask(llm, way)).content
    first, second = server.requests
    assert set() == {"temperature", "top_p"} & set(first)
    assert {"temperature": 0.2, "top_p": 0.5}.items() <= second.items()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["second", "openai/second"])
async def test_a_model_can_be_forced(server, way, name) -> None:
    """A candidate's name, and its LiteLLM id, force it."""
    answer = await ask(routed(pair(server)), way, model=name)
    assert [("second", "answered")] == tried(answer)
    assert ["second"] == asked(server)


# -- failures -------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("status", "error"), [(401, "AuthenticationError"), (429, "RateLimitError"), (500, "InternalServerError")]
)
async def test_a_refusal_falls_back(server, way, status, error) -> None:
    """A provider that refuses is asked once, and the next candidate answers."""
    answer = await ask(routed(pair(server, Behaviour(status=status))), way)
    assert (ANSWER, "openai/second") == (answer.content, answer.response_metadata["model_name"])
    assert [("first", "failed"), ("second", "answered")] == tried(answer)
    assert answer.response_metadata["routing"]["attempts"][0]["error"].startswith(f"{error}: ")
    assert ["first", "second"] == asked(server)


@pytest.mark.parametrize("way", WAYS)
async def test_a_dead_port_falls_back(server, way) -> None:
    """A provider that cannot be connected to is passed over."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    dead = served(server, "dead", 3.0).model_copy(update={"params": {"api_base": f"http://127.0.0.1:{port}/v1"}})
    answer = await ask(routed([dead, *pair(server)]), way)
    assert [("dead", "failed"), ("first", "answered")] == tried(answer)
    assert ["first"] == asked(server)


@pytest.mark.parametrize("way", WAYS)
async def test_a_slow_provider_falls_back(server, way) -> None:
    """A provider that says nothing for longer than `timeout` is passed over."""
    answer = await ask(routed(pair(server, Behaviour(delay_s=2.0)), timeout=0.3), way)
    assert [("first", "failed"), ("second", "answered")] == tried(answer)
    assert re.search("timeout|timed out", answer.response_metadata["routing"]["attempts"][0]["error"], re.IGNORECASE)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("retries", "requests"), [(None, 1), (1, 2)])
async def test_retries_are_the_callers_choice(server, way, retries, requests) -> None:
    """A failing provider is asked once, and once more for each of `max_retries`."""
    await ask(routed(pair(server, Behaviour(status=500)), max_retries=retries), way)
    assert [*["first"] * requests, "second"] == asked(server)


@pytest.mark.parametrize("way", WAYS)
async def test_no_key_is_told(server, way, capfd) -> None:
    """When all fail, neither error, traceback, callbacks nor screen show the key, though the server echoes it."""
    server.behaviours["second"] = Behaviour(status=401)
    heard = _Errors()
    with pytest.raises(AllCandidatesFailedError) as caught:
        await ask(routed(pair(server, Behaviour(status=500))), way, {"callbacks": [heard]})
    assert ["first", "second"] == [attempt.name for attempt in caught.value.attempts]
    assert 2 == str(caught.value).count("you sent Bearer [redacted]")
    told = [*traceback.format_exception(caught.value), *map(str, heard.errors)]
    assert [] == [line for line in told if KEY in line]
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize("way", STREAMS)
async def test_a_cut_connection_interrupts(server, way) -> None:
    """A connection that is cut in mid-answer raises, keeps what was received, and nobody else is asked."""
    llm = routed(pair(server, Behaviour(break_after=2, delay_s=0.1)))
    with pytest.raises(InterruptedAnswerError, match="first broke off after 11 characters") as caught:
        await chunks(llm, way)
    assert "The answer " == caught.value.received
    assert [("first", "interrupted")] == [(attempt.name, attempt.status) for attempt in caught.value.attempts]
    assert ["first"] == asked(server)
    assert KEY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("way", STREAMS)
async def test_a_connection_cut_before_the_first_word_falls_back(server, way) -> None:
    """A connection that is cut after the role and before any word leaves nothing: the next candidate answers."""
    answer = await ask(routed(pair(server, Behaviour(break_after=0))), way)
    assert ANSWER == answer.content
    assert [("first", "failed"), ("second", "answered")] == tried(answer)


# -- leaving early --------------------------------------------------------------------------


async def test_closing_a_stream_stops_the_provider(server) -> None:
    """A stream that is closed makes the server stop writing."""
    stream = routed(pair(server, Behaviour(words=MANY, delay_s=0.01))).stream(PROMPT)
    assert MANY[0] == next(chunk.content for chunk in stream if chunk.content)
    stream.close()
    await until(lambda: server.ended)
    assert {"first": "abandoned"} == server.ended
    assert server.words_sent["first"] < len(MANY) // 4


async def test_closing_an_async_stream_stops_the_provider(server) -> None:
    """An async stream that is closed makes the server stop writing."""
    stream = routed(pair(server, Behaviour(words=MANY, delay_s=0.01))).astream(PROMPT)
    async for chunk in stream:
        if chunk.content:
            break
    await stream.aclose()
    await until(lambda: server.ended)
    assert {"first": "abandoned"} == server.ended
    assert server.words_sent["first"] < len(MANY) // 4


async def test_cancelling_an_async_stream_stops_the_provider(server) -> None:
    """The cancelled reader of an async stream makes the server stop writing, and nobody else is asked."""
    reading = asyncio.create_task(chunks(routed(pair(server, Behaviour(words=MANY, delay_s=0.01))), "astream"))
    await until(lambda: server.words_sent.get("first"))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until(lambda: server.ended)
    assert {"first": "abandoned"} == server.ended
    assert server.words_sent["first"] < len(MANY) // 4
    assert ["first"] == asked(server)


async def test_a_stream_that_is_read_to_its_end_is_complete(server) -> None:
    """Without closing, all words are written: what the three tests above see comes from closing."""
    await chunks(routed(pair(server, Behaviour(words=MANY[:50], delay_s=0.001))), "stream")
    await until(lambda: server.ended)
    assert ({"first": "complete"}, 50) == (server.ended, server.words_sent["first"])


async def test_answers_are_awaited_at_the_same_time(server) -> None:
    """Two async requests are under way at once: the server answers neither before it has both."""
    both = threading.Barrier(2, timeout=PATIENCE_S)
    llm = routed(pair(server, Behaviour(before=both.wait)))
    answers = await asyncio.gather(llm.ainvoke(PROMPT), llm.ainvoke(PROMPT))
    assert [[("first", "answered")]] * 2 == [tried(answer) for answer in answers]
