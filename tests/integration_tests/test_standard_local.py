"""LangChain's standard suite over SmolLM2, served by llama.cpp in this process: what so small a model can do."""

from functools import reduce
from operator import add

import pytest
from fakes import FixedClassifier
from langchain_tests.integration_tests import ChatModelIntegrationTests
from scripted_model import ScriptedModel

from langchain_dynaroute import Candidate, DynaRouteChatModel, ModelPool, local_model

NAME = "local/smollm2"
MISSING = local_model.missing(NAME)

pytestmark = [
    pytest.mark.local_model,
    pytest.mark.skipif(MISSING is not None, reason=f"needs {MISSING}"),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]


class TestStandardLocal(ChatModelIntegrationTests):
    """It talks, streams, counts its tokens and fills a JSON schema, after another model has failed.

    It is too small to call tools, to choose a JSON object's keys by itself, or to see and hear. A
    bias towards closing quotes keeps the strings short that a schema lets it write without end.
    """

    chat_model_class = DynaRouteChatModel
    has_tool_calling = False
    has_tool_choice = False
    has_structured_output = True
    model_override_value = NAME
    supported_usage_metadata_details = {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}  # noqa: RUF012 - as the suite has it
    broken = ScriptedModel(model_name="large", failure="out of order")

    @property
    def chat_model_params(self):
        large = Candidate("large", self.broken, input_usd_per_1m_tokens=9, output_usd_per_1m_tokens=9)
        small = ModelPool.load("local").candidates[0]
        brief = small.model_copy(update={"params": {"logit_bias": {'"': 4.5}}})
        choice = {"router": "best-performance", "pool": [large, brief], "classifier": FixedClassifier()}
        return {**choice, "temperature": 0, "max_tokens": 40}

    def invoke_with_cache_read_input(self, *, stream=False):
        """A question that the server has just read."""
        model = self.chat_model_class(**self.chat_model_params)
        answers = [reduce(add, model.stream("Hello")) if stream else model.invoke("Hello") for _ in range(2)]
        assert answers[1].usage_metadata["input_token_details"]["cache_read"] > 0
        return answers[1]

    def test_it_answers_after_another_has_failed(self, model):
        """The local model is reached by the fallback edge, and the answer says so."""
        routing = model.invoke("Hello").response_metadata["routing"]
        tried = [(attempt["name"], attempt["status"]) for attempt in routing["attempts"]]
        assert [("large", "failed"), (NAME, "answered")] == tried
