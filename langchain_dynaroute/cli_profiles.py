"""What `dynaroute classify` shows and writes: profiles, and the tables of an evaluation."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from langchain_dynaroute.cli_views import console
from langchain_dynaroute.errors import TableError
from langchain_dynaroute.evaluation import records, tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.evaluation.attacks import AttackFigures
    from langchain_dynaroute.evaluation.evaluation import Evaluation
    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow, PromptTable
    from langchain_dynaroute.evaluation.tables import TextTable
    from langchain_dynaroute.profiles import TaskProfile

_SHOWN_CHARACTERS = 80
_REPORT = "report.md"


def profile_record(row: PromptRow, profile: TaskProfile) -> dict[str, Any]:
    """Return a prompt and its profile as plain JSON values."""
    return {
        "prompt": row.prompt,
        **profile.model_dump(mode="json", exclude_none=True),
        "confidence": profile.confidence,
    }


def print_profiles(table: PromptTable, profiles: Sequence[TaskProfile]) -> None:
    """Print a line for each prompt."""
    out = console()
    view = Table(box=None, pad_edge=False, header_style="bold")
    view.add_column("prompt", no_wrap=True)
    for name in ("category", "level"):
        view.add_column(name, no_wrap=True)
    view.add_column("confidence", justify="right")
    for row, profile in zip(table.rows, profiles, strict=True):
        sure = "–" if profile.confidence is None else f"{profile.confidence:.0%}"
        view.add_row(escape(shortened(row.prompt)), profile.category.value, profile.level.label, sure)
    out.print(view)
    _print_notes(table.notes)


def shortened(prompt: str) -> str:
    """Return the start of a prompt on one line, without characters that move the cursor."""
    line = " ".join("".join(c if c.isprintable() else " " for c in prompt[: 4 * _SHOWN_CHARACTERS]).split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1]}…"


def show_evaluation(
    evaluation: Evaluation,
    attacks: tuple[AttackFigures, ...],
    more_notes: Sequence[str],
    out: Path | None,
    *,
    pool: str,
    as_json: bool,
) -> None:
    """Print the evaluation, and write its tables if a folder is given."""
    views = tables.report_tables(evaluation, attacks)
    skipped = (f"left out: {why}" for why in evaluation.skipped)
    about = tables.FIGURES_ABOUT.format(pool=pool).splitlines()
    notes = [*about, *evaluation.notes, *more_notes, *skipped]
    tidy = {
        "figures": records.figure_records(evaluation),
        "sources": records.source_records(evaluation),
        "confusions": records.confusion_records(evaluation),
        "attacks": records.attack_records(attacks),
    }
    if out is not None:
        _write(out, tidy, tables.markdown(views, notes))
    if as_json:
        head = {"file": evaluation.table.name, "prompts": len(evaluation.table), "pool": pool, "notes": notes}
        print(json.dumps({"about": head, **tidy}, ensure_ascii=False, indent=2))
        return
    for view in views:
        _print_table(view)
    _print_notes(notes if out is None else [*notes, f"written to {out}"])


def show_attacks(attacks: tuple[AttackFigures, ...], notes: Sequence[str], out: Path | None, *, as_json: bool) -> None:
    """Print what attacks did, and write it if a folder is given."""
    view = tables.attack_table(attacks)
    found = records.attack_records(attacks)
    if out is not None:
        _write(out, {"attacks": found}, tables.markdown([view], notes))
    if as_json:
        print(json.dumps({"about": {"notes": list(notes)}, "attacks": found}, ensure_ascii=False, indent=2))
        return
    _print_table(view)
    _print_notes(notes)


def _print_table(table: TextTable) -> None:
    out = console()
    out.print(f"\n[bold]{escape(table.title)}[/]", soft_wrap=True)
    view = Table(box=None, pad_edge=False, header_style="dim")
    for place, name in enumerate(table.columns):
        view.add_column(name, justify="left" if place < table.texts else "right", no_wrap=place < table.texts)
    for row in table.rows:
        view.add_row(*map(escape, row))
    out.print(view)


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        console().print(f"• {note}", style="dim", markup=False)


def unwritable(path: Path, error: OSError) -> TableError:
    """Return the error that says why a file or folder could not be written."""
    msg = f"--out {str(path)!r} cannot be written ({error.strerror or error})."
    return TableError(msg)


def _write(folder: Path, tidy: dict[str, list[dict[str, Any]]], report: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tidy.items():
            if rows:
                _write_csv(folder / f"{name}.csv", rows)
        (folder / _REPORT).write_text(report, "utf-8")
    except OSError as error:
        raise unwritable(folder, error) from None


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
