"""Run the benchmark: routers × splits, scored against the references (LLMRouterBench, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.bench.curation import curation_rows
from langchain_dynaroute.bench.dataset_groups import MIN_DATASET_PROMPTS, DatasetGroups
from langchain_dynaroute.bench.dynaroute_experiment import experiment
from langchain_dynaroute.bench.feature_influence import influence_frames
from langchain_dynaroute.bench.frames import Frames
from langchain_dynaroute.bench.leaderboard import Leaderboard
from langchain_dynaroute.bench.llmrank_tables import REMARK, is_of_llmrank, llmrank_tables
from langchain_dynaroute.bench.protocol import SEEDS, llmrank_preprocessed, splits_of
from langchain_dynaroute.bench.references import BEST_SINGLE, BEST_SINGLE_TRAIN, ORACLE, RANDOM, Picked
from langchain_dynaroute.bench.results import BenchResults, frame
from langchain_dynaroute.bench.runner import run_all
from langchain_dynaroute.bench.seed_scores import Score, SeedData
from langchain_dynaroute.errors import OutcomeError, RouterError
from langchain_dynaroute.routers.sweep import N_CONFIGURATIONS, with_one_default

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_dynaroute.bench.entrants import Entrant
    from langchain_dynaroute.bench.latency import ServingSpeed
    from langchain_dynaroute.bench.protocol import ProtocolName, Split
    from langchain_dynaroute.bench.run_cache import Run, RunCache
    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.pricing import Price


@dataclass(frozen=True)
class Settings:
    """How a benchmark is run; the defaults are LLMRouterBench's."""

    protocol: ProtocolName = "llmrouterbench"
    seeds: tuple[int, ...] = SEEDS
    size: int = N_CONFIGURATIONS
    """Configurations of a router's sweep."""
    min_dataset_prompts: int = MIN_DATASET_PROMPTS
    """Datasets with fewer prompts are pooled as `other`."""
    preprocess: bool = False
    """Whether prompts are left out as LLMRank does before anything else (its section 4.1)."""
    jobs: int = 1


def evaluate(  # noqa: PLR0913 - what is judged, by what, and who is told
    table: OutcomeTable,
    entrants: Sequence[Entrant],
    settings: Settings | None = None,
    *,
    cache: RunCache | None = None,
    speeds: Mapping[str, ServingSpeed] | None = None,
    prices: Mapping[str, Price] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    notes: Sequence[str] = (),
) -> BenchResults:
    """Fit and judge every entrant on every split, and return all figures.

    Args:
        table: Prompts × models; prompts with a missing outcome are learned from, not judged on.
        entrants: Routers; the references and single models stand beside them by themselves.
        settings: Protocol, seeds, size of the sweep, and so on.
        cache: Where finished runs are kept and taken from.
        speeds: Model → how fast it is served, for latencies.
        prices: Model → list price, for DynaRoute's own experiment; left out unless all are known.
        progress: Called with runs done, runs in all, and the run that was just done.
        notes: Sentences that belong into the report.

    Raises:
        OutcomeError: if the table leaves nothing to learn from or to judge on.
        RouterError: if an entrant fails, naming it and the split.
    """
    settings = settings or Settings()
    prepared, more_notes = llmrank_preprocessed(table) if settings.preprocess else (table, ())
    splits = splits_of(prepared, settings.protocol, settings.seeds)
    runs = run_all(prepared, entrants, splits, size=settings.size, cache=cache, jobs=settings.jobs, progress=progress)
    scoring = Scoring(prepared, splits, settings, runs)
    ranked = settings.protocol == "llmrank" or any(is_of_llmrank(entrant.name) for entrant in entrants)
    results = scoring.results(speeds, [*notes, *more_notes, *([REMARK] if ranked else [])])
    results.extra |= llmrank_tables(scoring, results) if ranked else {}
    results.extra |= influence_frames(scoring.runs)
    results.about["encoder"] = _encoders(entrants)
    if prices and set(prices) >= set(prepared.models):
        results.extra["dynaroute_experiment"] = experiment(scoring, prices)
    return results


