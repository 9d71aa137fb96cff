"""LangChain's standard suite over LiteLLM models, served by a loopback server; the first is always overloaded."""

import pytest
from fakes import FixedClassifier
from scripted_server import KEY, ScriptedServer
from test_standard_fakes import QUESTION, EveryAbility, Report

from langchain_dynaroute import Candidate

LARGE, SMALL = "gpt-4.1", "gpt-4.1-mini"
THINKING = ("gpt-5", "gpt-5-mini")

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def server():
    """Serve all four models, the first of each two out of order."""
    server = ScriptedServer(LARGE, THINKING[0])
    yield server
    server.close()


class OptionalReport(Report):
    """A report that may say more."""

    wind: str | None = None


class OverLiteLLM(EveryAbility):
    """The suite over OpenAI's protocol: the dear model is overloaded, the cheap one answers."""

    usage_details = ("reasoning_output", "cache_read_input", "cache_creation_input")
    model_override_value = SMALL
    models = (LARGE, SMALL)
    by_schema = True

    @pytest.fixture(autouse=True)
    def _every_test_falls_back(self, request, server):
        """No test passes without the overloaded model having been tried; a forced model has no fallback."""
        server.requests.clear()
        self.server = server
        yield
        tried = {sent["model"] for sent in server.requests}
        if "model" in request.fixturenames:
            assert ({SMALL} if "override" in request.node.name else {LARGE, SMALL}) == tried - {*THINKING}

    def sent(self):
        """What was last sent to the model that answers."""
        return self.server.requests[-1]

    @property
    def chat_model_params(self):
        pool = [
            Candidate(
                name,
                name,
                input_usd_per_1m_tokens=price,
                output_usd_per_1m_tokens=price,
                params={"api_base": self.server.api_base},
                api_key=KEY,
                structured_output=self.by_schema,
            )
            for name, price in zip(self.models, (9, 1), strict=True)
        ]
        return {"router": "best-performance", "pool": pool, "classifier": FixedClassifier()}

    def invoke_with_reasoning_output(self, *, stream=False):
        """A question to a model that can think it over."""
        self.models = THINKING
        return super().invoke_with_reasoning_output(stream=stream)


class TestStandardLiteLLM(OverLiteLLM):
    """A model that is asked for a structure by JSON schema."""

    def test_strict_only_where_it_can_be(self, model):
        """A schema with an optional key, which OpenAI's strict mode refuses, is asked for without it."""
        for schema, strict in ((Report, True), (OptionalReport, False)):
            answer = model.with_structured_output(schema).invoke(QUESTION)
            assert ("Paris", strict) == (answer.city, self.sent()["response_format"]["json_schema"]["strict"])


class TestStandardLiteLLMByTool(OverLiteLLM):
    """A model that is asked for a structure by a tool."""

    by_schema = False
