"""Names beside points: as many as fit without covering each other, the important ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.report.markup import Safe, joined, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.bench.report.plot import Plot

_LETTER, _HEIGHT, _GAP = 6.3, 13.0, 8.0


class Named(NamedTuple):
    """A point with a name."""

    x: float
    y: float
    name: str
    class_: str = "label"


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def labelled(points: Sequence[Named], plot: Plot, obstacles: Sequence[tuple[float, float]] = ()) -> Safe:
    """Return the labels that fit, tried right, left, above and below their points."""
    taken = [_Box(x - 4, y - 4, x + 4, y + 4) for x, y in obstacles]
    drawn = []
    for point in points:
        for box in _tries(point):
            inside = plot.x.start <= box.left and box.right <= plot.size.width and plot.y.end <= box.top
            if inside and box.bottom <= plot.y.start and not any(box.meets(other) for other in taken):
                taken.append(box)
                drawn.append(tag("text", point.name, x=box.left, y=box.bottom - 3, class_=point.class_))
                break
    return joined(*drawn)


def _tries(point: Named) -> list[_Box]:
    x, y, width = point.x, point.y, _LETTER * len(point.name)
    corners = [
        (x + _GAP, y - _HEIGHT / 2),
        (x - _GAP - width, y - _HEIGHT / 2),
        (x - width / 2, y - _HEIGHT - _GAP / 2),
        (x - width / 2, y + _GAP / 2),
    ]
    return [_Box(left, top, left + width, top + _HEIGHT) for left, top in corners]
