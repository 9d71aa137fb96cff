"""What a candidate says of itself on its chunks, put together."""

import asyncio
from functools import reduce
from operator import add

import pytest
from fakes import USAGE, FakeModel, FixedClassifier, candidate
from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_dynaroute import DynaRouteChatModel, build_routing_graph
from langchain_dynaroute.chunk_metadata import ChunkMetadata
from langchain_dynaroute.errors import InterruptedAnswerError

PROMPT = {"messages": [("human", "How many primes are there?")]}
TOKENS = ["one ", "two ", "three"]


def test_what_is_said_again_counts_once() -> None:
    """Only what no chunk has told before is new; the latest word holds, and nothing said is no word."""
    told = ChunkMetadata()
    assert {"model_name": "small", "created": 1.5, "finish_reason": None} == told.add(
        {"model_name": "small", "created": 1.5, "finish_reason": None}
    )
    assert {"finish_reason": "stop"} == told.add({"model_name": "small", "created": 2.5, "finish_reason": "stop"})
    assert {} == told.add({"finish_reason": None})
    assert {"model_name": "small", "created": 2.5, "finish_reason": "stop"} == told.whole


def test_log_probabilities_grow() -> None:
    """Log-probabilities are told piece by piece, and are kept whole."""
    told = ChunkMetadata()
    for piece in ({"content": [1], "refusal": None}, {"content": [2, 3], "refusal": None}, None):
        assert {"logprobs": piece} == told.add({"logprobs": piece})
    assert {"logprobs": {"content": [1, 2, 3], "refusal": None}} == told.whole


class Talkative(FakeModel):
    """Says on every chunk who it is and when, and how probable each token was."""

    def _chunk(self, place: int) -> ChatGenerationChunk:
        chunk = super()._chunk(place)
        info = {"created": place + 0.5, "logprobs": {"content": [place]}, "model_name": self.label}
        return ChatGenerationChunk(message=chunk.message, generation_info=info)


async def heard(ran, way, given, config=None, **more) -> list:
    """Everything that is streamed, sync or async."""
    if way == "stream":
        return await asyncio.to_thread(lambda: list(ran.stream(given, config, **more)))
    return [part async for part in ran.astream(given, config, **more)]


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("face", ["graph", "chat model"])
async def test_a_talkative_candidate_is_named_once(face, way) -> None:
    """A candidate that names itself on each chunk is named once, in the answer and where its usage is counted."""
    graph = build_routing_graph("optimum", [candidate("small", kind=Talkative)], FixedClassifier())
    config = {"callbacks": [usage := UsageMetadataCallbackHandler()]}
    if face == "graph":
        told = await heard(graph.compile(), way, PROMPT, config, stream_mode=["messages", "values"])
        chunks = [event[0] for mode, event in told if mode == "messages"]
        answers = [told[-1][1]["messages"][-1], reduce(add, chunks)]
    else:
        chunks = await heard(DynaRouteChatModel(graph=graph), way, "Hello", config)
        answers = [reduce(add, chunks)]
    assert TOKENS == [chunk.content for chunk in chunks if chunk.content]
    assert {"small-model": USAGE} == usage.usage_metadata
    assert [("small-model", "fake-provider")] * len(answers) == [
        (answer.response_metadata["model_name"], answer.response_metadata["model_provider"]) for answer in answers
    ]
    metadata = answers[0].response_metadata
    assert (2.5, {"content": [0, 1, 2]}) == (metadata["created"], metadata["logprobs"])


class CutShort(FakeModel):
    """Breaks off after a word, or in the middle of a tool call."""

    text: bool = True

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        started = {"name": "weather", "args": '{"ci', "id": "1", "index": 0, "type": "tool_call_chunk"}
        calls = [] if self.text else [started]
        yield ChatGenerationChunk(message=AIMessageChunk("one " if self.text else "", tool_call_chunks=calls))
        msg = "connection lost"
        raise RuntimeError(msg)


async def listen(graph, way) -> None:
    """Run a graph to its end, and listen to it in one of three ways."""
    if way == "messages":
        told = graph.astream(PROMPT, stream_mode="messages")
    else:
        told = graph.astream_events(PROMPT, version=way)
    async for _ in await told if way == "v3" else told:
        pass


@pytest.mark.filterwarnings("ignore:The v3 streaming protocol on Pregel is experimental")
@pytest.mark.parametrize("way", ["messages", "v2", "v3"])
@pytest.mark.parametrize("broken", ["text", "tool call"])
async def test_an_answer_that_breaks_off_is_the_end_however_it_is_heard(way, broken) -> None:
    """Once a listener to tokens or events has had a part of an answer, a tool call too, no other one is begun."""
    pool = [candidate("large", 3.0, kind=CutShort, text=broken == "text"), candidate("small", 1.0)]
    graph = build_routing_graph("best-performance", pool, FixedClassifier()).compile()
    with pytest.raises(InterruptedAnswerError) as caught:
        await listen(graph, way)
    assert ("one " if broken == "text" else "") == caught.value.received
    assert [] == pool[1].model.calls
