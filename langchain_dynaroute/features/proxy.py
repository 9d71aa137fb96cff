"""Proxy solvers: what a cheap look at a prompt tells of how hard it is (LLMRank, abstract and section 5.1)."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from langchain_dynaroute.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.language_models.chat_models import BaseChatModel
    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable

_AT_ONCE = 1024
"""Prompts compared with all training prompts at once."""


class ProxySolver(ABC):
    """Gives each prompt a few named signals, which a router reads beside its features."""

    names: tuple[str, ...]
    """What the signals are called, in their order."""
    learned_names: ClassVar[tuple[str, ...]] = ()
    """Which arrays `learned` gives; the router keeps and saves them."""

    def learned(self, outcomes: OutcomeTable, vectors: NDArray[np.float32]) -> dict[str, NDArray[np.floating]]:  # noqa: ARG002 - a seam
        """Return what is learned of training prompts and their vectors, shape (n, d), by name."""
        return {}

    @abstractmethod
    def signals(
        self,
        prompts: Sequence[str],
        vectors: NDArray[np.float32],
        learned: Mapping[str, NDArray[np.floating]],
        *,
        is_training: bool = False,
    ) -> NDArray[np.float32]:
        """Return the signals, shape (n, len(names)).

        Args:
            prompts: Any text.
            vectors: Their vectors, shape (n, d).
            learned: What `learned` gave.
            is_training: Whether these are the training prompts, in their order: none may see its own outcome.
        """


class NeighbourProxy(ProxySolver):
    """Signals from the outcomes of the most alike training prompts."""

    names = (
        "neighbours_best_quality",
        "neighbours_mean_quality",
        "neighbours_spread",
        "neighbours_cheapest_quality",
        "neighbours_similarity",
    )
    learned_names = ("vectors", "quality", "cheapest")

    def __init__(self, k: int = 40) -> None:
        """Store how many neighbours are asked."""
        self.k = k

    def learned(self, outcomes: OutcomeTable, vectors: NDArray[np.float32]) -> dict[str, NDArray[np.floating]]:
        """Return the vectors, the outcomes, and which model is the cheapest (the weakest, without costs)."""
        order = outcomes.quality if outcomes.cost_usd is None else outcomes.cost_usd
        cheapest = np.nanargmin(np.nanmean(order, axis=0))
        filled = np.where(np.isnan(outcomes.quality), np.nanmean(outcomes.quality, axis=0), outcomes.quality)
        return {
            "vectors": _unit(vectors),
            "quality": filled.astype(np.float32),
            "cheapest": np.array([cheapest], dtype=np.float32),
        }

    def signals(
        self,
        prompts: Sequence[str],
        vectors: NDArray[np.float32],
        learned: Mapping[str, NDArray[np.floating]],
        *,
        is_training: bool = False,
    ) -> NDArray[np.float32]:
        """Return the statistics of the neighbours' outcomes; a training prompt is no neighbour of its own."""
        unit = _unit(vectors)
        parts = [np.zeros((0, len(self.names)), dtype=np.float32)]
        for start in range(0, len(prompts), _AT_ONCE):
            likeness = unit[start : start + _AT_ONCE] @ learned["vectors"].T
            if is_training:
                rows = np.arange(len(likeness))
                likeness[rows, rows + start] = -np.inf
            parts.append(self._statistics(likeness, learned))
        return np.concatenate(parts)

    def _statistics(
        self, likeness: NDArray[np.floating], learned: Mapping[str, NDArray[np.floating]]
    ) -> NDArray[np.float32]:
        k = min(self.k, likeness.shape[1])
        near = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
        alike = np.take_along_axis(likeness, near, axis=1)
        weight = np.where(np.isfinite(alike), np.maximum(alike, 0) + 1e-6, 0)
        total = weight.sum(axis=1, keepdims=True)
        weight = np.where(total > 0, weight / np.where(total > 0, total, 1), 1 / k)
        expected = np.einsum("nk,nkm->nm", weight, learned["quality"][near])
        cheapest = expected[:, int(learned["cheapest"][0])]
        closest = np.where(np.isfinite(alike), alike, 0).max(axis=1)
        columns = (expected.max(axis=1), expected.mean(axis=1), expected.std(axis=1), cheapest, closest)
        return np.column_stack(columns).astype(np.float32)


class AnswerProxy(ProxySolver):
    """Signals from a few answers of a cheap model: one that answers differently each time is at a loss."""

    names = ("answers_entropy", "answers_agreement")

    def __init__(self, model: BaseChatModel | Callable[[str], str], n: int = 3) -> None:
        """Store the model.

        Args:
            model: A LangChain chat model that draws its answers (a temperature above 0), or any
                function from prompt to answer. It is asked `n` times a prompt, also while fitting.
            n: Answers a prompt.
        """
        self.model = model
        self.n = n

    def signals(
        self,
        prompts: Sequence[str],
        vectors: NDArray[np.float32],  # noqa: ARG002 - it asks
        learned: Mapping[str, NDArray[np.floating]],  # noqa: ARG002
        *,
        is_training: bool = False,  # noqa: ARG002
    ) -> NDArray[np.float32]:
        """Return the entropy of the answers, 0 to 1, and the share of the most frequent one."""
        rows = [_agreement([self._answer(prompt) for _ in range(self.n)]) for prompt in prompts]
        return np.array(rows, dtype=np.float32).reshape(-1, len(self.names))

    def _answer(self, prompt: str) -> str:
        model: Any = self.model
        ask: Callable[[str], Any] = getattr(model, "invoke", model)
        answer = ask(prompt)
        text = str(getattr(answer, "text", answer)).casefold()
        return " ".join(re.findall(r"\w+", text))


def _agreement(answers: Sequence[str]) -> tuple[float, float]:
    shares = [count / len(answers) for count in Counter(answers).values()]
    entropy = -sum(share * math.log(share) for share in shares)
    return entropy / math.log(len(answers)) if len(answers) > 1 else 0.0, max(shares)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)


def as_proxy(proxy: ProxySolver | str | None) -> ProxySolver | None:
    """Return a proxy solver by its name, or as it is.

    Raises:
        RouterError: if it is neither.
    """
    if proxy is None or isinstance(proxy, ProxySolver):
        return proxy
    if proxy == "neighbours":
        return NeighbourProxy()
    msg = f"proxy={proxy!r}: give 'neighbours', or a ProxySolver."
    raise RouterError(msg)
