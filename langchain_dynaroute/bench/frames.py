"""The frames beside the leaderboard: curves, datasets, hardness, shares, matched cost, latency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.bench.frontier import pareto_frontier
from langchain_dynaroute.bench.hardness import accuracy_by_hardness
from langchain_dynaroute.bench.latency import table_latency_s
from langchain_dynaroute.bench.references import BEST_SINGLE, BEST_SINGLE_TRAIN, DATASET_ORACLE
from langchain_dynaroute.bench.uncertainty import standard_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.bench.latency import ServingSpeed
    from langchain_dynaroute.bench.run_cache import Run
    from langchain_dynaroute.bench.seed_scores import Score, SeedData

MATCHED_SHARES = (0.1, 0.25, 0.5, 1.0)
"""Budgets at which routers are compared (Figure 10), as shares of the best single model's cost."""
ALL = "all"
_SHOWN_IN_HARDNESS = (BEST_SINGLE_TRAIN, BEST_SINGLE, DATASET_ORACLE)


class Frames:
    """Makes the rows of each frame from the scores of all seeds."""

    def __init__(
        self,
        seeds: Sequence[SeedData],
        references: Mapping[str, Sequence[Score]],
        models: Mapping[str, Sequence[Score]],
        routers: Mapping[str, Sequence[Score]],
    ) -> None:
        """Store the scores: name → one a seed."""
        self.seeds, self.references, self.models, self.routers = seeds, references, models, routers

    @property
    def _all(self) -> list[tuple[str, str, Sequence[Score]]]:
        kinds = (("router", self.routers), ("reference", self.references), ("model", self.models))
        return [(kind, name, scores) for kind, all_ in kinds for name, scores in all_.items()]

    def curves(self) -> list[dict[str, Any]]:
        """Return every configuration, averaged over seeds, with the frontier of all routers and models."""
        rows = [row for kind, name, scores in self._all for row in _curve(kind, name, scores)]
        rivals = [row for row in rows if row["kind"] != "reference" and row["cost_usd"] is not None]
        if rivals:
            on = pareto_frontier([row["avg_acc"] for row in rivals], [row["cost_usd"] for row in rivals])
            for row, is_on in zip(rivals, on.tolist(), strict=True):
                row["on_frontier"] = is_on
        return rows

    def datasets(self) -> list[dict[str, Any]]:
        """Return accuracy and cost by dataset, of the default configurations."""
        names = dict.fromkeys(name for data in self.seeds for name in data.groups.names)
        return [self._dataset_row(kind, name, scores, dataset) for kind, name, scores in self._all for dataset in names]

    def _dataset_row(self, kind: str, name: str, scores: Sequence[Score], dataset: str) -> dict[str, Any]:
        found = [
            (score, data.groups.names.index(dataset), data.groups.sizes)
            for data, score in zip(self.seeds, scores, strict=True)
            if dataset in data.groups.names
        ]
        accuracy = [float(score.accuracy[score.default, place]) for score, place, _ in found]
        costs = [
            float(score.dataset_cost_usd[place]) for score, place, _ in found if score.dataset_cost_usd is not None
        ]
        return {
            "router": name,
            "kind": kind,
            "dataset": dataset,
            "prompts": float(np.mean([sizes[place] for _, place, sizes in found])),
            "accuracy": float(np.mean(accuracy)),
            "accuracy_se": standard_error(accuracy),
            "cost_usd": float(np.mean(costs)) if costs else None,
        }

    def hardness(self) -> list[dict[str, Any]]:
        """Return accuracy by how many models can answer at all (Figure 5)."""
        shown = [("router", name, scores) for name, scores in self.routers.items()]
        shown += [("reference", name, self.references[name]) for name in _SHOWN_IN_HARDNESS]
        rows = []
        for kind, name, scores in shown:
            totals: dict[int, list[tuple[int, float]]] = {}
            for data, score in zip(self.seeds, scores, strict=True):
                profile = accuracy_by_hardness(score.quality, data.n_correct)
                for level, count, share in zip(profile.n_correct, profile.n_prompts, profile.accuracy, strict=True):
                    totals.setdefault(int(level), []).append((int(count), float(share)))
            rows += [_hardness_row(name, kind, level, totals[level], len(self.seeds)) for level in sorted(totals)]
        return rows

    def shares(self) -> list[dict[str, Any]]:
        """Return which model gets which dataset, by the default configurations."""
        rows = []
        for name, scores in self.routers.items():
            for dataset in (ALL, *dict.fromkeys(group for data in self.seeds for group in data.groups.names)):
                found = [
                    _shares(data, score, dataset)
                    for data, score in zip(self.seeds, scores, strict=True)
                    if dataset in {ALL, *data.groups.names}
                ]
                what = {"router": name, "dataset": dataset}
                rows += _share_rows(what, self.seeds[0].test.models, np.mean(found, axis=0))
        return rows

    def matched_cost(self) -> list[dict[str, Any]]:
        """Return what each router chooses when it may spend a share of what the best single model costs (Figure 10)."""
        best = [score.cost_usd for score in self.references[BEST_SINGLE]]
        rows = []
        for share_of_best in MATCHED_SHARES if best[0] is not None else ():
            for name, scores in self.routers.items():
                if scores[0].values is None or len(scores[0].values) == 1:
                    continue
                found = [
                    _nearest(score, share_of_best * float(cost[0]))
                    for score, cost in zip(scores, best, strict=True)
                    if cost is not None
                ]
                what = {
                    "router": name,
                    "target_usd": float(np.mean([share_of_best * float(cost[0]) for cost in best if cost is not None])),
                    "cost_usd": float(np.mean([cost for cost, _, _ in found])),
                    "avg_acc": float(np.mean([average for _, average, _ in found])),
                }
                rows += _share_rows(
                    what, self.seeds[0].test.models, np.mean([shares for _, _, shares in found], axis=0)
                )
        return rows

    def latency(self, speeds: dict[str, ServingSpeed], runs: Mapping[str, Mapping[str, Run]]) -> list[dict[str, Any]]:
        """Return the mean latency of every router and model, the router's own time counted in (Figure 9)."""
        tables = [table_latency_s(data.test, speeds) for data in self.seeds]
        known = [table for table in tables if table is not None]
        if len(known) < len(tables):
            return []
        rows = []
        for name, scores in self.routers.items():
            own_s = float(np.mean([run.route_us for run in runs[name].values()])) / 1e6
            seconds = [
                float(table[np.arange(len(table)), score.choices].mean())
                for table, score in zip(known, scores, strict=True)
            ]
            rows.append(_latency_row(name, "router", float(np.mean(seconds)) + own_s, scores))
        for i, (name, scores) in enumerate(self.models.items()):
            rows.append(_latency_row(name, "model", float(np.mean([table[:, i].mean() for table in known])), scores))
        return rows


