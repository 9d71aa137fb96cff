"""LangChain's standard suite over LiteLLM models, served by a loopback server; the first is always overloaded."""

import pytest
from fakes import FixedClassifier
from scripted_server import KEY, ScriptedServer
from test_standard_fakes import EveryAbility

from langchain_dynaroute import Candidate

LARGE, SMALL = "gpt-4.1", "gpt-4.1-mini"


@pytest.fixture(scope="module")
def server():
    server = ScriptedServer(LARGE)
    OverLiteLLM.api_base = server.api_base
    yield server
    server.close()


@pytest.mark.filterwarnings("ignore:Item 'summary' on TypedDict class 'ChatCompletionReasoningItem'")
@pytest.mark.filterwarnings("ignore:::litellm")
class OverLiteLLM(EveryAbility):
    """The suite over OpenAI's protocol: the dear model is overloaded, the cheap one answers."""

    usage_details = ("reasoning_output", "cache_read_input", "cache_creation_input")
    model_override_value = SMALL
    by_schema = True

    @property
    def chat_model_params(self):
        params = {"api_base": OverLiteLLM.api_base}
        pool = [
            Candidate(
                name,
                name,
                input_usd_per_1m_tokens=price,
                output_usd_per_1m_tokens=price,
                params=params,
                api_key=KEY,
                structured_output=self.by_schema,
            )
            for name, price in ((LARGE, 9), (SMALL, 1))
        ]
        return {"router": "best-performance", "pool": pool, "classifier": FixedClassifier()}

    @pytest.fixture(autouse=True)
    def _every_test_falls_back(self, request, server):
        """No test passes without the overloaded model having been tried; a forced model has no fallback."""
        server.requests.clear()
        yield
        tried = {sent["model"] for sent in server.requests}
        if "model" in request.fixturenames:
            assert ({SMALL} if "override" in request.node.name else {LARGE, SMALL}) == tried


class TestStandardLiteLLM(OverLiteLLM):
    """A model that is asked for a structure by JSON schema."""


class TestStandardLiteLLMByTool(OverLiteLLM):
    """A model that is asked for a structure by a tool."""

    by_schema = False
