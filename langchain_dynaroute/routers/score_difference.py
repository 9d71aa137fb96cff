"""Why one model scores above another: what each input adds to the difference of their utilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from langchain_dynaroute.decisions import Contribution, ScoreExplanation
from langchain_dynaroute.features import FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from langchain_dynaroute.routers.llmrank import LLMRankRouter

SHOWN = 8
"""Readable features that are told one by one."""
TEXT, REST, OTHER_WEIGHT = "the text's vector", "all other features", "another λ"
_ABOUT = {feature.name: feature.about for feature in FEATURES}


@dataclass(frozen=True, eq=False)
class ScoreDifference:
    """The difference of two models' utilities as one score of the network."""

    router: LLMRankRouter
    places: tuple[int, int]

    @classmethod
    def between(cls, router: LLMRankRouter, chosen: int, runner_up: int) -> Self:
        """Take two places in the router's `models_`."""
        return cls(router, (chosen, runner_up))

    @property
    def _output(self) -> NDArray[np.float32]:
        """Weights of the difference, shape (k, h)."""
        first, second = (
            self.router.scale_spread_[place] * self.router.network.output[0][:, :, place] for place in self.places
        )
        return np.asarray(first - second, dtype=np.float32)

    def _of(self, scores: NDArray[np.floating]) -> float:
        utility = self.router.scale_mean_ + self.router.scale_spread_ * scores
        return float(utility[self.places[0]] - utility[self.places[1]])

    def explanation(
        self,
        names: tuple[str, str],
        raw: NDArray[np.float32],
        branches: Mapping[str, NDArray[np.float32]],
        shift: float,
    ) -> ScoreExplanation:
        """Return the explanation; baseline and contributions add up to the difference.

        Args:
            names: The two candidates.
            raw: The prompt's inputs as they are, shape (d,).
            branches: Branch → its standardised inputs, shape (1, d).
            shift: What another λ than that of the fit adds to the difference.
        """
        network = self.router.network
        found = network.contributions(branches, self._output)
        parts = self._readable(raw, found["features"][0]) if "features" in found else []
        if "text" in found:
            parts.append(Contribution(name=TEXT, utility=float(found["text"].sum()), about="its words as a whole"))
        if shift:
            parts.append(Contribution(name=OTHER_WEIGHT, utility=shift, about="cost weighs otherwise than when fitted"))
        average = {name: np.zeros_like(x) for name, x in branches.items()}
        return ScoreExplanation(
            chosen=names[0],
            runner_up=names[1],
            difference=self._of(network.scores(branches)[0]) + shift,
            baseline=self._of(network.scores(average)[0]),
            contributions=tuple(parts),
        )

    def _readable(self, raw: NDArray[np.float32], found: NDArray[np.float32]) -> list[Contribution]:
        order = np.argsort(-np.abs(found), kind="stable")
        named = self.router.readable
        parts = [
            Contribution(
                name=named[place],
                value=round(float(raw[place]), 4),
                utility=float(found[place]),
                about=_ABOUT.get(named[place], "signal of the proxy solver"),
            )
            for place in order[:SHOWN].tolist()
            if found[place]
        ]
        rest = float(found[order[SHOWN:]].sum())
        return [*parts, Contribution(name=REST, utility=rest, about=f"{max(len(named) - SHOWN, 0)} of them")]

    @classmethod
    def influences(
        cls, router: LLMRankRouter, raw: NDArray[np.float32], branches: Mapping[str, NDArray[np.float32]]
    ) -> list[dict[str, Any]]:
        """Return for each model and feature how far it moves the model against the mean of all."""
        outputs = router.scale_spread_ * router.network.output[0]
        outputs = (outputs - outputs.mean(axis=2, keepdims=True)).astype(np.float32)
        rows: list[dict[str, Any]] = []
        for place, model in enumerate(router.models_):
            found = router.network.contributions(branches, outputs[:, :, place])
            for i, name in enumerate(router.readable):
                column = found["features"][:, i]
                rows.append(_influence(name, model, column, _correlation(raw[:, i], column)))
            if "text" in found:
                rows.append(_influence(TEXT, model, found["text"].sum(axis=1), None))
        return rows


def _influence(feature: str, model: str, column: NDArray[np.float32], correlation: float | None) -> dict[str, Any]:
    size = float(np.abs(column).mean()) if len(column) else 0.0
    return {"feature": feature, "model": model, "mean_contribution": size, "correlation": correlation}


def _correlation(values: NDArray[np.float32], column: NDArray[np.float32]) -> float:
    x, y = (part.astype(np.float64) - part.mean() for part in (values, column)) if len(values) else (values, column)
    power = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return float((x * y).sum() / power) if power > 0 else 0.0
