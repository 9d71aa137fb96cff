"""How long importing, deciding and calling take, each beside its floor in the same run.

Run it with `make bench`. Machines are noisy: compare medians within one run, and ratios between runs.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, StateGraph
from rich.console import Console
from rich.table import Table
from typing_extensions import TypedDict

from langchain_dynaroute import Candidate, DynaRouteChatModel, ModelPool
from langchain_dynaroute.graph import CALL_MODEL

PROMPT = "Prove that the square root of 2 is irrational. "
LENGTHS = (30, 143, 8_600, 86_000)
ROUNDS = 200
IMPORT_ROUNDS = 7
IMPORTS = {
    "langchain_core.language_models.chat_models.BaseChatModel": "from langchain_core.language_models.chat_models import BaseChatModel",
    "langchain_dynaroute": "import langchain_dynaroute",
    "langchain_dynaroute.DynaRouteChatModel": "from langchain_dynaroute import DynaRouteChatModel",
    "langgraph.graph": "import langgraph.graph",
    "litellm": "import os; os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True'; import litellm",
}


class Instant(BaseChatModel):
    """Answers at once: what is left is overhead."""

    @property
    def _llm_type(self) -> str:
        return "instant"

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any) -> ChatResult:
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        return ChatResult(generations=[ChatGeneration(message=AIMessage("yes", usage_metadata=usage))])

    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[ChatGenerationChunk]:
        for word in ("yes", " indeed"):
            yield ChatGenerationChunk(message=AIMessageChunk(word))


class State(TypedDict, total=False):
    """The same shape as the routing graph's."""

    messages: list[Any]
    profile: dict[str, Any]
    decision: dict[str, Any]


def no_op_graph() -> Any:
    """Return a graph of the same nodes that do nothing, the floor of any decision in LangGraph."""
    graph = StateGraph(State)
    for name in ("classify", "look_up_tier", "call_model"):
        graph.add_node(name, lambda _: {"profile": {}})
    graph.add_edge(START, "classify")
    graph.add_edge("classify", "look_up_tier")
    graph.add_edge("look_up_tier", "call_model")
    return graph.compile(checkpointer=False)


def median_us(work: Callable[[], object]) -> float:
    """Return the median time of a call in microseconds, after a warm-up."""
    for _ in range(10):
        work()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def first_token_us(model: Any) -> float:
    """Return the median time to a stream's first chunk in microseconds."""

    def first() -> None:
        stream = model.stream("hi")
        next(stream)
        stream.close()

    return median_us(first)


def import_ms(statement: str) -> float:
    """Return the median time of an import in a new process, in milliseconds, interpreter start taken off."""

    def once(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    runs = [once(statement) - once("pass") for _ in range(IMPORT_ROUNDS)]
    return statistics.median(runs) * 1e3


def print_imports(out: Console) -> None:
    """Print what each import takes."""
    table = Table(title="Import in a new process, median ms", title_justify="left")
    table.add_column("import")
    table.add_column("ms", justify="right")
    times = {name: import_ms(statement) for name, statement in IMPORTS.items()}
    for name, value in times.items():
        table.add_row(name, f"{value:.0f}")
    out.print(table)
    names = list(IMPORTS)
    out.print(f"DynaRouteChatModel over BaseChatModel alone: {times[names[2]] - times[names[0]]:.0f} ms")


def print_decisions(out: Console) -> None:
    """Print what a decision takes at several prompt lengths, beside a graph that does nothing."""
    llm = DynaRouteChatModel(pool="flagship")
    floor = no_op_graph()
    table = Table(title="Deciding (classify, look up, stop before the call), median µs", title_justify="left")
    for column in ("characters", "decide", "no-op graph", "ratio", "classifier alone", "look-up alone"):
        table.add_column(column, justify="right")
    for length in LENGTHS:
        messages = [HumanMessage((PROMPT * (length // len(PROMPT) + 1))[:length], id="1")]
        policy = llm.policy
        profile = policy.classifier.classify(messages)
        ours = median_us(lambda m=messages: llm.decide(m))
        least = median_us(lambda m=messages: floor.invoke({"messages": m}, interrupt_before=[CALL_MODEL]))
        classify = median_us(lambda m=messages, p=policy: p.classifier.classify(m))
        look_up = median_us(lambda m=messages, p=policy, f=profile: p.decide(m, f))
        table.add_row(
            f"{length:,}", f"{ours:.0f}", f"{least:.0f}", f"{ours / least:.2f}", f"{classify:.0f}", f"{look_up:.0f}"
        )
    out.print(table)


def print_calls(out: Console) -> None:
    """Print what an answer and a first token take through the router, beside the bare candidate."""
    bare = Instant()
    pool = ModelPool.load("flagship").updated(
        Candidate("instant", bare, input_usd_per_1m_tokens=0, output_usd_per_1m_tokens=0)
    )
    routed = DynaRouteChatModel(pool=pool).bind(model="instant")
    floor = median_us(lambda: no_op.invoke({"messages": []})) if (no_op := no_op_graph()) else 0.0
    table = Table(title="Calling, median µs", title_justify="left")
    for column in ("", "bare candidate", "routed", "overhead", "no-op graph"):
        table.add_column(column, justify="right")
    for name, measure in (("invoke", lambda m: median_us(lambda: m.invoke("hi"))), ("first token", first_token_us)):
        alone, ours = measure(bare), measure(routed)
        table.add_row(name, f"{alone:.0f}", f"{ours:.0f}", f"{ours - alone:.0f}", f"{floor:.0f}")
    out.print(table)


if __name__ == "__main__":
    console = Console(width=110)
    print_imports(console)
    print_decisions(console)
    print_calls(console)
