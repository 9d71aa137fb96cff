"""The leaderboard: every figure of a router, reference or model, averaged over seeds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.bench import metrics
from langchain_dynaroute.bench.frontier import aiq, pareto_distance
from langchain_dynaroute.bench.hardness import recall_failure
from langchain_dynaroute.bench.references import BEST_SINGLE, BEST_SINGLE_TRAIN, ORACLE, RANDOM
from langchain_dynaroute.bench.uncertainty import PairedDifference, paired_bootstraps, standard_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.bench.seed_scores import Score, SeedData
    from langchain_dynaroute.bench.uncertainty import Interval

_CPT_TARGETS = {"cpt_50": 0.5, "cpt_80": 0.8}


class Leaderboard:
    """Computes rows from the scores of all seeds."""

    def __init__(
        self,
        seeds: Sequence[SeedData],
        references: Mapping[str, Sequence[Score]],
        models: Mapping[str, Sequence[Score]],
        routers: Mapping[str, Sequence[Score]],
        n_prompts: int,
    ) -> None:
        """Store the scores: name → one a seed."""
        self.seeds, self.references, self.models, self.routers = seeds, references, models, routers
        self.n_prompts = n_prompts
        self.has_costs = seeds[0].test.cost_usd is not None

    def rows(self) -> list[dict[str, Any]]:
        """Return one row a router, reference and model."""
        kinds = (("router", self.routers), ("reference", self.references), ("model", self.models))
        all_ = [(name, kind, scores) for kind, of_kind in kinds for name, scores in of_kind.items()]
        intervals = self._intervals([scores for _, _, scores in all_])
        return [self._row(*one) | _differences(interval) for one, interval in zip(all_, intervals, strict=True)]

    def dropped(self) -> dict[str, int]:
        """Return reference → datasets left out of ratios to it, since it scores 0 there; the most over seeds."""
        return {
            name: max(int((~metrics.has_ratio(score.accuracy[0])).sum()) for score in self.references[name])
            for name in (RANDOM, BEST_SINGLE, ORACLE)
        }

    def _row(self, name: str, kind: str, scores: Sequence[Score]) -> dict[str, Any]:
        per_seed = [self._figures(i, score) for i, score in enumerate(scores)]
        row: dict[str, Any] = {"router": name, "kind": kind}
        for figure in dict.fromkeys(key for figures in per_seed for key in figures):
            values = [v for figures in per_seed if (v := figures.get(figure)) is not None]
            row[figure] = float(np.mean(values)) if values else math.nan
            row[f"{figure}_se"] = standard_error(values) if len(values) > 1 else None
        if kind == "router":
            row |= self._sweep_figures(scores)
        return row

    def _figures(self, seed: int, score: Score) -> dict[str, float | None]:
        at = score.default
        accuracy, micro = score.accuracy[at], float(score.micro[at])
        oracle = self.references[ORACLE][seed]
        figures: dict[str, float | None] = {
            "avg_acc": float(accuracy.mean()),
            "micro_acc": micro,
            "gain_r": _or_none(metrics.gain_over_random, accuracy, self._reference(RANDOM, seed)),
            "gain_b": _or_none(metrics.gain_over_best_single, accuracy, self._reference(BEST_SINGLE, seed)),
            "gap_o": _or_none(metrics.gap_to_oracle, accuracy, self._reference(ORACLE, seed)),
            "efficiency": _or_none(metrics.efficiency, micro, float(oracle.micro[0])),
            "quality_gap": metrics.quality_gap(micro, float(oracle.micro[0])),
            "recall_failure": recall_failure(self._picked(seed, score), self.seeds[seed].n_correct),
        }
        if score.cost_usd is not None and oracle.cost_usd is not None:
            figures["cost_usd"] = float(score.cost_usd[at])
            figures["cost_ratio"] = _or_none(metrics.cost_ratio, float(score.cost_usd[at]), float(oracle.cost_usd[0]))
        return figures

    def _reference(self, name: str, seed: int) -> NDArray[np.float64]:
        return np.asarray(self.references[name][seed].accuracy[0])

    def _sweep_figures(self, scores: Sequence[Score]) -> dict[str, Any]:
        per_seed = [self._sweep_of_seed(i, score) for i, score in enumerate(scores)]
        row: dict[str, Any] = {}
        for figure in dict.fromkeys(key for figures in per_seed for key in figures):
            values = [v for figures in per_seed if (v := figures.get(figure)) is not None]
            row[figure] = float(np.mean(values)) if values else math.nan
            row[f"{figure}_se"] = standard_error(values) if len(values) > 1 else None
        row["cost_save_n"] = sum(figures.get("cost_save") is not None for figures in per_seed)
        return row

    def _sweep_of_seed(self, seed: int, score: Score) -> dict[str, float | None]:
        best = self.references[BEST_SINGLE][seed]
        best_average = float(best.average[0])
        figures = {"perf_gain": _or_none(metrics.perf_gain, score.average, best_average)}
        if score.cost_usd is not None and best.cost_usd is not None:
            figures["cost_save"] = metrics.cost_saving(
                score.average, score.cost_usd, best_average, float(best.cost_usd[0])
            )
            quality, cost = self._everything(seed)
            figures["pareto_dist"] = pareto_distance(score.average, score.cost_usd, quality, cost)
            low, high = self._cost_range(seed)
            figures["aiq"] = aiq(score.cost_usd, score.average, low, high) if high > low else None
        return figures | self._binary(seed, score)

    def _everything(self, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return quality and cost of S: all configurations of all routers, and all single models."""
        points = [scores[seed] for scores in (*self.routers.values(), *self.models.values())]
        costs = [point.cost_usd for point in points if point.cost_usd is not None]
        return np.concatenate([point.average for point in points]), np.concatenate(costs)

    def _cost_range(self, seed: int) -> tuple[float, float]:
        costs = [float(s[seed].cost_usd[0]) for s in self.models.values() if s[seed].cost_usd is not None]  # type: ignore[index]
        return min(costs), max(costs)

    def _binary(self, seed: int, score: Score) -> dict[str, float | None]:
        """Return RouteLLM's figures, for a pool of two models of which one is better."""
        if len(self.models) != 2 or score.shares is None:  # noqa: PLR2004 - a weak and a strong one
            return {}
        micro = [float(scores[seed].micro[0]) for scores in self.models.values()]
        weak, strong = int(np.argmin(micro)), int(np.argmax(micro))
        if weak == strong:
            return {}
        curve = (score.shares[:, strong], score.micro, micro[weak], micro[strong])
        targets = {name: metrics.cpt(target, *curve) for name, target in _CPT_TARGETS.items()}
        return {"apgr": metrics.apgr(*curve), **targets}

    def _picked(self, seed: int, score: Score) -> NDArray[np.float64]:
        """Return the quality of what was chosen; of `Random`, whose score is an average, that of every model."""
        return self.seeds[seed].test.quality.T if score is self.references[RANDOM][seed] else score.quality

    def _intervals(self, all_scores: Sequence[Sequence[Score]]) -> list[Interval]:
        splits = []
        for i, data in enumerate(self.seeds):
            reference = self.references[BEST_SINGLE_TRAIN][i].quality
            difference = np.stack([scores[i].quality for scores in all_scores]) - reference
            splits.append(PairedDifference(data.rows, data.groups.index, difference))
        return paired_bootstraps(splits, self.n_prompts)


def _differences(interval: Interval) -> dict[str, float]:
    return {"difference": interval.value, "difference_low": interval.low, "difference_high": interval.high}


def _or_none(metric: Any, *arguments: Any) -> float | None:
    """Return a metric's value, or None where it does not exist: a ratio to nothing."""
    from langchain_dynaroute.errors import OutcomeError

    try:
        return float(metric(*arguments))
    except OutcomeError:
        return None
