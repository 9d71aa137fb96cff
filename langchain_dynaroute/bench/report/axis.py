"""Axes: where a value lies, and the ticks a reader expects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEPS = (1, 2, 2.5, 5, 10)
_FEW_DECADES = 1.2
_SOME_DECADES = 2.5


@dataclass(frozen=True)
class Axis:
    """A scale from values to places."""

    low: float
    high: float
    start: float = 0.0
    end: float = 1.0
    log: bool = False

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float, *, log: bool = False, pad: float = 0.05) -> Axis:
        """Return the axis that holds all finite values, with some room around them."""
        known = [value for value in values if math.isfinite(value) and (value > 0 or not log)] or [1.0, 2.0]
        low, high = min(known), max(known)
        if log:
            room = max(math.log(high / low), 0.1) * pad
            return cls(low * math.exp(-room), high * math.exp(room), start, end, log=True)
        room = ((high - low) or abs(high) or 1.0) * pad
        return cls(low - room, high + room, start, end)

    def at(self, value: float) -> float:
        """Return the place of a value."""
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        value = math.log(max(value, 1e-300)) if self.log else value
        return self.start + (self.end - self.start) * (value - low) / (high - low)

    def holds(self, value: float) -> bool:
        """Return whether a value lies on the axis."""
        return math.isfinite(value) and self.low <= value <= self.high

    def ticks(self, most: int = 6) -> list[float]:
        """Return round values on the axis."""
        return self._log_ticks(most) if self.log else self._linear_ticks(most)

    def _linear_ticks(self, most: int) -> list[float]:
        rough = (self.high - self.low) / most
        size = 10 ** math.floor(math.log10(rough))
        step = next(size * factor for factor in _STEPS if size * factor >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(place * step, 12) + 0.0 for place in range(first, last + 1)]

    def _log_ticks(self, most: int) -> list[float]:
        decades = math.log10(self.high / self.low)
        factors = (1, 2, 3, 5, 7) if decades < _FEW_DECADES else (1, 2, 5) if decades < _SOME_DECADES else (1,)
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        found = [factor * 10.0**power for power in powers for factor in factors if self.holds(factor * 10.0**power)]
        return found[:: math.ceil(len(found) / (2 * most))] if found else [self.low, self.high]
