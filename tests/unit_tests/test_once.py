"""One answer is told once and counted once, whoever asks for it, however, and wherever it is asked for."""

import pytest
from fakes import FixedClassifier, candidate
from once import CASES, HOSTS, asked

from langchain_dynaroute import DynaRouteChatModel

pytestmark = [
    pytest.mark.filterwarnings("ignore:The v3 streaming protocol on Pregel is experimental"),
    pytest.mark.filterwarnings("ignore:The method `BaseChatModel._a?chat_model_stream_v3` is in beta"),
]

PROMPT = "How many primes are there?"
ANSWER = "one two three"


@pytest.mark.parametrize("fails", [False, True], ids=["first-answers", "first-fails"])
@pytest.mark.parametrize(("host", "way", "subgraphs"), CASES)
async def test_once(host, way, subgraphs, fails) -> None:
    """Text, usage, cost and model run of an answer are there once, also after a fallback; `custom` is the host's."""
    error = "429" if fails else None
    pool = [candidate("large", 3.0, error=error), candidate("small", 1.0)]
    llm = DynaRouteChatModel(router="best-performance", pool=pool, classifier=FixedClassifier())
    told = await asked(HOSTS[host](llm), way, PROMPT, subgraphs=subgraphs)
    name, price = ("small", 1.0) if fails else ("large", 3.0)
    assert (ANSWER, [ANSWER]) == (told.text, [answer.text for answer in told.answers])
    assert {f"{name}-model": (30, 20)} == told.tokens
    assert (30 + 20) * price / 1e6 == pytest.approx(told.cost_usd)
    assert 1 == len(told.trace.roots) == len(told.trace.model_runs())
    # In the bare graph a candidate is a model run of its own, the one that failed too.
    failed = int(fails and host == "subgraph")
    assert (1 + failed, 1, failed) == (told.counts.started, told.counts.ended, told.counts.failed)
    assert [] == told.custom
