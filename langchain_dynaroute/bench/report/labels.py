"""Names beside points: as many as fit without covering each other, the important ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.report.markup import Safe, joined, tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_dynaroute.bench.report.plot import Plot

Spot = tuple[float, float]


class Named(NamedTuple):
    """A point with a name."""

    x: float
    y: float
    name: str
    reach: float = 0.0
    """How much further away than usual the name must be."""


class Box(NamedTuple):
    """A rectangle; `low` and `high` are along the y axis, whichever way it runs."""

    left: float
    low: float
    right: float
    high: float

    def meets(self, other: Box) -> bool:
        """Return whether two boxes overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.low < other.high and other.low < self.high

    def within(self, other: Box) -> bool:
        """Return whether the other box holds this one."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.low <= self.low and self.high <= other.high


class Letters(NamedTuple):
    """How much room letters take, and how far they stay from their point."""

    width: float
    height: float
    gap: float


SCREEN = Letters(6.9, 13.0, 8.0)
PRINT = Letters(4.7, 9.0, 6.0)
"""In typographic points, for letters of 7.5."""


def around(spot: Spot, half: float = 4.0) -> Box:
    """Return the room that a mark takes."""
    return Box(spot[0] - half, spot[1] - half, spot[0] + half, spot[1] + half)


def placed(
    points: Sequence[Named], bounds: Box, obstacles: Sequence[Box], letters: Letters = SCREEN
) -> Iterator[tuple[Named, Box]]:
    """Yield the names that fit with their places, tried right, left, on either side of their points."""
    taken = list(obstacles)
    for point in points:
        free = (box for box in _tries(point, letters) if box.within(bounds) and not any(map(box.meets, taken)))
        box = next(free, None)
        if box is not None:
            taken.append(box)
            yield point, box


def _tries(point: Named, letters: Letters) -> list[Box]:
    x, y, width, height = point.x, point.y, letters.width * len(point.name), letters.height
    gap = letters.gap + point.reach
    corners = [
        (x + gap, y - height / 2),
        (x - gap - width, y - height / 2),
        (x - width / 2, y - height - gap / 2),
        (x - width / 2, y + gap / 2),
    ]
    return [Box(left, low, left + width, low + height) for left, low in corners]


def labelled(points: Sequence[Named], plot: Plot, obstacles: Sequence[Box]) -> Safe:
    """Return the names that fit, drawn."""
    bounds = Box(plot.x.start, plot.y.end, plot.size.width, plot.y.start)
    drawn = [_label(point, box) for point, box in placed(points, bounds, obstacles)]
    return joined(*drawn)


def _label(point: Named, box: Box) -> Safe:
    if box.right < point.x:
        return tag("text", point.name, x=box.right, y=box.high - 3, class_="label end")
    if box.left < point.x:
        return tag("text", point.name, x=(box.left + box.right) / 2, y=box.high - 3, class_="label middle")
    return tag("text", point.name, x=box.left, y=box.high - 3, class_="label")
