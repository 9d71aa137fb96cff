"""The command `dynaroute bench`: parse, run, print."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from langchain_dynaroute.errors import OutcomeError, PoolError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.progress import Progress

    from langchain_dynaroute.bench.entrants import Entrant
    from langchain_dynaroute.bench.evaluate import Settings
    from langchain_dynaroute.bench.results import BenchResults
    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.pricing import Price

DYNAROUTE = "dynaroute-"
DEFAULT_ROUTERS = "dynaroute-optimum,dynaroute-low-cost,dynaroute-best-performance,knn,linear,mlp,svm"
DEFAULT_SEEDS = "42,999,2024,2025,3407"
_RUNS = "runs"

Outcomes = Annotated[
    Path,
    typer.Option(
        "--outcomes",
        "-o",
        help="Folder or file of outcomes: ours (`prompts.parquet`, `outcomes.parquet`), RouterBench, LLMRouterBench, "
        "RouteLLM, RouterArena, Inspect or lm-evaluation-harness.",
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder for the tables, pictures, report and finished runs.")]
Format = Annotated[str | None, typer.Option("--format", help="What the outcomes are; found by itself if left out.")]
Names = Annotated[str | None, typer.Option("--models", help="Only these models, commas between.")]


def bench(
    outcomes: Outcomes,
    out: OutFolder,
    routers: Annotated[
        str,
        typer.Option(
            "--routers",
            "-r",
            help="Names, commas between, `llmrank`, `llmrank-balanced` and `llmrank-cost` too; a router of yours as `module:Class`.",
        ),
    ] = DEFAULT_ROUTERS,
    seeds: Annotated[str, typer.Option("--seeds", help="One split a seed, commas between.")] = DEFAULT_SEEDS,
    protocol: Annotated[
        Literal["llmrouterbench", "leave-dataset-out", "llmrank"],
        typer.Option("--protocol", help="70/30 by dataset; each dataset left out in turn; LLMRank's 70/15/15."),
    ] = "llmrouterbench",
    preprocess: Annotated[
        bool,
        typer.Option("--preprocess", help="Leave prompts out as LLMRank does; figures without that are shown too."),
    ] = False,
    models: Names = None,
    format_: Format = None,
    estimate_costs: Annotated[
        bool, typer.Option("--estimate-costs", help="Estimate missing costs from lengths and list prices.")
    ] = False,
    prices: Annotated[
        Path | None, typer.Option("--prices", help="CSV file of `model` and the two list prices.", dir_okay=False)
    ] = None,
    answer_tokens: Annotated[
        float | None, typer.Option("--answer-tokens", help="What to take for answers of unknown length.", min=0)
    ] = None,
    speeds: Annotated[
        Path | None,
        typer.Option("--speeds", help="CSV file of `model`, `time_to_first_token_s`, `tokens_per_s`.", dir_okay=False),
    ] = None,
    configurations: Annotated[int, typer.Option("--configurations", help="Settings of a router's sweep.", min=1)] = 101,
    min_dataset_prompts: Annotated[
        int, typer.Option("--min-dataset-prompts", help="Datasets under this are pooled as `other`.", min=1)
    ] = 30,
    duplicates: Annotated[
        Literal["error", "drop", "first", "mean"], typer.Option("--duplicates", help="What to do with repeated rows.")
    ] = "error",
    out_of_range: Annotated[
        Literal["error", "clip", "drop"], typer.Option("--out-of-range", help="What to do with scores outside 0..1.")
    ] = "error",
    sparse_models: Annotated[
        Literal["error", "keep", "drop"],
        typer.Option("--sparse-models", help="What to do with models missing on over half of the prompts."),
    ] = "error",
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Processes.", min=1)] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not take finished runs of an earlier call.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the leaderboard as JSON, for programs.")] = False,
) -> None:
    """Compare routers on real outcomes, and write tables, pictures and a report.

    A stopped run goes on where it was. Needs the extra `bench`.

    Example: `dynaroute bench --outcomes my-outcomes --routers knn,linear --out report`
    """
    from langchain_dynaroute.bench.evaluate import Settings
    from langchain_dynaroute.bench.report import leaderboard_text, write_report
    from langchain_dynaroute.outcome_rows import Repairs

    _check_extra()
    table = read_outcomes(outcomes, format_, models, Repairs(duplicates, out_of_range, sparse_models))
    table, notes = _with_costs(table, prices, answer_tokens) if estimate_costs else (table, [])
    settings = Settings(protocol, read_seeds(seeds), configurations, min_dataset_prompts, preprocess, jobs)
    with _progress(quiet=as_json) as bar:
        run = _Bench(table, out / _RUNS, bar, fresh=fresh, prices=prices, speeds=speeds)
        results = run.results([name.strip() for name in routers.split(",") if name.strip()], settings, notes)
        paths = bar_step(bar, "Writing the report", lambda: write_report(results, out))
    if as_json:
        print(json.dumps(json_record(results), ensure_ascii=False, indent=2))
        return
    from langchain_dynaroute.cli_views import console

    screen = console()
    screen.print(leaderboard_text(results))
    for note in results.about["notes"]:
        screen.print(f"• {note}", style="dim", markup=False)
    if table.cost_usd is None:
        screen.print(
            "• no costs: `--estimate-costs` estimates them from lengths and list prices", style="dim", markup=False
        )
    for what, path in paths.items():
        screen.print(f"{what}: {path}", markup=False, soft_wrap=True)


class _Bench:
    """One call of the command."""

    def __init__(
        self, table: OutcomeTable, runs: Path, bar: Progress, *, fresh: bool, prices: Path | None, speeds: Path | None
    ) -> None:
        self.table, self.runs, self.bar, self.prices, self.speeds = table, runs, bar, prices, speeds
        if fresh:
            for path in [*runs.glob("*.safetensors"), *runs.glob("profiles-*.json")]:
                path.unlink()

    def results(self, names: Sequence[str], settings: Settings, notes: Sequence[str]) -> BenchResults:
        entrants = self.entrants(names)
        results = self._evaluated(entrants, settings, notes)
        if settings.preprocess:
            plain = self._evaluated(entrants, replace(settings, preprocess=False), notes)
            results.extra["without_preprocessing"] = plain.leaderboard
        return results

    def _evaluated(self, entrants: Sequence[Entrant], settings: Settings, notes: Sequence[str]) -> BenchResults:
        from langchain_dynaroute.bench.evaluate import evaluate
        from langchain_dynaroute.bench.latency import ServingSpeed
        from langchain_dynaroute.bench.run_cache import RunCache

        task = self.bar.add_task("Fitting routers", total=None)

        def step(done: int, total: int, what: str) -> None:
            self.bar.update(task, completed=done, total=total, description=f"Fitting routers: {what}" if what else None)

        speeds = ServingSpeed.load(self.speeds) if self.speeds else None
        return evaluate(
            self.table,
            entrants,
            settings,
            cache=RunCache(self.runs),
            speeds=speeds,
            prices=self._list_prices(),
            progress=step,
            notes=notes,
        )

    def _list_prices(self) -> dict[str, Price]:
        from langchain_dynaroute.bench.list_prices import known_prices

        return known_prices(self.table.models, self.prices)

    def entrants(self, names: Sequence[str]) -> list[Entrant]:
        """Return the routers by name; DynaRoute's are given the profiles of all prompts."""
        from langchain_dynaroute.bench.dynaroute_entrants import DynaRouteEntrant
        from langchain_dynaroute.bench.llmrank_tables import PRESETS
        from langchain_dynaroute.routers.registry import make_router
        from langchain_dynaroute.routers.tier_table import POLICIES

        ours = {f"{DYNAROUTE}{policy}": policy for policy in POLICIES}
        for name in names:
            if name.startswith(DYNAROUTE) and name not in ours:
                msg = f"There is no router {name!r}.{did_you_mean(name, ours)}"
                raise PoolError(msg)
        profiles = self._profiles() if set(names) & set(ours) else None
        entrants: list[Entrant] = []
        for name in dict.fromkeys(names):
            if profiles is not None and name in ours:
                entrants.append(
                    DynaRouteEntrant(
                        ours[name],
                        profiles.profiles,
                        classify_us=profiles.us_per_prompt,
                        classifier=profiles.classifier,
                    )
                )
            elif name in PRESETS:
                entrants.append(_llmrank(name))
            else:
                entrants.append(make_router(name))
        return entrants

    def _profiles(self) -> Any:
        from langchain_dynaroute.bench.prompt_profiles import classify_all
        from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

        task = self.bar.add_task("Profiling prompts", total=len(self.table))
        return classify_all(
            self.table.prompts,
            EmbeddedClassifier(),
            self.runs,
            lambda done, total: self.bar.update(task, completed=done, total=total),
        )


