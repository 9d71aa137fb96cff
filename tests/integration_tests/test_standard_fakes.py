"""LangChain's standard suite over a pool of scripted models, the first of which always fails."""

import asyncio
import base64
from functools import reduce
from operator import add
from types import SimpleNamespace

import httpx
import pytest
from fakes import FixedClassifier
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream
from pydantic import BaseModel
from scripted_model import GREETING, ScriptedModel, WholeScriptedModel

from langchain_dynaroute import Candidate, DynaRouteChatModel

FILES = {
    "png": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    ),
    "pdf": b"%PDF-1.1\n%%EOF\n",
    "wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
}


class Report(BaseModel):
    """The weather, as a report."""

    city: str
    degrees: int


class Stock(BaseModel):
    """What is in store."""

    counts: dict[str, int]


QUESTION = "What is the weather in Paris at 21 degrees?"
REPORT = Report(city="Paris", degrees=21)


def get_weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"sunny in {city}"


@pytest.mark.filterwarnings("ignore:OpenAI may require a filename")
class EveryAbility(ChatModelIntegrationTests):
    """The suite with everything on that a chat model can have; the files it downloads are ours."""

    usage_details = ("audio_input", "audio_output", "reasoning_output", "cache_read_input", "cache_creation_input")

    chat_model_class = DynaRouteChatModel
    has_tool_calling = True
    has_tool_choice = True
    has_structured_output = True
    supports_json_mode = True
    supports_image_inputs = True
    supports_image_urls = True
    supports_image_tool_message = True
    supports_pdf_inputs = True
    supports_pdf_tool_message = True
    supports_audio_inputs = True
    supports_anthropic_inputs = True
    returns_usage_metadata = True
    supports_model_override = True
    enable_vcr_tests = True

    @property
    def supported_usage_metadata_details(self):
        return {"invoke": list(self.usage_details), "stream": list(self.usage_details)}

    @pytest.fixture(autouse=True)
    def _files_of_our_own(self, monkeypatch):
        """Nothing is fetched: the suite's files are made here."""
        monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "none")
        monkeypatch.setattr(httpx, "get", lambda url, **_: httpx.Response(200, content=FILES[url.rpartition(".")[2]]))

    @pytest.fixture
    def vcr(self):
        """No tape: nothing leaves this machine, so the time of a stream is taken from the models themselves."""
        return SimpleNamespace(responses=["none needed"])

    def _ask(self, messages, *, stream, **kwargs):
        model = self.chat_model_class(**self.chat_model_params)
        return reduce(add, model.stream(messages, **kwargs)) if stream else model.invoke(messages, **kwargs)

    def invoke_with_audio_input(self, *, stream=False):
        """A question with a sound in it."""
        sound = {"type": "audio", "mime_type": "audio/wav", "base64": base64.b64encode(FILES["wav"]).decode()}
        answer = self._ask([HumanMessage([{"type": "text", "text": "What is it?"}, sound])], stream=stream)
        assert answer.usage_metadata["input_token_details"]["audio"] == 40
        return answer

    def invoke_with_audio_output(self, *, stream=False):
        """A question that is answered aloud."""
        answer = self._ask("Hello", stream=stream, modalities=["text", "audio"])
        assert answer.usage_metadata["output_token_details"]["audio"] == len(GREETING.split())
        return answer

    def invoke_with_reasoning_output(self, *, stream=False):
        """A question that is thought over."""
        answer = self._ask("Hello", stream=stream, reasoning_effort="high")
        assert answer.usage_metadata["output_token_details"]["reasoning"] == 8
        return answer

    def invoke_with_cache_read_input(self, *, stream=False):
        """The second question of a conversation."""
        answer = self._ask([HumanMessage("Hello"), HumanMessage("And now?")], stream=stream)
        assert answer.usage_metadata["input_token_details"]["cache_read"] == 1
        return answer

    def invoke_with_cache_creation_input(self, *, stream=False):
        """A conversation with a system message."""
        answer = self._ask([SystemMessage("Be brief."), HumanMessage("Hello")], stream=stream)
        assert answer.usage_metadata["input_token_details"]["cache_creation"] == 2
        return answer

    # -- what the suite does not look at ----------------------------------------------------

    def test_stop_is_honoured(self, model):
        """The answer ends before the stop sequence, given to a call, to a stream, or to the model."""
        stopped = self.chat_model_class(**self.chat_model_params, stop=["you"])
        answers = [
            model.invoke("hi", stop=["you"]),
            reduce(add, model.stream("hi", stop=["you"])),
            stopped.invoke("hi"),
        ]
        assert [GREETING.partition("you")[0]] * 3 == [answer.text for answer in answers]

    @pytest.mark.parametrize(
        ("block", "seen"),
        [
            ({"type": "image", "url": "https://example.org/cat.png"}, "https://example.org/cat.png"),
            ({"type": "image", "base64": "iVBO", "mime_type": "image/png"}, "data:image/png;base64,iVBO"),
            ({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}, "data:image/png;base64,iVBO"),
            ({"type": "file", "base64": "JVBE", "mime_type": "application/pdf"}, "data:application/pdf;base64,JVBE"),
            ({"type": "audio", "base64": "UklG", "mime_type": "audio/wav"}, "UklG"),
        ],
    )
    def test_files_reach_the_model(self, model, block, seen):
        """A picture, a document and a sound arrive as they were sent, in LangChain's form and in OpenAI's."""
        assert f"This is {seen}" == model.invoke([HumanMessage([{"type": "text", "text": "What is it?"}, block])]).text

    async def test_a_tool_call_as_v3_events(self, model):
        """The v3 events of a tool call keep to the protocol and end in the call, sync and async."""
        llm = model.bind_tools([get_weather], tool_choice="any")
        stream = await asyncio.to_thread(llm.stream_events, QUESTION, version="v3")
        assert_valid_event_stream(await asyncio.to_thread(list, stream))
        astream = await llm.astream_events(QUESTION, version="v3")
        assert_valid_event_stream([event async for event in astream])
        for answer in (stream.output, await astream.output):
            assert [("get_weather", {"city": "Paris"})] == [(call["name"], call["args"]) for call in answer.tool_calls]
            assert answer.usage_metadata["output_tokens"] > 0

    def test_a_stream_adds_up_to_the_answer(self, model):
        """Text, calls and usage of a stream are those of the whole answer."""
        llm = model.bind_tools([get_weather])
        for question in ("Hello", QUESTION):
            whole, streamed = llm.invoke(question), reduce(add, llm.stream(question))
            for part in ("content", "tool_calls", "usage_metadata"):
                assert getattr(whole, part) == getattr(streamed, part)

    def test_a_structure_is_asked_for_in_the_fitting_way(self, model):
        """By JSON schema where the model takes one, else by a tool; and as `method` says where it says so."""
        ways = {None: self.by_schema, "json_schema": True, "function_calling": False}
        for method, by_schema in ways.items():
            assert REPORT == model.with_structured_output(Report, method=method).invoke(QUESTION)
            assert (by_schema, not by_schema) == ("response_format" in self.sent(), "tools" in self.sent())

    def test_an_open_mapping_is_filled(self, model):
        """A mapping with keys of its own is asked for by a tool, and comes back with what is in it."""
        answer = model.with_structured_output(Stock).invoke("There are 3 Apples in store.")
        assert Stock(counts={"Apples": 3}) == answer
        assert "tools" in self.sent()

    async def test_an_agent_fills_an_open_mapping(self, model):
        """An agent gives a structure with a mapping of open keys, sync and async."""
        agent = create_agent(model, [], response_format=Stock)
        given = {"messages": [("user", "There are 3 Apples in store.")]}
        for state in (await asyncio.to_thread(agent.invoke, given), await agent.ainvoke(given)):
            assert Stock(counts={"Apples": 3}) == state["structured_response"]

    async def test_a_structure_beside_the_raw_answer(self, model):
        """`include_raw` gives the answer with its usage beside what was read off it."""
        llm = model.with_structured_output(Report, include_raw=True)
        for both in (await asyncio.to_thread(llm.invoke, QUESTION), await llm.ainvoke(QUESTION)):
            assert (REPORT, None) == (both["parsed"], both["parsing_error"])
            assert both["raw"].usage_metadata["output_tokens"] > 0

    @pytest.mark.parametrize("tools", [[get_weather], []], ids=["with tools", "without"])
    async def test_an_agent_gives_a_structure(self, model, tools):
        """An agent runs its tools and gives the structure that it was asked for, sync and async."""
        agent, given = create_agent(model, tools, response_format=Report), {"messages": [("user", QUESTION)]}
        for state in (await asyncio.to_thread(agent.invoke, given), await agent.ainvoke(given)):
            assert REPORT == state["structured_response"]
            assert bool(tools) is ("sunny in Paris" in [message.content for message in state["messages"]])


