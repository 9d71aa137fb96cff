"""How long importing, deciding and calling take, each beside its floor in the same run.

Run it with `make bench`. Machines are noisy: compare medians within one run, and ratios between runs.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
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
HELDOUT = Path(__file__).parents[2] / "tables" / "user_prompts" / "heldout.jsonl"
ROUNDS = 200
WARM_UP = 20
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


def medians_us(*works: Callable[[], object]) -> list[float]:
    """Return the median time of each call in microseconds, after a warm-up.

    The calls take turns: what else the machine does meanwhile then slows all of them alike.
    """
    times: list[list[float]] = [[] for _ in works]
    for turn in range(WARM_UP + ROUNDS):
        for work, taken in zip(works, times, strict=True):
            started = time.perf_counter()
            left_open = work()
            seconds = time.perf_counter() - started
            if isinstance(left_open, Generator):
                left_open.close()
            if turn >= WARM_UP:
                taken.append(seconds)
    return [statistics.median(taken) * 1e6 for taken in times]


def first_token(model: Any) -> object:
    """Return a stream that has given its first chunk; it is closed after the clock has stopped."""
    stream = model.stream("hi")
    next(stream)
    return stream


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


def texts() -> Iterator[tuple[str, str]]:
    """Yield texts of rising length: one sentence over and over, and one that never repeats itself."""
    for length in LENGTHS:
        yield f"{length:,}", (PROMPT * (length // len(PROMPT) + 1))[:length]
    rows = HELDOUT.read_text("utf-8").splitlines()
    varied = " ".join(json.loads(row)["prompt"] for row in rows if row.isascii())
    yield f"{LENGTHS[2]:,} varied", varied[: LENGTHS[2]]


def print_decisions(out: Console) -> None:
    """Print what a decision takes at several prompt lengths, beside a graph that does nothing."""
    llm, floor = DynaRouteChatModel(pool="flagship"), no_op_graph()
    policy = llm.policy
    table = Table(title="Deciding (classify, look up, stop before the call), median µs", title_justify="left")
    for column in ("characters", "decide", "no-op graph", "ratio", "classifier alone", "look-up alone"):
        table.add_column(column, justify="right")
    for name, text in texts():
        messages = [HumanMessage(text, id="1")]
        profile = policy.classifier.classify(messages)
        ours, least, classify, look_up = medians_us(
            lambda m=messages: llm.decide(m),
            lambda m=messages: floor.invoke({"messages": m}, interrupt_before=[CALL_MODEL]),
            lambda m=messages: policy.classifier.classify(m),
            lambda m=messages, p=profile: policy.decide(m, p),
        )
        table.add_row(name, f"{ours:.0f}", f"{least:.0f}", f"{ours / least:.2f}", f"{classify:.0f}", f"{look_up:.0f}")
    out.print(table)


def print_calls(out: Console) -> None:
    """Print what an answer and a first token take through the router, beside the bare candidate."""
    bare, no_op = Instant(), no_op_graph()
    pool = ModelPool.load("flagship").updated(
        Candidate("instant", bare, input_usd_per_1m_tokens=0, output_usd_per_1m_tokens=0)
    )
    routed = DynaRouteChatModel(pool=pool).bind(model="instant")
    table = Table(title="Calling, median µs", title_justify="left")
    for column in ("", "bare candidate", "routed", "overhead", "no-op graph", "ratio"):
        table.add_column(column, justify="right")
    for name, call in (("invoke", lambda model: model.invoke("hi")), ("first token", first_token)):
        alone, ours, floor = medians_us(
            lambda call=call: call(bare), lambda call=call: call(routed), lambda: no_op.invoke({"messages": []})
        )
        over = ours - alone
        table.add_row(name, f"{alone:.0f}", f"{ours:.0f}", f"{over:.0f}", f"{floor:.0f}", f"{over / floor:.2f}")
    out.print(table)


if __name__ == "__main__":
    console = Console(width=110)
    print_imports(console)
    print_decisions(console)
    print_calls(console)