def _llmrank(name: str) -> Entrant:
    """Return LLMRank at one of the paper's λ, under the benchmark's name of it."""
    from langchain_dynaroute.bench.llmrank_tables import PRESETS
    from langchain_dynaroute.routers.registry import make_router

    router = make_router("llmrank", cost_weight=PRESETS[name])
    router.name = name
    return router


def _progress(*, quiet: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
        transient=True,
    )


def bar_step(bar: Progress, what: str, work: Callable[[], Any]) -> Any:
    """Do one piece of work of unknown length under a progress bar."""
    task = bar.add_task(what, total=None)
    result = work()
    bar.update(task, total=1, completed=1)
    return result


def _check_extra() -> None:
    from importlib.util import find_spec

    from langchain_dynaroute.errors import MissingExtraError

    for package in ("pyarrow", "pandas", "sklearn", "matplotlib"):
        if find_spec(package) is None:
            raise MissingExtraError(package, "bench")


def read_outcomes(path: Path, format_: str | None, models: str | None, repairs: Any) -> OutcomeTable:
    """Read outcomes in any format, and keep the models asked for."""
    from langchain_dynaroute.bench.loaders import load_outcomes

    table = load_outcomes(path, format_, repairs=repairs)
    return table.of_models(name.strip() for name in models.split(",")) if models else table


