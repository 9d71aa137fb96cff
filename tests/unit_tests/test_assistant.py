"""The agent of `graphs/assistant.py`: written for any chat model, and the same around the router."""

import runpy
from pathlib import Path

import pytest
from fakes import FixedClassifier
from langchain_core.messages import ToolMessage
from once import WAYS, asked
from scripted_model import ScriptedModel, answer_to

from langchain_dynaroute import Candidate, DynaRouteChatModel

pytestmark = pytest.mark.filterwarnings("ignore:The v3 streaming protocol on Pregel is experimental")

SOURCE = Path(__file__).parents[2] / "graphs" / "assistant.py"
QUESTION = "Split 90 euros among 3 people, and count the days from '2026-01-01' to '2026-01-31'."


@pytest.fixture(scope="module")
def assistant():
    """The names of the module, as LangGraph's server loads it."""
    return runpy.run_path(str(SOURCE))


@pytest.fixture
def models():
    """A model that never answers, and one that does."""
    return [ScriptedModel(model_name="large", failure="out of order"), ScriptedModel(model_name="small")]


def routed(models, **abilities) -> DynaRouteChatModel:
    """A chat model that asks `models` in their order."""
    pool = [
        Candidate(model.model_name, model, input_usd_per_1m_tokens=9 - place, output_usd_per_1m_tokens=1, **abilities)
        for place, model in enumerate(models)
    ]
    return DynaRouteChatModel(router="best-performance", pool=pool, classifier=FixedClassifier())


def test_one_line_is_the_routers() -> None:
    """The module is of 60 lines at most; one line makes the model, and only the import names its class besides."""
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if "DynaRoute" in line]
    assert len(lines) <= 60
    assert ["from langchain_dynaroute import DynaRouteChatModel"] == named[:1]
    assert ["model = "] == [line[:8] for line in named[1:]]


def test_the_server_finds_the_agent(assistant) -> None:
    """What the module offers to LangGraph is the agent around the router."""
    assert {"model", "tools"} <= set(assistant["graph"].get_graph().nodes)
    assert "optimum" == assistant["model"].router


def test_it_is_written_for_any_chat_model(assistant) -> None:
    """Around a chat model that is no router the agent replies as it does around the router."""
    given = {"messages": [("user", QUESTION)]}
    plain = assistant["build"](ScriptedModel()).invoke(given)["structured_response"]
    assert plain == assistant["build"](routed([ScriptedModel()])).invoke(given)["structured_response"]


@pytest.mark.parametrize("by_schema", [True, False])
@pytest.mark.parametrize("way", WAYS)
async def test_it_streams_calls_tools_and_replies(assistant, models, way, by_schema) -> None:
    """Each token, dollar and model run of its answers is there once, and it ends in the reply; each step falls back."""
    agent = assistant["build"](routed(models, tool_calling=True, structured_output=by_schema))
    told = await asked(agent, way, QUESTION, subgraphs=True)
    requests = models[1].requests
    usages = [answer_to(request).usage for request in requests]
    tokens = tuple(sum(usage[kind] for usage in usages) for kind in ("prompt_tokens", "completion_tokens"))
    assert {"small": tokens} == told.tokens
    assert (tokens[0] * 8 + tokens[1]) / 1e6 == pytest.approx(told.cost_usd)
    assert len(requests) == len(models[0].requests) == len(told.answers) == len(told.trace.model_runs())
    assert "".join(answer_to(request).text for request in requests) == told.text
    assert bool(told.text) is by_schema
    assert "30.0" == next(message.content for message in told.state["messages"] if isinstance(message, ToolMessage))
    assert "Reply" == type(told.state["structured_response"]).__name__
    assert "2026-01-01" == told.state["structured_response"].answer
