"""The command `dynaroute classify`: parse, profile or evaluate, print."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from langchain_dynaroute.cli_progress import progress_bar
from langchain_dynaroute.errors import TableError

if TYPE_CHECKING:
    from rich.progress import Progress

    from langchain_dynaroute.evaluation.attacks import AttackFigures
    from langchain_dynaroute.evaluation.labelled_prompts import PromptTable

_STDIN = "-"
_PATIENCE_S = 2.0
"""Seconds of work before a progress bar appears."""


def classify(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Parquet, CSV or JSON Lines file with a column `prompt` (or `text`); `-` reads a prompt a line from standard input.",
        ),
    ],
    labels: Annotated[
        str,
        typer.Option(
            "--labels",
            "-l",
            help="Evaluate by these label columns, usually `category,level`; `category=COLUMN` if it is called otherwise.",
        ),
    ] = "",
    classifier: Annotated[
        str, typer.Option("--classifier", "-c", help="`embedded`, or one of your own as `module:Class`.")
    ] = "embedded",
    train: Annotated[
        list[Path] | None,
        typer.Option(
            "--train", "-t", help="Labelled prompts that the baselines may learn from besides FILE. Repeatable."
        ),
    ] = None,
    retrain: Annotated[
        bool,
        typer.Option(
            "--retrain",
            help="Also fit the embedded classifier anew without each source; minutes, needs the extra `train`.",
        ),
    ] = False,
    attacks: Annotated[
        bool,
        typer.Option(
            "--attacks",
            help="Measure how often ten attacks move the level of 200 prompts; without --labels, of as many as --sample says.",
        ),
    ] = False,
    sample: Annotated[
        int | None,
        typer.Option("--sample", "-n", help="Take so many prompts, each source and label by its share.", min=1),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Draws the sample and cuts the folds.", min=0)] = 42,
    pool: Annotated[
        str,
        typer.Option("--pool", "-p", help="Whose tiers say what a wrong profile costs: a shipped pool or a CSV file."),
    ] = "flagship",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="With --labels or --attacks a folder for CSV and Markdown; else a .csv or .parquet file.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, for programs: a line a prompt, or one report.")
    ] = False,
) -> None:
    """Profile many prompts; with `--labels`, say how good the classifier is.

    Without labels, each prompt's category, level and confidence is printed. With labels: accuracy
    by source and overall, macro-F1, calibration, what is confused with what, and how often the
    wrong profile picks another model, beside baselines that had not seen the prompts. A figure on
    sources that the classifier was trained on stands apart from the others. Needs the extra `bench`.

    Examples: `dynaroute classify prompts.csv --out profiles.parquet`,
    `dynaroute classify labelled.jsonl --labels category,level --attacks`
    """
    from langchain_dynaroute.evaluation.named_classifier import make_classifier

    _check(labels, out, attacks=attacks, only_with_labels={"--train": bool(train), "--retrain": retrain})
    chosen = make_classifier(classifier)
    table = _read(file, labels, sample, seed)
    with LateProgress() as bar:
        if labels:
            _evaluate(table, chosen, bar, _Options(tuple(train or ()), seed, pool, out, retrain, attacks, as_json))
        elif attacks:
            _attack(table, chosen, bar, seed, out, sampled=sample is not None, as_json=as_json)
        else:
            _profile(table, chosen, bar, out, as_json=as_json)


@dataclass(frozen=True)
class _Options:
    """What an evaluation was asked for."""

    train: tuple[Path, ...]
    seed: int
    pool: str
    out: Path | None
    retrain: bool
    attacks: bool
    as_json: bool


def _check(labels: str, out: Path | None, *, attacks: bool, only_with_labels: dict[str, bool]) -> None:
    from langchain_dynaroute.evaluation.profile_files import ENDINGS

    for option, given in only_with_labels.items():
        if given and not labels:
            msg = f"{option} belongs to an evaluation: give --labels category,level with it."
            raise TableError(msg)
    if out is None:
        return
    if (labels or attacks) and out.exists() and not out.is_dir():
        msg = f"--out {str(out)!r} is a file. Give a folder for the report's tables."
        raise TableError(msg)
    if not (labels or attacks) and out.suffix.lower() not in ENDINGS:
        msg = f"--out {str(out)!r}: end its name in {' or '.join(ENDINGS)}."
        raise TableError(msg)


def _read(file: str, labels: str, sample: int | None, seed: int) -> PromptTable:
    from langchain_dynaroute.evaluation.labelled_prompts import prompts_of, read_prompts

    if file != _STDIN:
        table = read_prompts(Path(file), labels)
        table = table.labelled() if labels else table
    elif labels:
        msg = "Standard input has no labels. Give a file with --labels."
        raise TableError(msg)
    else:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        table = prompts_of(text.split("\n"))
    return table if sample is None else table.sample(sample, seed)


def _profile(table: PromptTable, classifier: Any, bar: LateProgress, out: Path | None, *, as_json: bool) -> None:
    from langchain_dynaroute import cli_profiles
    from langchain_dynaroute.evaluation.evaluation import profiles_of
    from langchain_dynaroute.evaluation.profile_files import write_profiles

    profiles = profiles_of(table.rows, classifier, bar.step)
    bar.stop()
    if out is not None:
        try:
            write_profiles(out, table.rows, profiles)
        except OSError as error:
            raise cli_profiles.unwritable(out, error) from None
        print(f"{len(table):,} profiles written to {out}", file=sys.stderr)
    elif as_json:
        for row, profile in zip(table.rows, profiles, strict=True):
            print(json.dumps(cli_profiles.profile_record(row, profile), ensure_ascii=False))
    else:
        cli_profiles.print_profiles(table, profiles)


def _attack(
    table: PromptTable, classifier: Any, bar: LateProgress, seed: int, out: Path | None, *, sampled: bool, as_json: bool
) -> None:
    from langchain_dynaroute import cli_profiles
    from langchain_dynaroute.evaluation.attacks import ATTACKED

    drawn = table if sampled else table.sample(ATTACKED, seed)
    found, notes = _attacked(drawn, classifier, bar)
    bar.stop()
    cli_profiles.show_attacks(found, [*drawn.notes, *notes], out, as_json=as_json)


def _attacked(table: PromptTable, classifier: Any, bar: LateProgress) -> tuple[tuple[AttackFigures, ...], list[str]]:
    from langchain_dynaroute.evaluation.attacks import ATTACKED, attacked

    few = (
        [f"attacked {len(table)} prompts: fewer than {ATTACKED} make for rough shares"] if len(table) < ATTACKED else []
    )
    return attacked(table, classifier, bar.step), few


def _evaluate(table: PromptTable, classifier: Any, bar: LateProgress, options: _Options) -> None:
    from langchain_dynaroute import cli_profiles
    from langchain_dynaroute.evaluation.attacks import ATTACKED
    from langchain_dynaroute.evaluation.decision_agreement import DecisionJudge
    from langchain_dynaroute.evaluation.evaluation import evaluate
    from langchain_dynaroute.evaluation.labelled_prompts import read_prompts
    from langchain_dynaroute.pool import ModelPool

    judge = DecisionJudge(ModelPool.load(options.pool))
    more = [row for path in options.train for row in read_prompts(path, "category,level").rows]
    evaluation = evaluate(
        table, classifier, judge, more=more, seed=options.seed, refit=options.retrain, progress=bar.step
    )
    found: tuple[AttackFigures, ...] = ()
    notes: list[str] = []
    if options.attacks:
        found, notes = _attacked(table.sample(ATTACKED, options.seed), classifier, bar)
    bar.stop()
    cli_profiles.show_evaluation(evaluation, found, notes, options.out, pool=options.pool, as_json=options.as_json)


class LateProgress:
    """A progress bar on standard error that appears when the work takes longer than two seconds."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bar: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def step(self, what: str, done: int, total: int) -> None:
        """Tell how far a piece of work is."""
        if not sys.stderr.isatty() or time.monotonic() - self._started < _PATIENCE_S:
            return
        if self._bar is None:
            self._bar = progress_bar()
            self._bar.start()
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total)
        self._bar.update(self._tasks[what], completed=done, total=total)

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