def read_seeds(text: str) -> tuple[int, ...]:
    """Read seeds with commas between.

    Raises:
        OutcomeError: if one is not a whole number of 0 or more.
    """
    seeds = [seed.strip() for seed in text.split(",") if seed.strip()]
    if not seeds or not all(seed.isdigit() for seed in seeds):
        msg = f"--seeds {text!r}: give whole numbers with commas between, such as {DEFAULT_SEEDS}."
        raise OutcomeError(msg)
    return tuple(map(int, seeds))


def _with_costs(
    table: OutcomeTable, prices: Path | None, answer_tokens: float | None
) -> tuple[OutcomeTable, list[str]]:
    """Return the table with estimated costs, without the models that have no list price."""
    from langchain_dynaroute.bench.list_prices import known_prices

    known = known_prices(table.models, prices)
    left_out = [name for name in table.models if name not in known]
    if len(left_out) == len(table.models):
        msg = f"{table.name}: no list price of any model is known. Give them with --prices."
        raise OutcomeError(msg)
    priced = table.of_models(name for name in table.models if name in known)
    notes = [f"no list price is known of {', '.join(left_out)}: left out"] if left_out else []
    if answer_tokens is not None:
        notes.append(f"answers of unknown length are taken to be {answer_tokens:g} tokens")
    return priced.with_estimated_costs(known, completion_tokens=answer_tokens), notes


def json_record(results: BenchResults) -> dict[str, Any]:
    """Return the leaderboard as JSON; a figure that does not exist is null."""
    rows = [
        {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}
        for row in _records(results)
    ]
    return {"about": results.about, "leaderboard": rows}


def _records(results: BenchResults) -> Iterator[dict[str, Any]]:
    for row in results.leaderboard.to_dict(orient="records"):
        yield {str(name): value for name, value in row.items()}
