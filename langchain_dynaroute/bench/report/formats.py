"""How numbers and names are written in tables, sentences and pictures."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MISSING = "–"
_MINUS = "−"
_TO_WHOLE = 99.5
_MANY_SECONDS = 100


def number(value: Any) -> float:
    """Return a cell as a float; NaN where there is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def is_there(value: Any) -> bool:
    """Return whether a cell holds a finite number."""
    return math.isfinite(number(value))


def clean(name: Any) -> str:
    """Return a name or note without control characters and line breaks; empty for an empty cell."""
    if name is None or (isinstance(name, float) and math.isnan(name)):
        return ""
    letters = (" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in str(name))
    return " ".join("".join(letter for letter in letters if unicodedata.category(letter) not in {"Cs", "Cf"}).split())


def short(name: str, length: int) -> str:
    """Return a name cut to a length, with an ellipsis where it was cut."""
    return name if len(name) <= length else name[: length - 1].rstrip(" -_·") + "…"


def decimal(value: Any, digits: int = 1, *, sign: bool = False) -> str:
    """Return a number with a true minus, `–` where there is none."""
    if not is_there(value):
        return MISSING
    text = f"{number(value):{'+' if sign else ''},.{digits}f}"
    if not any(digit in "123456789" for digit in text):
        text = text.lstrip("+-")
    return text.replace("-", _MINUS)


def percent(value: Any, digits: int = 1, *, sign: bool = False) -> str:
    """Return a ratio in percent, without the sign `%`."""
    return decimal(number(value) * 100, digits, sign=sign)


def with_error(text: str, error: Any, digits: int = 1) -> str:
    """Return a percentage with its standard error, where there is one."""
    return f"{text} ± {percent(error, digits)}" if is_there(error) and text != MISSING else text


def interval(low: Any, high: Any) -> str:
    """Return an interval of ratios in points, or nothing."""
    if not (is_there(low) and is_there(high)):
        return ""
    return f"[{_bound(low)}, {_bound(high)}]"


def _bound(value: Any) -> str:
    """Return a bound to a tenth of a point, or to what shows on which side of zero it is."""
    texts = (percent(value, digits, sign=True) for digits in (1, 2, 3))
    return next((text for text in texts if text.startswith(("+", _MINUS))), "0.0")


def usd(value: Any) -> str:
    """Return USD for a thousand prompts, from USD for one, to about three figures."""
    if not is_there(value):
        return MISSING
    amount = number(value) * 1000
    if amount == 0:
        return "0"
    digits = 0 if abs(amount) >= _TO_WHOLE else max(0, 2 - math.floor(math.log10(abs(amount))))
    return decimal(amount, min(digits, 6))


def seconds(value: Any) -> str:
    """Return seconds to about three figures."""
    if not is_there(value):
        return MISSING
    size = abs(number(value))
    return decimal(value, 0 if size >= _MANY_SECONDS else 1 if size >= 1 else 3)


def count(value: Any) -> str:
    """Return a whole number with its thousands parted."""
    return decimal(value, 0)


def counted(amount: int, noun: str, plural: str | None = None) -> str:
    """Return `1 router`, `12 routers`."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def listed(items: Iterable[str], most: int = 4) -> str:
    """Return `a, b and c`; beyond `most`, how many more."""
    items = list(items)
    if len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1} more"]
    return _joined(items)


def _joined(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
