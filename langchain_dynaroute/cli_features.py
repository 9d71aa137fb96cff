"""The command `dynaroute features`: a prompt's readable features as a table a person can argue with."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from langchain_dynaroute.decisions import ScoreExplanation
    from langchain_dynaroute.profiles import TaskProfile

_BAR_CELLS = 16
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEAST_SHOWN = 0.005


def features(
    prompt: Annotated[
        str | None, typer.Argument(help="The prompt; `-` or nothing reads it from standard input.")
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", "-a", help="Show the features that are 0 too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Show what LLMRank reads of a prompt, feature by feature; no model is called.

    Example: `dynaroute features "Prove that the square root of 2 is irrational."`
    """
    from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

    text = read_prompt(prompt)
    profile = EmbeddedClassifier().classify(text)
    records = feature_records(text, profile)
    if as_json:
        print(json.dumps({"profile": str(profile), "features": records}, ensure_ascii=False, indent=2))
    else:
        _print_features(records, profile, show_all=show_all)


def read_prompt(prompt: str | None) -> str:
    """Return a prompt as given, or from standard input."""
    if prompt is not None and prompt != "-":
        return prompt
    if prompt is None and sys.stdin.isatty():
        msg = "Give a prompt, or pipe one in."
        raise typer.BadParameter(msg)
    return sys.stdin.read()


def feature_records(prompt: str, profile: TaskProfile | None) -> list[dict[str, Any]]:
    """Return name, group, value and meaning of every feature, in the order of the vector."""
    from langchain_dynaroute.features import FEATURES, prompt_features

    values = prompt_features(prompt, profile).tolist()
    return [
        {"name": feature.name, "group": feature.group, "value": round(value, 4), "about": feature.about}
        for feature, value in zip(FEATURES, values, strict=True)
    ]


def _print_features(records: list[dict[str, Any]], profile: TaskProfile, *, show_all: bool) -> None:
    from langchain_dynaroute.cli_views import console

    out = console()
    out.print(f"profile  {escape(str(profile))}", soft_wrap=True)
    width = max(len(record["name"]) for record in records)
    for group in dict.fromkeys(record["group"] for record in records):
        members = [record for record in records if record["group"] == group]
        shown = [record for record in members if show_all or record["value"] >= _LEAST_SHOWN]
        out.print(f"\n[bold]{escape(group)}[/]" + ("" if shown else "  [dim]nothing[/]"))
        if shown:
            _print_group(out, shown, width)
        if 0 < len(shown) < len(members):
            out.print(f"  {len(members) - len(shown)} more are 0; --all shows them", style="dim")


def _print_group(out: Console, records: list[dict[str, Any]], width: int) -> None:
    view = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1))
    view.add_column(min_width=width + 2)
    view.add_column(justify="right", min_width=5)
    view.add_column(min_width=_BAR_CELLS)
    view.add_column(overflow="fold")
    for record in records:
        value = record["value"]
        view.add_row(f"  {escape(record['name'])}", f"{value:.2f}", bar(value), f"[dim]{escape(record['about'])}[/]")
    out.print(view)


def bar(share: float, cells: int = _BAR_CELLS) -> str:
    """Return a share of 1 as a bar, filled from the left to an eighth of a cell."""
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(cells)


def print_explanation(out: Console, told: ScoreExplanation) -> None:
    """Print what spoke for and against a choice, in words and as bars."""
    out.print(f"\n[bold]why[/]      {escape(told.in_words())}", soft_wrap=True)
    view = Table(box=None, pad_edge=False, header_style="dim")
    for title, justify in (("feature", "left"), ("value", "right"), ("utility", "right"), ("", "left"), ("", "left")):
        view.add_column(title, justify=justify)  # type: ignore[arg-type]
    rows: list[tuple[str, float | None, float, str]] = [("on an average prompt", None, told.baseline, "")]
    rows += [(item.name, item.value, item.utility, item.about) for item in told.contributions]
    most = max((abs(utility) for _, _, utility, _ in rows), default=0.0) or 1.0
    for name, value, utility, about in rows:
        shown = "" if value is None else f"{value:.2f}"
        colour = "green" if utility >= 0 else "red"
        view.add_row(
            escape(name),
            shown,
            f"{utility:+.4f}",
            f"[{colour}]{bar(abs(utility) / most)}[/]",
            f"[dim]{escape(about)}[/]",
        )
    view.add_row("[bold]sum[/]", "", f"[bold]{told.difference:+.4f}[/]", "", "")
    out.print(view)
    out.print(f"green speaks for {escape(told.chosen)}, red for {escape(told.runner_up)}", style="dim")
