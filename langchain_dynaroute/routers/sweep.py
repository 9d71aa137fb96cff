"""What a router would choose at every setting of its trade-off, from one fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

N_CONFIGURATIONS = 101
"""Settings of a full sweep, as many as LLMRouterBench gives Avengers-Pro (B.3)."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """The choices of one fitted router: `k` configurations × `n` prompts."""

    parameter: str
    """Name of the trade-off (`"cost_weight"`, `"alpha"`, `"threshold"`); empty if there is none."""
    values: NDArray[np.float64]
    """Its settings, shape (k,); the first is the one that asks for the most quality."""
    choices: NDArray[np.intp]
    """Index into the router's `models_` of the chosen model, shape (k, n)."""
    default: int = 0
    """Which configuration the router has when nobody sets one."""
    surcharge_usd: NDArray[np.float64] | None = None
    """USD spent on the way beside the chosen answer, shape (k, n): a cascade's earlier calls."""


def utility_sweep(
    quality: NDArray[np.float64],
    cost_usd: NDArray[np.float64] | None,
    cost_weight: float = 0.0,
    size: int = N_CONFIGURATIONS,
) -> Sweep:
    """Return the choices by quality − λ · cost for λ from 0 to where only cost counts.

    The settings are λ = scale · s / (1 − s) for s evenly spaced in [0, 1): half of them lie
    below the λ at which the spread of quality and that of cost weigh the same. The last one
    takes the cheapest, of equally cheap ones the best. The router's own `cost_weight` is put
    among them, and is the default.

    Args:
        quality: Predicted quality, shape (n, m).
        cost_usd: Predicted cost in USD, shape (n, m); None leaves one configuration.
        cost_weight: λ of the router, in quality per USD per prompt.
        size: How many configurations.
    """
    if cost_usd is None or size == 1:
        chosen = quality if cost_usd is None else quality - cost_weight * cost_usd
        return Sweep("", np.array([cost_weight]), chosen.argmax(axis=1)[None, :])
    own = np.array([cost_weight] if cost_weight else [])
    weights = np.sort(np.append(cost_weights(quality, cost_usd, size - 1 - len(own)), own))
    choices = np.empty((size, len(quality)), dtype=np.intp)
    for row, weight in enumerate(weights.tolist()):
        choices[row] = (quality - weight * cost_usd).argmax(axis=1)
    choices[-1] = np.where(cost_usd <= cost_usd.min(axis=1, keepdims=True), quality, -np.inf).argmax(axis=1)
    return Sweep("cost_weight", np.append(weights, np.inf), choices, default=int(np.searchsorted(weights, cost_weight)))


def with_one_default(sweeps: Sequence[Sweep]) -> tuple[Sweep, ...]:
    """Return the sweeps of one router on several splits with the default configuration at one place.

    What a router has learned may scale its trade-off, and then its own setting stands at another
    place on each split. Row i of one would be averaged with another's default.

    Raises:
        RouterError: if they have different numbers of configurations.
    """
    sizes = sorted({len(sweep.values) for sweep in sweeps})
    if len(sizes) > 1:
        msg = f"its sweeps have {sizes[0]} to {sizes[-1]} configurations; they must have as many on every split."
        raise RouterError(msg)
    place = int(np.median([sweep.default for sweep in sweeps]))
    return tuple(sweep if sweep.default == place else _moved(sweep, place) for sweep in sweeps)


def _moved(sweep: Sweep, place: int) -> Sweep:
    others = np.delete(np.arange(len(sweep.values)), sweep.default)
    order = np.insert(others, place, sweep.default)
    surcharge = None if sweep.surcharge_usd is None else sweep.surcharge_usd[order]
    return Sweep(sweep.parameter, sweep.values[order], sweep.choices[order], place, surcharge)


def cost_weights(quality: NDArray[np.float64], cost_usd: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return `size` values of λ, from 0 upwards, fine where quality and cost weigh about the same."""
    spread = float(np.median(np.ptp(cost_usd, axis=1)))
    scale = float(np.median(np.ptp(quality, axis=1))) / spread if spread > 0 else 1.0
    share = np.linspace(0, 1, size, endpoint=False)
    return np.asarray((scale or 1.0) * share / (1 - share))
