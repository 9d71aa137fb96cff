"""LangChain's standard suite over a pool of scripted models, the first of which always fails."""

import base64
from functools import reduce
from operator import add
from types import SimpleNamespace

import httpx
import pytest
from fakes import FixedClassifier
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from scripted_model import GREETING, ScriptedModel, WholeScriptedModel

from langchain_dynaroute import Candidate, DynaRouteChatModel

FILES = {
    "png": base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    ),
    "pdf": b"%PDF-1.1\n%%EOF\n",
    "wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
}


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

    @pytest.fixture(autouse=True)
    def _every_test_falls_back(self, request):
        """No test passes without the broken model having been tried; a forced model has no fallback."""
        self.broken.requests.clear()
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
