"""One answer over LiteLLM is told once and counted once, against a server that counts what it is asked."""

import pytest
from fakes import FixedClassifier
from langchain.agents import create_agent
from once import CASES, HOSTS, WAYS, Told, asked
from scripted_model import GREETING, answer_to
from scripted_server import KEY, ScriptedServer

from langchain_dynaroute import Candidate, DynaRouteChatModel

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.filterwarnings("ignore:The v3 streaming protocol on Pregel is experimental"),
    pytest.mark.filterwarnings("ignore:The method `BaseChatModel._a?chat_model_stream_v3` is in beta"),
]

PRICE_IN, PRICE_OUT = 2.0, 8.0


@pytest.fixture(scope="module")
def server():
    """Serve every model but the one that is out of order."""
    server = ScriptedServer("broken")
    yield server
    server.close()


def routed(server, *, fails: bool) -> DynaRouteChatModel:
    """A chat model over one model that answers, behind one that does not if it `fails`."""
    names = ["broken", "working"] if fails else ["working"]
    pool = [
        Candidate(
            name,
            f"openai/{name}",
            input_usd_per_1m_tokens=PRICE_IN + place,
            output_usd_per_1m_tokens=PRICE_OUT,
            tool_calling=True,
            api_key=KEY,
            params={"api_base": server.api_base},
        )
        for place, name in zip((7, 0) if fails else (0,), names, strict=True)
    ]
    server.requests.clear()
    return DynaRouteChatModel(router="best-performance", pool=pool, classifier=FixedClassifier())


def check(told: Told, server, *, failed_runs: int) -> None:
    """Compare what was told with what the server was asked, and what it counted for that."""
    counted = [answer_to(request).usage for request in server.requests if request["model"] == "working"]
    given, taken = (sum(usage[kind] for usage in counted) for kind in ("prompt_tokens", "completion_tokens"))
    answers = len(told.answers)
    assert answers == len(counted) == len(told.trace.model_runs())
    assert {"openai/working": (given, taken)} == told.tokens

    assert (given * PRICE_IN + taken * PRICE_OUT) / 1e6 == pytest.approx(told.cost_usd)
    runs = (told.counts.started, told.counts.ended, told.counts.failed)
    assert (answers + failed_runs, answers, failed_runs) == runs
    assert (1, []) == (len(told.trace.roots), told.custom)


@pytest.mark.parametrize("fails", [False, True], ids=["first-answers", "first-fails"])
@pytest.mark.parametrize(("host", "way", "subgraphs"), CASES)
async def test_once(server, host, way, subgraphs, fails) -> None:
    """The words, tokens, dollars and model run of one answer are there once, also after a fallback."""
    told = await asked(HOSTS[host](routed(server, fails=fails)), way, "Hello", subgraphs=subgraphs)
    assert (GREETING, [GREETING]) == (told.text, [answer.text for answer in told.answers])
    check(told, server, failed_runs=int(fails and host == "subgraph"))


def get_weather(city: str) -> str:
    """Say what the weather is like in a city."""
    return f"sunny in {city}"


@pytest.mark.parametrize("fails", [False, True], ids=["first-answers", "first-fails"])
@pytest.mark.parametrize("way", WAYS)
async def test_an_agents_answers_are_each_there_once(server, way, fails) -> None:
    """A tool call and the answer that follows it are two answers, each told and counted once."""
    agent = create_agent(routed(server, fails=fails), [get_weather])
    told = await asked(agent, way, "What is the weather in Paris?", subgraphs=True)
    assert "The tool says: sunny in Paris" == told.text
    assert [1, 0] == [len(answer.tool_calls) for answer in told.answers]
    check(told, server, failed_runs=0)
