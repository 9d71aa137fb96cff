from fakes import FixedClassifier
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_dynaroute import DynaRouteChatModel


class TestStandardUnit(ChatModelUnitTests):
    """LangChain's standard unit tests."""

    @property
    def chat_model_class(self):
        return DynaRouteChatModel

    @property
    def chat_model_params(self):
        return {"pool": "flagship", "classifier": FixedClassifier()}
