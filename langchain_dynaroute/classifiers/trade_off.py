"""What a cascade gains by asking its second classifier, and what that takes, threshold by threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from langchain_dynaroute.errors import ClassifierError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from rich.console import Console

    from langchain_dynaroute.profiles import TaskProfile

    Part = Literal["category", "level", "both"]

PARTS = ("category", "level", "both")
_STEPS = 20
_ABOVE_CERTAIN = math.nextafter(1, 2)
"""A threshold that every prompt is under."""


@dataclass(frozen=True)
class TradeOff:
    """A cascade at one threshold: accuracies and share are of all prompts, in [0, 1]."""

    threshold: float
    share_sent_on: float
    category_accuracy: float
    level_accuracy: float
    gain: float
    """Accuracy of what the second is asked about, over that of the first alone; of both, it is both right."""
    mean_latency_s: float
    """Seconds a prompt, those not sent on included."""


def confidence_of(profile: TaskProfile, on: Part) -> float:
    """Return how sure a classifier is of `on`; 0 if it does not say, and for both the lesser."""
    category = profile.confidence or 0.0
    level = (profile.level_probabilities or {}).get(profile.level, 0.0)
    return {"category": category, "level": level, "both": min(category, level)}[on]


def checked_part(on: str) -> Part:
    """Return `on` if it is a part of a profile.

    Raises:
        ClassifierError: if it is not.
    """
    if on not in PARTS:
        msg = f"A cascade is on 'category', 'level' or 'both', not on {on!r}.{did_you_mean(on, PARTS)}"
        raise ClassifierError(msg)
    return on  # type: ignore[return-value]


def trade_off(  # noqa: PLR0913 - two classifiers, the truth, and what each takes
    first: Sequence[TaskProfile],
    sent_on: Sequence[TaskProfile],
    truth: Sequence[TaskProfile],
    *,
    on: Part = "category",
    first_latency_s: float = 0.0,
    second_latency_s: float = 0.0,
) -> tuple[TradeOff, ...]:
    """Return the trade-off at thresholds that send on ever more prompts, from none to all.

    Args:
        first: What the first classifier says of each prompt.
        sent_on: What the cascade says of each prompt when it is sent on.
        truth: What is right.
        on: What the second is asked about.
        first_latency_s: Seconds a prompt that the first takes.
        second_latency_s: Seconds that the second takes for a prompt sent on.

    Raises:
        ClassifierError: if there are no prompts, or not as many of each.
    """
    if not truth or not len(first) == len(sent_on) == len(truth):
        msg = f"A trade-off needs as many profiles of each kind, not {len(first)}, {len(sent_on)} and {len(truth)}."
        raise ClassifierError(msg)
    confidence = np.array([confidence_of(profile, on) for profile in first])
    right = np.stack([_right(first, truth), _right(sent_on, truth)])
    part = np.asarray(right.all(axis=2)) if on == "both" else right[:, :, PARTS.index(on)]
    rows = []
    for threshold in _thresholds(confidence):
        sent = confidence < threshold
        category, level = np.where(sent[:, None], right[1], right[0]).mean(axis=0).tolist()
        share = float(sent.mean())
        gain = float((part[1][sent].sum(dtype=int) - part[0][sent].sum(dtype=int)) / len(truth))
        latency = first_latency_s + share * second_latency_s
        rows.append(TradeOff(threshold, share, category, level, gain, latency))
    return tuple(rows)


def chosen_row(rows: Sequence[TradeOff], *, max_share: float | None = None, min_gain: float | None = None) -> TradeOff:
    """Return the row that gains most, sending on at most `max_share`; of equals the one that sends on fewer.

    With `min_gain` it is the row that sends on fewest of those that gain so much.

    Raises:
        ClassifierError: if no row gains `min_gain`.
    """
    allowed = [row for row in rows if max_share is None or row.share_sent_on <= max_share]
    best = max(allowed, key=lambda row: (row.gain, -row.share_sent_on))
    if min_gain is None:
        return best
    if best.gain < min_gain:
        msg = f"No threshold gains {min_gain:.1%}; the best within bounds gains {best.gain:.1%}. Ask for less."
        raise ClassifierError(msg)
    return min((row for row in allowed if row.gain >= min_gain), key=lambda row: row.share_sent_on)


def print_trade_off(rows: Sequence[TradeOff], *, chosen: float | None = None, console: Console | None = None) -> None:
    """Print a trade-off as a table, with a mark at the `chosen` threshold."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Trade-off of the cascade", title_justify="left")
    for column in ("threshold", "sent on", "category", "level", "gain", "s a prompt", ""):
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            f"{row.threshold:.3f}",
            f"{row.share_sent_on:.0%}",
            f"{row.category_accuracy:.1%}",
            f"{row.level_accuracy:.1%}",
            f"{100 * row.gain:+.1f}",
            f"{row.mean_latency_s:.3g}",
            "←" if row.threshold == chosen else "",
        )
    (console or Console()).print(table)


def _right(profiles: Sequence[TaskProfile], truth: Sequence[TaskProfile]) -> NDArray[np.bool_]:
    """Return whether category and level are right, (n_prompts, 2)."""
    pairs = zip(profiles, truth, strict=True)
    return np.array([(said.category == true.category, said.level == true.level) for said, true in pairs])


def _thresholds(confidence: NDArray[np.float64]) -> list[float]:
    """Return thresholds that send on none, all, and shares between in even steps, each of them other prompts."""
    ordered = np.sort(confidence)
    between = ordered[[step * len(ordered) // _STEPS for step in range(1, _STEPS)]].tolist()
    return [0.0, *sorted(set(between) - {ordered[0]}), _ABOVE_CERTAIN]
