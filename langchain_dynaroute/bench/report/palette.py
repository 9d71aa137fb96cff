"""Colours and marks: after Okabe and Ito, told apart by shape too; the same in page and pictures."""

from __future__ import annotations

from typing import NamedTuple

SERIES = (
    ("#0072b2", "#5cb3ea"),  # blue
    ("#d55e00", "#ff9248"),  # vermillion
    ("#009e73", "#3ccfa2"),  # green
    ("#b5508c", "#eba0cf"),  # reddish purple
    ("#c28800", "#f2bd3a"),  # orange
    ("#3f9ad3", "#a5dcff"),  # sky blue
    ("#4d4d4d", "#d5d5d5"),  # black
    ("#8a7a00", "#f0e442"),  # yellow
)
"""On light and on dark paper."""
_ROUTER_COLOURS = 7
SHAPES = ("circle", "square", "triangle", "diamond", "wedge", "cross")
"""With seven colours, the marks of 42 routers differ."""
ROLES = {
    "paper": ("#ffffff", "#14171a"),
    "raised": ("#f5f7f8", "#1d2226"),
    "ink": ("#16191d", "#e8eaec"),
    "quiet": ("#5b646d", "#a3acb5"),
    "line": ("#d8dde2", "#343b42"),
    "grid": ("#e8ebee", "#272d33"),
    "good": ("#0072b2", "#5cb3ea"),
    "bad": ("#d55e00", "#ff9248"),
    "heat-good": ("#4aa3dc", "#1a6da8"),
    "heat-bad": ("#f0914a", "#a84d0c"),
    "model": ("#8a949e", "#7d8791"),
    "focus": ("#b5508c", "#eba0cf"),
}


class Mark(NamedTuple):
    """How a series is drawn."""

    colour: int
    shape: str


def mark_of(place: int) -> Mark:
    """Return the mark of the router at a place of the leaderboard."""
    return Mark(place % _ROUTER_COLOURS, SHAPES[place % len(SHAPES)])


def css_variables() -> str:
    """Return every colour as a CSS variable that follows the look of the page."""
    pairs = {f"s{place}": pair for place, pair in enumerate(SERIES)} | ROLES
    return "".join(f"--{name}:light-dark({light},{dark});" for name, (light, dark) in pairs.items())


def css_fills() -> str:
    """Return the classes `s0` … that colour a series."""
    return "".join(f".s{place}{{--c:var(--s{place})}}" for place in range(len(SERIES)))
