"""The map of which feature moves which model: a row a feature, a column a model, colour by signed contribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.report.formats import counted, decimal, is_there, short
from langchain_dynaroute.bench.report.heat_map import scale_key
from langchain_dynaroute.bench.report.influence import described, label
from langchain_dynaroute.bench.report.markup import Safe, joined, svg, tag
from langchain_dynaroute.bench.report.plot import NARROW, WIDE, responsive

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.influence import Influence, InfluenceData
    from langchain_dynaroute.bench.report.plot import Size

_LETTER = 6.6
"""How wide a letter is, about."""
_LEAST = 16.0
"""Cells are no narrower: the map scrolls in its box instead."""
_NAMES = 186.0
_INDEX_HEAD = "Mean over models"
READING = (
    "How far a feature moves a model's predicted utility (quality − λ · cost) against the mean of all models, on "
    "average over prompts, the strongest feature on top. +: more of the feature speaks for the model; −: against it; "
    "±: no clear direction."
)
"""How the map and its table are read."""


class _Layout(NamedTuple):
    """Where the cells are: names stand before their cells, or above them where the screen is narrow."""

    left: float
    top: float
    width: float
    height: float
    above: float
    """Room above a row of cells for its name."""
    letters: int
    """Of a model's name that are shown."""

    @property
    def line(self) -> float:
        return self.height + self.above

    def corner(self, row: int, column: int) -> tuple[float, float]:
        return self.left + column * self.width, self.top + row * self.line + self.above


def chart(data: InfluenceData) -> Safe:
    """Return the map, wide and narrow, in boxes that are walked with the arrow keys."""
    return responsive(lambda size: _box(data, size))


def key(data: InfluenceData) -> Safe:
    """Return what the colours stand for."""
    digits = max(0, len(f"{data.step:.10f}".rstrip("0").partition(".")[2]))
    return scale_key(
        lambda steps: decimal(steps * data.step, digits, sign=True),
        ("and below", "and above"),
        "Colours, in utility; below zero, more of the feature speaks against the model",
    )


def heads(data: InfluenceData) -> list[str]:
    """Return the heads of the same content as a table."""
    return ["Feature", _INDEX_HEAD, *data.models.values()]


def lines(data: InfluenceData, *, full: bool = True) -> list[list[str]]:
    """Return the same content as rows of a table; `full` with what each feature measures."""
    return [
        [
            described(feature) if full else label(feature),
            data.strength(feature),
            *(data.text(data.at(feature, model)) for model in data.models),
        ]
        for feature in data.rows
    ]


def _box(data: InfluenceData, size: Size) -> Safe:
    layout = _layout(data, size)
    width = layout.left + len(data.models) * layout.width
    height = layout.top + len(data.rows) * layout.line
    said = (
        f"{data.router}: how far {counted(len(data.rows), 'feature')} move {counted(len(data.models), 'model')}; "
        "the same figures are in the table below"
    )
    drawn = svg(width, height, *_heads(data, layout), *_rows(data, layout), label=said)
    label = f"{data.router}: map of features and models. Arrow keys go from cell to cell."
    return tag(
        "div",
        drawn,
        class_="cells" if width <= size.width else "cells broad",
        tabindex=0,
        role="region",
        aria_label=label,
        data_columns=len(data.models),
    )


def _layout(data: InfluenceData, size: Size) -> _Layout:
    letters = 28 if size.is_wide else 20
    longest = max(len(short(name, letters)) for name in data.models.values())
    left = _NAMES if size.is_wide else 0.0
    width = max(_LEAST, ((WIDE if size.is_wide else NARROW).width - left) / len(data.models))
    top = _LETTER * longest + 14
    return (
        _Layout(left, top, width, 25.0, 0.0, letters)
        if size.is_wide
        else _Layout(left, top, width, 18.0, 19.0, letters)
    )


def _heads(data: InfluenceData, layout: _Layout) -> list[Safe]:
    found = []
    for column, name in enumerate(data.models.values()):
        x = layout.left + (column + 0.5) * layout.width + 4
        turn = f"rotate(-90 {x:.1f} {layout.top - 8:.1f})"
        found.append(tag("text", short(name, layout.letters), x=x, y=layout.top - 8, transform=turn))
    return found


def _rows(data: InfluenceData, layout: _Layout) -> list[Safe]:
    found = []
    for row, feature in enumerate(data.rows):
        found.append(_name(feature, row, layout))
        cells = [_cell(data, layout, (feature, model), (row, i)) for i, model in enumerate(data.models)]
        found.append(tag("g", *cells))
    return found


def _name(feature: str, row: int, layout: _Layout) -> Safe:
    x, y = layout.corner(row, 0)
    words = short(label(feature), 28 if layout.left else 44)
    if layout.left:
        return tag("text", words, x=x - 8, y=y + layout.height / 2 + 4, class_="end")
    return tag("text", words, x=x, y=y - 4)


def _cell(data: InfluenceData, layout: _Layout, pair: tuple[str, str], place: tuple[int, int]) -> Safe:
    found, (x, y) = data.at(*pair), layout.corner(*place)
    step = data.step_of(found)
    class_ = f"p{step}" if step > 0 else f"n{-step}" if step else "level"
    words = data.text(found)
    box = tag(
        "rect", x=x, y=y, width=layout.width, height=layout.height, class_=f"{class_} share", data_tip=_tip(data, pair)
    )
    if layout.width < _LETTER * (len(words) + 1):
        return box
    middle = y + layout.height / 2 + 4
    return joined(
        box, tag("text", words, x=x + layout.width / 2, y=middle, class_="middle" if found.is_clear else "middle tick")
    )


def _tip(data: InfluenceData, pair: tuple[str, str]) -> str:
    feature, model = pair
    found = data.at(feature, model)
    return f"{data.models[model]}\n{described(feature)}\n{data.text(found)} of utility, {_way(found)}"


def _way(found: Influence) -> str:
    if not is_there(found.direction):
        return "many numbers, without one direction"
    told = f"correlation {decimal(found.direction, 2, sign=True)}"
    if not found.is_clear:
        return f"no clear direction ({told})"
    return f"more of it speaks {'for' if found.direction > 0 else 'against'} the model ({told})"
