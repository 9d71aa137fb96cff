"""How much of what networks say of a prompt is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.routers.ranking_network import RankingNetwork
    from langchain_dynaroute.routers.ranking_training import Scale, TrainingSet
_SHARES = (1.0, 0.75, 0.5, 0.25, 0.1, 0.0)
_ROUNDING = 1e-9


class Trust(NamedTuple):
    """How much of what the networks say held on prompts that they were not learned from, 0 to 1 each."""

    common: float
    """Of how hard a prompt is for all models alike."""
    own: float
    """Of how a model differs from the others on it; this is what the ranking hangs on."""

    @classmethod
    def measured(cls, judged: Sequence[tuple[RankingNetwork, TrainingSet]], scale: Scale) -> Trust:
        """Return the factors by which scores best serve on the judged prompts.

        Each is first what best fits the targets. With few training prompts a network says more of a
        prompt than it knows, and the highest of several uncertain scores is partly luck: so the own
        part is lowered to the share of it whose choices earned most, the largest of equal ones. If
        none earned more than the model with the best mean alone does, every prompt goes to that one.
        """
        scores = np.concatenate([network.scores(part.inputs) for network, part in judged])
        targets = np.concatenate([part.targets for _, part in judged])
        scores = np.where(np.isnan(targets), np.nan, scores)
        middle, wanted = (np.nanmean(values, axis=1, keepdims=True) for values in (scores, targets))
        common, own = _slope(middle, wanted), _slope(scores - middle, targets - wanted)
        known = ~np.isnan(targets).any(axis=1)
        parts = common * middle[known], own * (scores - middle)[known]
        share = _best_share(parts, scale.utility(targets[known]), scale)
        return cls(0.0, 0.0) if share is None else cls(common, own * share)

    def applied(self, network: RankingNetwork) -> RankingNetwork:
        """Return the network with its scores drawn towards the means accordingly; folded into its last layer."""
        weight, bias = network.output
        n_models = weight.shape[2]
        common = np.full((n_models, n_models), 1 / n_models)
        blend = (self.own * (np.eye(n_models) - common) + self.common * common).astype(np.float32)
        return network.with_output(weight @ blend, bias @ blend)


def _slope(scores: NDArray[np.floating], targets: NDArray[np.floating]) -> float:
    known = ~np.isnan(scores)
    power = float((scores[known] ** 2).sum())
    return 0.0 if power == 0 else float(np.clip((scores[known] * targets[known]).sum() / power, 0, 1))


def _best_share(
    parts: tuple[NDArray[np.floating], NDArray[np.floating]], utility: NDArray[np.float64], scale: Scale
) -> float | None:
    """Return which share of the own part earns most by its choices; None if the best mean alone earns more."""
    rows = np.arange(len(utility))
    common, own = parts
    earned = [
        utility[rows, scale.utility((common + share * own).astype(np.float32)).argmax(axis=1)].sum()
        for share in _SHARES
    ]
    alone = utility[:, int(scale.mean.argmax())].sum()
    enough = max(*earned, alone) - _ROUNDING * max(np.abs(utility).sum(), 1)
    return next((share for share, value in zip(_SHARES, earned, strict=True) if value >= enough), None)