class OverFakes(EveryAbility):
    """The suite over two scripted models: the dear one is broken, the cheap one answers."""

    model_override_value = "scripted-small"
    answering = ScriptedModel(model_name="scripted-small")
    by_schema = True

    @property
    def chat_model_params(self):
        pool = [
            Candidate("large", self.broken, input_usd_per_1m_tokens=9, output_usd_per_1m_tokens=9),
            Candidate(
                "small",
                self.answering,
                input_usd_per_1m_tokens=1,
                output_usd_per_1m_tokens=1,
                structured_output=self.by_schema,
            ),
        ]
        return {"router": "best-performance", "pool": pool, "classifier": FixedClassifier()}

    def sent(self):
        """What was last sent to the model that answers."""
        return {key: value for key, value in self.answering.requests[-1].items() if value is not None}

    @pytest.fixture(autouse=True)
    def _every_test_falls_back(self, request):
        """No test passes without the broken model having been tried; a forced model has no fallback."""
        self.broken.requests.clear()
        self.answering.requests.clear()
        yield
        if "model" in request.fixturenames:
            assert ("override" in request.node.name) is not bool(self.broken.requests)


class TestStandardFakes(OverFakes):
    """A model that streams, and is asked for a structure by JSON schema."""

    broken = ScriptedModel(model_name="scripted-large", failure="out of order")


class TestStandardFakesByTool(OverFakes):
    """A model that is asked for a structure by a tool."""

    broken = ScriptedModel(model_name="scripted-large", failure="out of order")
    by_schema = False


class TestStandardFakesWhole(OverFakes):
    """A model that cannot stream."""

    broken = WholeScriptedModel(model_name="scripted-large", failure="out of order")
    answering = WholeScriptedModel(model_name="scripted-small")
