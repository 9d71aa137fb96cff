"""Pictures with a row a router, as wide as the screen: intervals, gains and savings (Figures 4 and 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report.axis import Axis
from langchain_dynaroute.bench.report.columns import cost_save, cost_save_n, difference
from langchain_dynaroute.bench.report.formats import decimal, is_there, number, percent, with_error
from langchain_dynaroute.bench.report.markup import Safe, Value, at, joined, strip, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.bench.report.roster import Roster, Row

_HEIGHT = 24.0
_MIDDLE = _HEIGHT / 2


def row_list(*rows: Safe, class_: str = "", label: str | None = None) -> Safe:
    """Return rows below each other."""
    return tag("ul", *rows, class_=f"rows {class_}".strip(), aria_label=label)


def row(name: str, picture: Safe, value: str, note: str = "") -> Safe:
    """Return a row: a name, a picture, what the picture shows in figures."""
    named = tag("span", name, tag("small", note) if note else "", class_="name")
    return tag("li", named, tag("span", picture, class_="strip-box"), tag("span", value, class_="value"))


def with_interval(roster: Roster) -> list[Row]:
    """Return the routers whose difference to the best single model is known."""
    return [found for found in roster.routers if is_there(found["difference"])]


def intervals(roster: Roster) -> Safe:
    """Return the difference of each router to the best single model known from training, with its interval."""
    rows = with_interval(roster)
    ends = [number(found[key]) * 100 for found in rows for key in ("difference", "difference_low", "difference_high")]
    axis = Axis.over([*ends, 0.0], 0.0, 1.0, pad=0.08)
    drawn = [row(found["router"], strip(*_interval(axis, found), height=_HEIGHT), difference(found)) for found in rows]
    label = "Difference to the best single model known from training, in points of AvgAcc, with 95 % intervals"
    return row_list(*drawn, _scale(axis, "points"), class_="forest", label=label)


def _interval(axis: Axis, found: Row) -> list[Safe]:
    low, middle, high = (number(found[key]) * 100 for key in ("difference_low", "difference", "difference_high"))
    class_ = "good" if low > 0 else "bad" if high < 0 else "unclear"
    parts = [_line(axis.at(0), "zero")]
    if is_there(low) and is_there(high):
        ends: dict[str, Value] = {"x1": at(axis.at(low)), "x2": at(axis.at(high)), "y1": _MIDDLE, "y2": _MIDDLE}
        parts.append(tag("line", class_=f"interval {class_}", **ends))
    return [*parts, tag("circle", cx=at(axis.at(middle)), cy=_MIDDLE, r=5, class_=f"estimate {class_}")]


def _line(x: float, class_: str) -> Safe:
    return tag("line", x1=at(x), x2=at(x), y1=0, y2="100%", class_=class_)


def _scale(axis: Axis, unit: str) -> Safe:
    words = [
        tag("text", decimal(tick, 1 if tick % 1 else 0, sign=True), x=at(axis.at(tick)), y=14, class_="tick middle")
        for tick in axis.ticks(5)
    ]
    return tag("li", tag("span", class_="name"), tag("span", strip(*words, height=18), class_="strip-box"),
               tag("span", unit, class_="value quiet"), class_="scale", aria_hidden="true")  # fmt: skip


def gains(roster: Roster) -> Safe:
    """Return PerfGain and, where costs are known, CostSave of each router as bars."""
    rows = [found for found in roster.routers if is_there(found["perf_gain"])]
    parts = [_panel(rows, "perf_gain", "PerfGain, %: AvgAcc over that of the best single model")]
    if roster.has_costs:
        parts.append(_panel(rows, "cost_save", f"{roster.told_cost('CostSave')}, %: less cost at no less AvgAcc"))
    return tag("div", *parts, class_="panels")


def _panel(rows: Sequence[Row], key: str, title: str) -> Safe:
    known = [number(found[key]) * 100 for found in rows if is_there(found[key])]
    axis = Axis.over([*known, 0.0], 0.0, 1.0, pad=0.03)
    drawn = [row(found["router"], strip(*_bar(axis, found, key), height=18), _said(found, key)) for found in rows]
    return tag("div", tag("h4", title), row_list(*drawn, class_="bars", label=title))


def _said(found: Row, key: str) -> str:
    if not is_there(found[key]):
        return "never as accurate"
    if key == "cost_save":
        return f"{cost_save(found)} (n = {cost_save_n(found)})"
    return with_error(percent(found[key], sign=True), found[f"{key}_se"])


def _bar(axis: Axis, found: Row, key: str) -> list[Safe]:
    zero = axis.at(0)
    if not is_there(found[key]):
        return [_line(zero, "zero")]
    end = axis.at(number(found[key]) * 100)
    class_ = "good-fill" if end >= zero else "bad-fill"
    box: dict[str, Value] = {"x": at(min(zero, end)), "width": at(abs(end - zero)), "y": 3, "height": 12}
    return [tag("rect", **box, class_=class_), _line(zero, "zero")]


def stack(parts: Sequence[tuple[str, float, str]], height: float = 22.0) -> Safe:
    """Return shares side by side: (name, share, class)."""
    drawn, left = [], 0.0
    for name, share, class_ in parts:
        box: dict[str, Value] = {"x": at(left), "width": at(share), "y": 0, "height": height}
        tip = f"{name}\n{percent(share)} % of the prompts"
        drawn.append(tag("rect", **box, class_=f"{class_} share", data_tip=tip))
        left += share
    said = ", ".join(f"{name} {percent(share, 0)} %" for name, share, _ in parts)
    return strip(joined(*drawn), height=height, label=said)