def _curve(kind: str, name: str, scores: Sequence[Score]) -> list[dict[str, Any]]:
    averages = np.stack([score.average for score in scores])
    costs = [score.cost_usd for score in scores if score.cost_usd is not None]
    values = None if scores[0].values is None else np.mean([score.values for score in scores], axis=0)  # type: ignore[arg-type]
    return [
        {
            "router": name,
            "kind": kind,
            "configuration": i,
            "parameter": scores[0].parameter,
            "value": None if values is None else float(values[i]),
            "avg_acc": float(averages[:, i].mean()),
            "avg_acc_se": standard_error(averages[:, i]),
            "cost_usd": float(np.mean([cost[i] for cost in costs])) if costs else None,
            "on_frontier": False,
            "is_default": i == scores[0].default,
        }
        for i in range(averages.shape[1])
    ]


def _hardness_row(name: str, kind: str, level: int, found: list[tuple[int, float]], n_seeds: int) -> dict[str, Any]:
    prompts = sum(count for count, _ in found)
    return {
        "router": name,
        "kind": kind,
        "n_correct": level,
        "prompts": prompts / n_seeds,
        "accuracy": sum(count * share for count, share in found) / prompts,
    }


def _shares(data: SeedData, score: Score, dataset: str) -> NDArray[np.float64]:
    chosen = np.asarray(score.choices)
    if dataset != ALL:
        chosen = chosen[data.groups.index == data.groups.names.index(dataset)]
    return np.asarray(np.bincount(chosen, minlength=len(data.test.models)) / len(chosen))


def _share_rows(what: dict[str, Any], models: Sequence[str], share: NDArray[np.float64]) -> list[dict[str, Any]]:
    return [
        {**what, "model": model, "share": float(part)} for model, part in zip(models, share, strict=True) if part > 0
    ]


def _nearest(score: Score, target_usd: float) -> tuple[float, float, NDArray[np.float64]]:
    """Return cost, AvgAcc and shares of the configuration whose cost is nearest to a target."""
    cost, shares = score.cost_usd, score.shares
    if cost is None or shares is None:
        return 0.0, 0.0, np.zeros(0)
    place = int(np.abs(cost - target_usd).argmin())
    return float(cost[place]), float(score.average[place]), shares[place]


def _latency_row(name: str, kind: str, seconds: float, scores: Sequence[Score]) -> dict[str, Any]:
    costs = [score.cost_usd[score.default] for score in scores if score.cost_usd is not None]
    return {
        "router": name,
        "kind": kind,
        "latency_s": seconds,
        "avg_acc": float(np.mean([score.average[score.default] for score in scores])),
        "cost_usd": float(np.mean(costs)) if costs else None,
    }
