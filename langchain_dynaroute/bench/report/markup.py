"""HTML and SVG that cannot be broken by a name: whatever is not `Safe` is escaped."""

from __future__ import annotations

from html import escape
from typing import TypeAlias

_VOID = {"br", "hr", "input", "link", "meta"}


class Safe(str):
    """Markup that is finished, and not escaped again."""

    __slots__ = ()


Value: TypeAlias = str | float | bool | None


def tag(name: str, /, *children: str, **attributes: Value) -> Safe:
    """Return an element; `class_` is `class`, `data_tip` is `data-tip`, None and False are left out."""
    opened = name + "".join(_attribute(key, value) for key, value in attributes.items())
    return Safe(f"<{opened}>" if name in _VOID else f"<{opened}>{joined(*children)}</{name}>")


def joined(*children: str) -> Safe:
    """Return markup and text in a row, the text escaped."""
    return Safe("".join(child if isinstance(child, Safe) else escape(child) for child in children))


def _attribute(key: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = (
        f"{value:.4g}"
        if isinstance(value, float) and abs(value) < 1
        else f"{value:.1f}"
        if isinstance(value, float)
        else value
    )
    return f' {name}="{escape(str(text))}"'


def svg(width: float, height: float, *children: str, label: str) -> Safe:
    """Return a picture of fixed proportions that scales with its place."""
    box = f"0 0 {width:g} {height:g}"
    return tag("svg", *children, viewBox=box, width=width, height=height, role="img", aria_label=label)


def strip(*children: str, height: float, label: str | None = None) -> Safe:
    """Return a picture as wide as its place; its x are percentages."""
    role = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return tag("svg", *children, class_="strip", width="100%", height=height, **role)


def at(share: float) -> str:
    """Return a place along a strip."""
    return f"{100 * share:.2f}%"
