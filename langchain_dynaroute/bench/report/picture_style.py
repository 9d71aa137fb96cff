"""How matplotlib's pictures look, and how they come out the same on every run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.report.formats import short
from langchain_dynaroute.bench.report.palette import ROLES, SERIES

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = [light for light, _ in SERIES]
ROLE = {name: light for name, (light, _) in ROLES.items()}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "wedge": "v", "cross": "P"}
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"], "font.size": 9, "text.parse_math": False, "svg.hashsalt": "dynaroute",
    "svg.fonttype": "path", "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": ROLE["quiet"],
    "axes.labelcolor": ROLE["quiet"], "xtick.color": ROLE["quiet"], "ytick.color": ROLE["quiet"],
    "xtick.labelcolor": ROLE["ink"], "ytick.labelcolor": ROLE["ink"], "axes.grid": True, "grid.color": ROLE["grid"],
    "axes.axisbelow": True, "legend.frameon": False, "legend.fontsize": 8, "hatch.linewidth": 0.6,
    "axes.unicode_minus": True, "figure.constrained_layout.use": True,
}  # fmt: skip
_RESOLUTION = 160


def canvas(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return an empty picture of a size in inches, with its axes side by side."""
    return grid(width, height, 1, columns)


def grid(width: float, height: float, rows: int, columns: int) -> tuple[Figure, list[Axes]]:
    """Return an empty picture of a size in inches, with its axes row by row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def save(figure: Figure, folder: Path, name: str) -> Path:
    """Write a picture as PNG and SVG, without dates and versions, and return the path of the PNG."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # it is laid out: once is enough
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
    figure.savefig(folder / f"{name}.png", dpi=_RESOLUTION, metadata={"Software": None})
    return folder / f"{name}.png"


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())


def drawable(words: str, length: int = 34) -> str:
    """Return a name as it can be drawn: cut to a length, a box for every letter the font does not have."""
    return short("".join(letter if ord(letter) in _letters() else "□" for letter in words), length)
