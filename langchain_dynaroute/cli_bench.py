"""The command `dynaroute bench`: parse, run, print."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from langchain_dynaroute.cli_progress import progress_bar
from langchain_dynaroute.errors import OutcomeError, PoolError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.progress import Progress

    from langchain_dynaroute.bench.entrants import Entrant
    from langchain_dynaroute.bench.evaluate import Settings
    from langchain_dynaroute.bench.results import BenchResults
    from langchain_dynaroute.outcomes import OutcomeTable

DYNAROUTE = "dynaroute-"
DEFAULT_ROUTERS = "dynaroute-optimum,dynaroute-low-cost,dynaroute-best-performance,knn,linear,mlp,svm"
DEFAULT_SEEDS = "42,999,2024,2025,3407"
_RUNS = "runs"
_MOST_SEED = 2**32
"""numpy's older generators take no larger one."""

Outcomes = Annotated[
    Path,
    typer.Option(
        "--outcomes",
        "-o",
        help="Folder or file of outcomes: ours (`prompts.parquet`, `outcomes.parquet`), RouterBench, LLMRouterBench, "
        "RouteLLM, RouterArena, Inspect or lm-evaluation-harness.",
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder for tables, pictures, report and finished runs.")]
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
            help="Names, commas between; a router of yours as `module:Class`. A name that is not there lists all.",
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
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Runs at the same time, each in a process.", min=1)] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not take finished runs of an earlier call.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the leaderboard as JSON, for programs.")] = False,
) -> None:
    """Compare routers on real outcomes, and write tables, pictures and a report.

    A stopped run goes on where it was. Needs the extra `bench`.

    Example: `dynaroute bench --outcomes my-outcomes --routers knn,linear --out report`
    """
    from langchain_dynaroute.bench.evaluate import Settings
    from langchain_dynaroute.bench.report import write_report
    from langchain_dynaroute.outcome_rows import Repairs

    _check_extra()
    names = read_names(routers, "--routers")
    settings = Settings(protocol, read_seeds(seeds), configurations, min_dataset_prompts, preprocess, jobs)
    table = read_outcomes(outcomes, format_, models, Repairs(duplicates, out_of_range, sparse_models))
    table, notes = _with_costs(table, prices, answer_tokens) if estimate_costs else (table, [])
    out.mkdir(parents=True, exist_ok=True)
    with progress_bar(is_shown=not as_json and sys.stderr.isatty()) as bar:
        run = _Bench(table, out / _RUNS, bar, fresh=fresh, prices=prices, speeds=speeds)
        results = run.results(names, settings, notes)
        paths = bar_step(bar, "Writing the report", lambda: write_report(results, out))
    if as_json:
        print(json.dumps(json_record(results), ensure_ascii=False, indent=2))
    else:
        _show(results, run.found, paths)


def _show(results: BenchResults, found: tuple[int, int], paths: Mapping[str, Path]) -> None:
    from langchain_dynaroute.bench.report import leaderboard_text
    from langchain_dynaroute.cli_views import console

    screen = console()
    screen.print(leaderboard_text(results, screen.width))
    notes = [*results.about["notes"], *_both_figures(results)]
    if not results.has_costs:
        notes.append("`--estimate-costs` estimates costs from lengths and list prices")
    if found[0]:
        notes.append(
            f"{found[0]} of {found[1]} runs were finished before, and taken from there; `--fresh` makes them anew"
        )
    for note in notes:
        screen.print(f"• {note}", style="dim", markup=False)
    for what, path in paths.items():
        screen.print(f"{what}: {path}", markup=False, soft_wrap=True)


def _both_figures(results: BenchResults) -> list[str]:
    """Return each router's AvgAcc with and without LLMRank's preprocessing, in words."""
    from langchain_dynaroute.bench.preprocessing import BOTH

    both = results.extra.get(BOTH)
    if both is None:
        return []
    rows = both[both["kind"] == "router"].to_dict("records")
    told = (
        f"{row['router']} {row['avg_acc_percent']:.1f} % (without {row['avg_acc_percent_without']:.1f} %)"
        for row in rows
    )
    return [f"AvgAcc with LLMRank's preprocessing: {', '.join(told)}"]


