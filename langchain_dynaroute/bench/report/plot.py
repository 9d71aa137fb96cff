"""The frame of a picture with two axes, drawn once for wide and once for narrow screens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.report.axis import Axis
from langchain_dynaroute.bench.report.markup import Safe, joined, svg, tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from langchain_dynaroute.bench.report.palette import Mark

_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 14.0, 26.0, 44.0


class Size(NamedTuple):
    """The size of a picture in CSS pixels."""

    width: float
    height: float

    @property
    def is_wide(self) -> bool:
        """Whether there is room for labels."""
        return self.width > NARROW.width


NARROW = Size(330, 380)
WIDE = Size(1112, 560)


@dataclass(frozen=True)
class Plot:
    """Two axes, their titles and how their ticks are written."""

    size: Size
    x: Axis
    y: Axis
    x_title: str
    y_title: str
    x_text: Callable[[float], str]
    y_text: Callable[[float], str]

    @staticmethod
    def across(size: Size, values: Iterable[float], *, log: bool = False, pad: float = 0.05) -> Axis:
        """Return an x axis for a picture of this size."""
        return Axis.over(values, _LEFT, size.width - _RIGHT, log=log, pad=pad)

    @staticmethod
    def upward(size: Size, values: Iterable[float], pad: float = 0.05) -> Axis:
        """Return a y axis for a picture of this size."""
        return Axis.over(values, size.height - _BOTTOM, _TOP, pad=pad)

    def draw(self, *marks: str, label: str) -> Safe:
        """Return the picture: grid, axes, marks."""
        return svg(*self.size, self._grid(), *marks, label=label)

    def _grid(self) -> Safe:
        left, right, bottom, top = self.x.start, self.x.end, self.y.start, self.y.end
        lines = [
            joined(
                tag("line", class_="grid", x1=left, x2=right, y1=self.y.at(tick), y2=self.y.at(tick)),
                text(left - 7, self.y.at(tick) + 4, self.y_text(tick), "tick end"),
            )
            for tick in self.y.ticks(6)
        ]
        lines += [
            joined(
                tag("line", class_="grid", x1=self.x.at(tick), x2=self.x.at(tick), y1=bottom, y2=top),
                text(self.x.at(tick), bottom + 17, self.x_text(tick), "tick middle"),
            )
            for tick in apart(self.x, self.x.ticks(8 if self.size.is_wide else 4), 40)
        ]
        axis = tag("line", class_="axis", x1=left, x2=right, y1=bottom, y2=bottom)
        x_title = text(right, self.size.height - 6, self.x_title, "title end")
        return joined(*lines, axis, text(4, 14, self.y_title, "title"), x_title)


def apart(axis: Axis, ticks: list[float], room: float) -> list[float]:
    """Return the ticks that leave room between them."""
    kept: list[float] = []
    for tick in ticks:
        if not kept or abs(axis.at(tick) - axis.at(kept[-1])) >= room:
            kept.append(tick)
    return kept


def responsive(draw: Callable[[Size], Safe], wide: Size = WIDE, narrow: Size = NARROW) -> Safe:
    """Return a picture for wide and one for narrow screens; the style sheet shows one of them."""
    return joined(tag("div", draw(wide), class_="wide"), tag("div", draw(narrow), class_="narrow"))


def text(x: float, y: float, words: str, class_: str = "") -> Safe:
    """Return words at a place."""
    return tag("text", words, x=x, y=y, class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str, series: str | None = None) -> Safe:
    """Return a line through points."""
    way = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return tag("path", d=way, class_=class_, data_s=series)


def symbol(mark: Mark, x: float, y: float, size: float = 5.0) -> str:
    """Return the outline of a mark of about the same area whatever its shape."""
    half = size * 0.9
    outlines = {
        "circle": f"M{x - size:.1f} {y:.1f}a{size:g} {size:g} 0 1 0 {2 * size:g} 0a{size:g} {size:g} 0 1 0 {-2 * size:g} 0z",
        "square": f"M{x - half:.1f} {y - half:.1f}h{2 * half:g}v{2 * half:g}h{-2 * half:g}z",
        "triangle": f"M{x:.1f} {y - size * 1.2:.1f}l{size * 1.2:g} {size * 2:g}h{-size * 2.4:g}z",
        "diamond": f"M{x:.1f} {y - size * 1.3:.1f}l{size * 1.3:g} {size * 1.3:g}l{-size * 1.3:g} {size * 1.3:g}l{-size * 1.3:g} {-size * 1.3:g}z",
        "wedge": f"M{x:.1f} {y + size * 1.2:.1f}l{size * 1.2:g} {-size * 2:g}h{-size * 2.4:g}z",
        "cross": _cross(x, y, size),
    }
    return outlines[mark.shape]


def _cross(x: float, y: float, size: float) -> str:
    arm, out = size * 0.42, size * 0.8
    return (
        f"M{x - arm:.1f} {y - out - arm:.1f}h{2 * arm:g}v{out:g}h{out:g}v{2 * arm:g}h{-out:g}v{out:g}h{-2 * arm:g}"
        f"v{-out:g}h{-out:g}v{-2 * arm:g}h{out:g}z"
    )


def place(x: float, y: float) -> str:
    """Return where a mark is, for the script that finds the one nearest to the pointer."""
    return f"{x:.1f},{y:.1f}"
