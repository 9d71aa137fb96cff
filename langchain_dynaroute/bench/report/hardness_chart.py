"""Accuracy by how many models answer a prompt correctly, over how many such prompts there are (Figure 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.references import DATASET_ORACLE, RANDOM
from langchain_dynaroute.bench.report import legend
from langchain_dynaroute.bench.report.axis import Axis
from langchain_dynaroute.bench.report.formats import count, is_there, number, percent
from langchain_dynaroute.bench.report.markup import Safe, joined, tag
from langchain_dynaroute.bench.report.plot import Plot, Size, path, place, responsive, symbol, text
from langchain_dynaroute.bench.report.roster import rows_of

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.palette import Mark
    from langchain_dynaroute.bench.report.roster import Roster, Row

SHOWN = 4
"""So many routers are coloured; the others are thin and grey."""
REFERENCES = (RANDOM, DATASET_ORACLE)
_BARS = 84.0
_GAP = 40.0


def lines_of(roster: Roster) -> dict[str, list[Row]]:
    """Return each router's and each shown reference's rows, by hardness."""
    rows = [row for row in rows_of(roster.results.hardness) if is_there(row["accuracy"])]
    wanted = [("router", name) for name in roster.names] + [("reference", name) for name in REFERENCES]
    found = {
        name: sorted((row for row in rows if (row["kind"], row["router"]) == (kind, name)), key=_hardness)
        for kind, name in wanted
    }
    return {name: own for name, own in found.items() if own}


def prompts_of(roster: Roster) -> dict[int, float]:
    """Return how many prompts there are of each hardness."""
    rows = sorted(rows_of(roster.results.hardness), key=_hardness)
    return {int(row["n_correct"]): number(row["prompts"]) for row in rows if is_there(row["prompts"])}


def _hardness(row: Row) -> float:
    return number(row["n_correct"])


def chart(roster: Roster) -> Safe:
    """Return the picture, wide and narrow."""
    return responsive(lambda size: _draw(roster, size), Size(1112, 460), Size(330, 390))


def key(roster: Roster) -> Safe:
    """Return its legend."""
    lines = lines_of(roster)
    named = [name for name in roster.names if name in lines]
    entries = [legend.series(name, roster.mark(name), roster.series(name)) for name in named[:SHOWN]]
    rest = [legend.fixed("other routers", legend.dash("faint"))] if named[SHOWN:] else []
    known = [legend.fixed(name, legend.dash(_dashes(name))) for name in REFERENCES if name in lines]
    return legend.legend(*entries, *rest, *known, label="Series; press one to bring it to the front")


def _dashes(reference: str) -> str:
    return "random" if reference == RANDOM else "known"


def _draw(roster: Roster, size: Size) -> Safe:
    prompts = prompts_of(roster)
    x = Plot.across(size, [min(prompts) - 0.5, max(prompts) + 0.5], pad=0.0)
    bottom = size.height - 44
    bars = Axis(0, max(prompts.values()) or 1, bottom, bottom - _BARS)
    y = Axis(0, 100, bottom - _BARS - _GAP, 26)
    plot = Plot(size, x, y, "models that answer the prompt correctly", "accuracy, %", lambda _: "", lambda v: f"{v:g}")
    ticks = [value for value in prompts if value % (1 if size.is_wide or len(prompts) < 13 else 5) == 0]  # noqa: PLR2004
    below = [text(x.at(value), bottom + 17, str(value), "tick middle") for value in ticks]
    columns = [_bar(x, bars, value, amount, size) for value, amount in prompts.items()]
    lines = lines_of(roster)
    drawn = [_line(roster, plot, name, lines[name]) for name in sorted(lines, key=lambda name: _depth(roster, name))]
    heads = text(4, bottom - _BARS - 16, "prompts", "title")
    label = "Accuracy of each router by how many models answer the prompt; the table below has the figures"
    return plot.draw(*below, heads, *columns, *drawn, label=label)


def _depth(roster: Roster, name: str) -> int:
    return -roster.place(name)


def _bar(x: Axis, bars: Axis, value: int, amount: float, size: Size) -> Safe:
    width = (x.at(1) - x.at(0)) * 0.72
    top = bars.at(amount)
    box = {"x": x.at(value) - width / 2, "y": top, "width": width, "height": max(bars.start - top, 0.5)}
    tip = f"{count(amount)} prompts are answered correctly by {value} models"
    shown = size.is_wide and width > 18  # noqa: PLR2004
    words = text(x.at(value), top - 4, count(amount), "tick middle") if shown else ""
    return joined(tag("rect", **box, class_="bar", data_tip=tip, data_at=place(x.at(value), top)), words)


def _line(roster: Roster, plot: Plot, name: str, rows: list[Row]) -> Safe:
    spots = [(plot.x.at(_hardness(row)), plot.y.at(number(row["accuracy"]) * 100)) for row in rows]
    if name in REFERENCES and name not in roster.names:
        return joined(path(spots, _dashes(name)), *_dots(rows, spots, None, None))
    series = roster.series(name)
    if roster.place(name) >= SHOWN:
        return path(spots, "faint")
    mark = roster.mark(name)
    return joined(path(spots, f"s{mark.colour} line", series), *_dots(rows, spots, mark, series))


def _dots(rows: list[Row], spots: list[tuple[float, float]], mark: Mark | None, series: str | None) -> list[Safe]:
    dots = []
    for row, (x, y) in zip(rows, spots, strict=True):
        tip = f"{row['router']}\n{percent(row['accuracy'])} % of {count(row['prompts'])} prompts\nthat {int(row['n_correct'])} models answer"
        class_ = f"s{mark.colour} mark" if mark else "unseen"
        shape = symbol(mark, x, y, 3.6) if mark else f"M{x:.1f} {y:.1f}z"
        dots.append(tag("path", d=shape, class_=class_, data_s=series, data_tip=tip, data_at=place(x, y)))
    return dots