class _Bench:
    """One call of the command."""

    def __init__(
        self, table: OutcomeTable, runs: Path, bar: Progress, *, fresh: bool, prices: Path | None, speeds: Path | None
    ) -> None:
        from langchain_dynaroute.bench.latency import ServingSpeed
        from langchain_dynaroute.bench.list_prices import known_prices

        self.table, self.runs, self.bar = table, runs, bar
        self.prices = known_prices(table.models, prices)
        self.speeds = ServingSpeed.load(speeds) if speeds else None
        self.found = (0, 0)
        """Runs that an earlier call had finished, of how many."""
        if fresh:
            for path in [*runs.glob("*.safetensors"), *runs.glob("*.part"), *runs.glob("profiles-*.json")]:
                path.unlink()

    def results(self, names: Sequence[str], settings: Settings, notes: Sequence[str]) -> BenchResults:
        from langchain_dynaroute.bench.preprocessing import BOTH, with_and_without

        entrants = self.entrants(names)
        results = self._evaluated(entrants, settings, notes)
        if settings.preprocess:
            plain = self._evaluated(entrants, replace(settings, preprocess=False), notes)
            results.extra[BOTH] = with_and_without(results, plain)
        return results

    def _evaluated(self, entrants: Sequence[Entrant], settings: Settings, notes: Sequence[str]) -> BenchResults:
        from langchain_dynaroute.bench.evaluate import evaluate
        from langchain_dynaroute.bench.run_cache import RunCache

        task = self.bar.add_task("Fitting routers", total=None)

        def step(done: int, total: int, what: str) -> None:
            if not self.bar.tasks[task].total:
                self.found = (self.found[0] + done, self.found[1] + total)
            self.bar.update(task, completed=done, total=total, description=f"Fitting routers: {what}" if what else None)

        return evaluate(
            self.table,
            entrants,
            settings,
            cache=RunCache(self.runs),
            speeds=self.speeds,
            prices=self.prices,
            progress=step,
            notes=notes,
        )

    def entrants(self, names: Sequence[str]) -> list[Entrant]:
        """Return the routers by name; DynaRoute's are given the profiles of all prompts.

        Their tiers are by what the answers cost, or by list price where no cost is known.
        """
        from langchain_dynaroute.bench.dynaroute_entrants import DynaRouteEntrant
        from langchain_dynaroute.bench.llmrank_tables import PRESETS
        from langchain_dynaroute.routers.registry import LEARNED, make_router
        from langchain_dynaroute.routers.tier_table import POLICIES

        ours = {f"{DYNAROUTE}{policy}": policy for policy in POLICIES}
        for name in names:
            if name not in {*ours, *LEARNED, *PRESETS} and ":" not in name:
                near = next((known for known in ours if known == f"{DYNAROUTE}{name}"), name)
                msg = f"There is no router {name!r}.{did_you_mean(near, [*ours, *LEARNED, *PRESETS])} Your own is given as module:Class."
                raise PoolError(msg)
        find_own_modules(names)
        learned = {name: _llmrank(name) if name in PRESETS else make_router(name) for name in names if name not in ours}
        profiles = self._profiles() if set(names) & set(ours) else None
        if profiles is None:
            return list(learned.values())
        by_price = self.table.cost_usd is None and set(self.prices) >= set(self.table.models)
        told: dict[str, Any] = {
            "prices": self.prices if by_price else None,
            "classify_us": profiles.us_per_prompt,
            "classifier": profiles.classifier,
        }
        return [learned.get(name) or DynaRouteEntrant(ours[name], profiles.profiles, **told) for name in names]

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
    from langchain_dynaroute.bench.evaluate import outcome_table_of
    from langchain_dynaroute.bench.loaders import load_outcomes

    wanted = None if models is None else read_names(models, "--models")
    table = load_outcomes(path, format_, repairs=repairs)
    return outcome_table_of(table, wanted)


def read_names(text: str, option: str) -> list[str]:
    """Read names with commas between, each once.

    Raises:
        OutcomeError: if there is none.
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        msg = f"{option} {text!r}: give one or more names, commas between."
        raise OutcomeError(msg)
    return names


def find_own_modules(names: Iterable[str]) -> None:
    """Let `module:Class` of a user be found beside the command."""
    if any(":" in name for name in names) and "" not in sys.path:
        sys.path.insert(0, "")


def read_seeds(text: str) -> tuple[int, ...]:
    """Read seeds with commas between.

    Raises:
        OutcomeError: if one is not a whole number from 0 up to 2 ** 32.
    """
    seeds = [seed.strip() for seed in text.split(",") if seed.strip()]
    if not seeds or not all(seed.isdecimal() and int(seed) < _MOST_SEED for seed in seeds):
        msg = f"--seeds {text!r}: give whole numbers from 0 to 4294967295, commas between, such as {DEFAULT_SEEDS}."
        raise OutcomeError(msg)
    return tuple(map(int, seeds))


def _with_costs(
    table: OutcomeTable, prices: Path | None, answer_tokens: float | None
) -> tuple[OutcomeTable, list[str]]:
    """Return the table with estimated costs, without the models that have no list price."""
    import numpy as np

    from langchain_dynaroute.bench.list_prices import known_prices

    unknown = np.asarray(~np.isnan(table.quality))
    if table.cost_usd is not None:
        unknown &= np.isnan(table.cost_usd)
    if not unknown.any():
        return table, ["every cost was measured, so none is estimated"]
    known = known_prices(table.models, prices)
    left_out = [name for i, name in enumerate(table.models) if unknown[:, i].any() and name not in known]
    if len(left_out) == len(table.models):
        msg = f"{table.name}: no list price of any model is known. Give them with --prices."
        raise OutcomeError(msg)
    priced = table.of_models(name for name in table.models if name not in left_out)
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
