"""How good the oracle is over smaller pools, by the way they are chosen (Figure 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report import legend
from langchain_dynaroute.bench.report.formats import clean, is_there, number, percent
from langchain_dynaroute.bench.report.markup import Safe, joined, tag
from langchain_dynaroute.bench.report.palette import Mark, mark_of
from langchain_dynaroute.bench.report.plot import Plot, Size, path, place, responsive, symbol
from langchain_dynaroute.bench.report.roster import rows_of

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster, Row

RANDOM = "random"
_GREY = Mark(6, "circle")


def ways_of(roster: Roster) -> dict[str, list[Row]]:
    """Return the rows of each way of choosing a pool, the smallest pool first."""
    rows = [row for row in rows_of(roster.results.curation) if is_there(row["oracle_accuracy"])]
    ways = list(dict.fromkeys(row["way"] for row in rows))
    return {way: sorted((row for row in rows if row["way"] == way), key=lambda row: number(row["k"])) for way in ways}


def chart(roster: Roster) -> Safe:
    """Return the picture, wide and narrow."""
    return responsive(lambda size: _draw(ways_of(roster), size), Size(1112, 420))


def mark_for(way: str, ways: dict[str, list[Row]]) -> Mark:
    """Return how a way is drawn."""
    return _GREY if way == RANDOM else mark_of([name for name in ways if name != RANDOM].index(way))


def key(roster: Roster) -> Safe:
    """Return its legend."""
    ways = ways_of(roster)
    entries = [legend.series(title_of(way), mark_for(way, ways), f"w{place}") for place, way in enumerate(ways)]
    return legend.legend(*entries, label="Ways of choosing a pool; press one to bring it to the front")


def title_of(way: str) -> str:
    """Return what a way is called in legends."""
    return "random, ± one standard deviation" if way == RANDOM else way


def _draw(ways: dict[str, list[Row]], size: Size) -> Safe:
    rows = [row for own in ways.values() for row in own]
    values = [100 * (number(row["oracle_accuracy"]) - spread(row)) for row in rows]
    values += [100 * (number(row["oracle_accuracy"]) + spread(row)) for row in rows]
    plot = Plot(
        size,
        Plot.across(size, [number(row["k"]) for row in rows], pad=0.03),
        Plot.upward(size, values),
        "models in the pool",
        "accuracy of the oracle, %",
        lambda value: f"{value:g}" if value.is_integer() else "",
        lambda value: f"{value:g}",
    )
    drawn = [_band(plot, own) for way, own in ways.items() if way == RANDOM]
    drawn += [_line(plot, own, mark_for(way, ways), f"w{place}") for place, (way, own) in enumerate(ways.items())]
    return plot.draw(
        *drawn, label="Accuracy of the oracle against the size of the pool; the table below has the figures"
    )


def spread(row: Row) -> float:
    """Return the standard deviation over random pools, 0 where there is none."""
    return number(row["oracle_accuracy_sd"]) if is_there(row["oracle_accuracy_sd"]) else 0.0


def _spot(plot: Plot, row: Row, shift: float = 0.0) -> tuple[float, float]:
    return plot.x.at(number(row["k"])), plot.y.at(100 * (number(row["oracle_accuracy"]) + shift))


def _band(plot: Plot, rows: list[Row]) -> Safe:
    upper = [_spot(plot, row, spread(row)) for row in rows]
    lower = [_spot(plot, row, -spread(row)) for row in reversed(rows)]
    return path([*upper, *lower], "band")


def _line(plot: Plot, rows: list[Row], mark: Mark, series: str) -> Safe:
    spots = [_spot(plot, row) for row in rows]
    dots = [
        tag(
            "path", d=symbol(mark, x, y, 4), class_=f"s{mark.colour} mark", data_s=series, data_tip=_tip(row),
            data_at=place(x, y),
        )
        for row, (x, y) in zip(rows, spots, strict=True)
    ]  # fmt: skip
    return joined(path(spots, f"s{mark.colour} line", series), *dots)


def _tip(row: Row) -> str:
    spread = f" ± {percent(row['oracle_accuracy_sd'])}" if is_there(row["oracle_accuracy_sd"]) else ""
    head = f"{number(row['k']):.0f} models, {row['way']}\noracle {percent(row['oracle_accuracy'])}{spread} %"
    pool = clean(row["models"])
    return f"{head}\n{pool}" if pool else head
