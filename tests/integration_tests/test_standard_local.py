"""LangChain's standard suite over SmolLM2, served by llama.cpp in this process: what so small a model can do."""

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
    """It talks, streams, counts its tokens and fills a JSON schema; it does not call tools."""

    chat_model_class = DynaRouteChatModel
    has_tool_calling = False
    has_tool_choice = False
    has_structured_output = True
    supports_json_mode = True
    model_override_value = NAME
    broken = ScriptedModel(model_name="large", failure="out of order")

    @property
    def chat_model_params(self):
        large = Candidate("large", self.broken, input_usd_per_1m_tokens=9, output_usd_per_1m_tokens=9)
        pool = ModelPool.load("local").updated(large)
        return {"router": "best-performance", "pool": pool, "classifier": FixedClassifier(), "temperature": 0}
