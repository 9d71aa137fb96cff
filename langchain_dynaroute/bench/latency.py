"""How long an answer takes to arrive, from its length and the speed of who serves it (LLMRouterBench, Figure 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from langchain_dynaroute.errors import OutcomeError, did_you_mean
from langchain_dynaroute.outcomes import CHARACTERS_PER_TOKEN
from langchain_dynaroute.rows import read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from langchain_dynaroute.outcomes import OutcomeTable


@dataclass(frozen=True)
class ServingSpeed:
    """How fast a model is served."""

    time_to_first_token_s: float
    tokens_per_s: float

    @classmethod
    def load(cls, path: Path) -> dict[str, Self]:
        """Read a CSV file with the columns `model`, `time_to_first_token_s`, `tokens_per_s`.

        Raises:
            TableError: naming file, row and rule.
        """
        speeds = {}
        for row in read_rows(path):
            first, rate = row.number_in("time_to_first_token_s", 0, np.inf), row.number_in("tokens_per_s", 0, np.inf)
            name = row.cells.get("model", "").strip()
            if not name or first is None or not rate:
                row.fail("needs a model, its time_to_first_token_s and its tokens_per_s (above 0).")
            speeds[name] = cls(first, rate)
        return speeds


def latency_s(
    completion_tokens: ArrayLike, time_to_first_token_s: ArrayLike, tokens_per_s: ArrayLike
) -> NDArray[np.float64]:
    """Return time to the first token plus tokens over tokens per second, in seconds; arrays are broadcast."""
    return np.asarray(
        np.asarray(time_to_first_token_s, dtype=float)
        + np.asarray(completion_tokens, dtype=float) / np.asarray(tokens_per_s, dtype=float)
    )


def answer_tokens(table: OutcomeTable) -> NDArray[np.float64] | None:
    """Return the completion tokens of each answer, shape (n, m): counted, else from characters; None if no length is known."""
    counted, guess = table.completion_tokens, table.output_chars
    if counted is None or guess is None:
        return counted if guess is None else guess / CHARACTERS_PER_TOKEN
    return np.where(np.isnan(counted), guess / CHARACTERS_PER_TOKEN, counted)


def table_latency_s(table: OutcomeTable, speeds: dict[str, ServingSpeed]) -> NDArray[np.float64] | None:
    """Return the latency of each answer in seconds, shape (n, m); None if the length of an answer is unknown.

    Raises:
        OutcomeError: if a model's speed is not given.
    """
    tokens = answer_tokens(table)
    for model in table.models:
        if model not in speeds:
            msg = f"{table.name}: no serving speed of {model!r} is given.{did_you_mean(model, speeds)}"
            raise OutcomeError(msg)
    if tokens is None or np.isnan(tokens).any():
        return None
    first = [speeds[name].time_to_first_token_s for name in table.models]
    return latency_s(tokens, first, [speeds[name].tokens_per_s for name in table.models])
