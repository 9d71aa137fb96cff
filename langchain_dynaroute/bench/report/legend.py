"""Legends: what each mark stands for; pressing an entry brings its series to the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report.markup import Safe, tag
from langchain_dynaroute.bench.report.palette import SERIES
from langchain_dynaroute.bench.report.plot import symbol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_dynaroute.bench.report.palette import Mark

_STRIPED_FROM = len(SERIES)


def legend(*entries: Safe, label: str) -> Safe:
    """Return a legend."""
    return tag("div", *entries, class_="legend", role="group", aria_label=label)


def series(name: str, mark: Mark, key: str) -> Safe:
    """Return the entry of a series that can be brought to the front."""
    icon = tag("path", d=symbol(mark, 7, 7, 4.6), class_=f"s{mark.colour} mark")
    return tag("button", _icon(icon), name, type="button", data_pick=key, aria_pressed="false", class_="key")


def fixed(name: str, icon: Safe) -> Safe:
    """Return an entry that only explains."""
    return tag("span", _icon(icon), name, class_="key")


def swatch(class_: str) -> Safe:
    """Return a small field of colour."""
    return tag("rect", x=1, y=1, width=12, height=12, rx=2, class_=class_)


def dash(class_: str) -> Safe:
    """Return a short line."""
    return tag("path", d="M0 7H14", class_=class_)


def fill_of(place: int) -> str:
    """Return the class that fills a share of the model at a place; striped once the colours are used up."""
    return f"fill{place}" if place < 2 * _STRIPED_FROM else "fill-rest"


def stripes() -> Safe:
    """Return the striped fills, once a page."""
    patterns = [
        tag(
            "pattern",
            tag("rect", width=6, height=6, class_=f"s{place} solid"),
            tag("rect", width=3, height=6, class_="veil"),
            id=f"stripe{place}", width=6, height=6, patternUnits="userSpaceOnUse", patternTransform="rotate(45)",
        )
        for place in range(len(SERIES))
    ]  # fmt: skip
    return tag("svg", tag("defs", *patterns), width=0, height=0, class_="hidden", aria_hidden="true")


def css() -> str:
    """Return the classes of `fill_of`."""
    solid = "".join(f".fill{place}{{fill:var(--s{place})}}" for place in range(_STRIPED_FROM))
    return solid + "".join(
        f".fill{place + _STRIPED_FROM}{{fill:url(#stripe{place})}}" for place in range(_STRIPED_FROM)
    )


def models(names: Iterable[str], *, rest: bool) -> Safe:
    """Return the legend of models, in the order of their fills."""
    entries = [fixed(name, swatch(fill_of(place))) for place, name in enumerate(names)]
    others = [fixed("other models", swatch("fill-rest"))] if rest else []
    return legend(*entries, *others, label="Models")


def _icon(icon: Safe) -> Safe:
    return tag("svg", icon, width=14, height=14, viewBox="0 0 14 14", aria_hidden="true")