class Scoring:
    """Turns finished runs into results; vectorised over prompts and configurations."""

    def __init__(
        self, table: OutcomeTable, splits: Sequence[Split], settings: Settings, runs: Mapping[tuple[str, str], Run]
    ) -> None:
        """Score everything, once.

        Args:
            table: All prompts.
            splits: Those of all seeds.
            settings: As given to `evaluate`.
            runs: (router, split) → run.
        """
        self.table, self.settings, self.splits = table, settings, tuple(splits)
        self.groups = DatasetGroups.of(table, settings.min_dataset_prompts)
        by_seed: dict[int, list[Split]] = {}
        for split in splits:
            by_seed.setdefault(split.seed, []).append(split)
        self.seeds = [SeedData.of(table, self.groups, parts) for parts in by_seed.values()]
        self.runs: dict[str, dict[str, Run]] = {}
        for (router, split_name), run in runs.items():
            self.runs.setdefault(router, {})[split_name] = run
        self.routers = {name: self._router_scores(name) for name in self.runs}
        names = list(self.seeds[0].references)
        self.references = {name: [data.score(data.references[name]) for data in self.seeds] for name in names}
        self.models = {name: [_model_score(data, i) for data in self.seeds] for i, name in enumerate(table.models)}

    def _router_scores(self, name: str) -> list[Score]:
        runs = self.runs[name]
        try:
            sweeps = dict(zip(runs, with_one_default([run.sweep for run in runs.values()]), strict=True))
        except RouterError as error:
            msg = f"{name}: {error}"
            raise RouterError(msg) from error
        return [data.score_sweeps(sweeps) for data in self.seeds]

    def results(self, speeds: Mapping[str, ServingSpeed] | None, notes: Sequence[str]) -> BenchResults:
        """Return all frames."""
        board = Leaderboard(self.seeds, self.references, self.models, self.routers, len(self.table))
        frames = Frames(self.seeds, self.references, self.models, self.routers)
        latency = frames.latency(dict(speeds), self.runs) if speeds else []
        if speeds and not latency:
            notes = [*notes, "the length of some answers is unknown, so nothing is said of latencies"]
        rows = [self._completed(row, latency) for row in board.rows()]
        return BenchResults(
            about=self._about([*notes, *self._notes(board)]),
            leaderboard=frame("leaderboard", rows),
            curves=frame("curves", frames.curves()),
            datasets=frame("datasets", frames.datasets()),
            hardness=frame("hardness", frames.hardness()),
            shares=frame("shares", frames.shares()),
            matched_cost=frame("matched_cost", frames.matched_cost()),
            curation=frame("curation", curation_rows(self.table, self.groups, self.seeds)),
            latency=frame("latency", latency),
        )

    def _completed(self, row: dict[str, Any], latency: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return a leaderboard row with the router's own time and notes."""
        runs = list(self.runs.get(row["router"], {}).values()) if row["kind"] == "router" else []
        seconds = [
            item["latency_s"] for item in latency if (item["router"], item["kind"]) == (row["router"], row["kind"])
        ]
        row |= {
            "fit_s": float(np.mean([run.fit_s for run in runs])) if runs else None,
            "route_us": float(np.mean([run.route_us for run in runs])) if runs else None,
            "note": "; ".join(dict.fromkeys(note for run in runs for note in run.notes)),
        }
        return row | ({"latency_s": seconds[0]} if seconds else {})

    def _about(self, notes: Sequence[str]) -> dict[str, Any]:
        judged = np.unique(np.concatenate([data.rows for data in self.seeds]))
        return {
            "name": self.table.name,
            "n_prompts": len(self.table),
            "n_judged": len(judged),
            "models": list(self.table.models),
            "datasets": [
                {"name": name, "prompts": size} for name, size in zip(self.groups.names, self.groups.sizes, strict=True)
            ],
            "pooled": list(self.groups.pooled),
            "protocol": self.settings.protocol,
            "preprocess": self.settings.preprocess,
            "seeds": [data.seed for data in self.seeds],
            "n_splits": len(self.splits),
            "cost_source": self.table.cost_source,
            "best_single": self._who(BEST_SINGLE),
            "best_single_train": self._who(BEST_SINGLE_TRAIN),
            "notes": list(notes),
            "version": version("langchain-dynaroute"),
            "fingerprint": self.table.fingerprint,
        }

    def _who(self, reference: str) -> str:
        """Return which model a constant reference is, and how often if the seeds differ."""
        names = [self._model_of(i, reference) for i in range(len(self.seeds))]
        counts = {name: names.count(name) for name in dict.fromkeys(names)}
        if len(counts) == 1:
            return names[0]
        return ", ".join(f"{name} ({count} of {len(names)} seeds)" for name, count in counts.items())

    def _model_of(self, seed: int, reference: str) -> str:
        score = self.references[reference][seed]
        same = (
            name
            for name, scores in self.models.items()
            if np.array_equal(scores[seed].quality, score.quality)
            and (score.cost_usd is None or np.array_equal(scores[seed].cost_usd, score.cost_usd))  # type: ignore[arg-type]
        )
        return next(same, "one a dataset")

    def _notes(self, board: Leaderboard) -> list[str]:
        notes = list(self.table.repairs)
        incomplete = int((~self.table.is_complete).sum())
        if incomplete:
            notes.append(
                f"{incomplete:,} of {len(self.table):,} prompts lack an outcome of some model: learned from, not judged on"
            )
        if self.groups.pooled:
            notes.append(
                f"{len(self.groups.pooled)} datasets under {self.settings.min_dataset_prompts} complete prompts are pooled as "
                f"`other`: {', '.join(self.groups.pooled)}"
            )
        for name, count in board.dropped().items():
            if count:
                ratio = {RANDOM: "Gain@R", BEST_SINGLE: "Gain@B", ORACLE: "Gap@O"}[name]
                notes.append(f"{ratio} leaves out up to {count} datasets on which {name} scores 0")
        if self.table.cost_source == "estimated":
            notes.append("costs are estimated from list prices and lengths, not measured")
        if self.table.cost_source is None:
            notes.append("no costs are known, so nothing is said of them")
        return notes


def _encoders(entrants: Sequence[Entrant]) -> str:
    """Return the ids of the encoders by which entrants read prompts; empty if none does."""
    ids = (getattr(entrant, "encoder_id", lambda: None)() for entrant in entrants)
    return ", ".join(dict.fromkeys(name for name in ids if name))


def _model_score(data: SeedData, model: int) -> Score:
    return data.score(Picked.of(data.test, np.full(len(data.test), model, dtype=np.intp)))


def outcome_table_of(table: OutcomeTable, models: Sequence[str] | None) -> OutcomeTable:
    """Return the table of the models to be routed among; None takes all.

    Raises:
        OutcomeError: if fewer than one is left, or one is not there.
    """
    if models is None:
        return table
    if not models:
        msg = f"{table.name}: no model is left to route among."
        raise OutcomeError(msg)
    return table.of_models(models)
