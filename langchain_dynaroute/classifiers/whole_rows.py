"""The likelihood of labels without a shared prefix: slower, and right for every causal language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.shared_prefix import SharedPrefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    Tokens = list[int]

_PROBE_ROWS = [[5, 6, 7, 8], [9, 5]]
_PROBE_LABELS = [[7, 5], [6, 8, 9], [9]]
_TOLERANCE = {"float32": 1e-3, "float64": 1e-3}
_HALF_TOLERANCE = 0.25
"""What rounding alone may change, in nats; a mask or a position misread changes more."""


class WholeRows:
    """As `SharedPrefix`, but each label is read with the whole of its row before it."""

    def __init__(self, model: Any, rows: Sequence[Sequence[int]] = ((),)) -> None:
        """Start with one empty row, or with `rows`."""
        self.model = model
        self._rows = [list(row) for row in rows]

    def repeated(self, times: int) -> WholeRows:
        """Return `times` rows that begin as this single one does."""
        return WholeRows(self.model, self._rows * times)

    def extend(self, rows: Sequence[Tokens], labels: Sequence[Tokens] = ()) -> torch.Tensor:
        """Append tokens to each row, and return the log-likelihood of each label behind each row."""
        import torch

        self._rows = [before + list(row) for before, row in zip(self._rows, rows, strict=True)]
        if not labels:
            return torch.zeros(0)
        return torch.stack([self._likelihoods(row, labels) for row in self._rows])

    def _likelihoods(self, row: Tokens, labels: Sequence[Tokens]) -> torch.Tensor:
        """Return the labels' log-likelihoods behind one row, each padded on the right."""
        import torch

        longest = max(map(len, labels))
        padded = [row + label + [0] * (longest - len(label)) for label in labels]
        real = [[1] * len(row + label) + [0] * (longest - len(label)) for label in labels]
        device = self.model.device
        output = self.model(
            input_ids=torch.tensor(padded, device=device),
            attention_mask=torch.tensor(real, device=device),
            use_cache=False,
        )
        likelihoods = output.logits[:, len(row) - 1 : -1].float().log_softmax(-1)
        sums = [
            sum(likelihoods[i, place, token] for place, token in enumerate(label)) for i, label in enumerate(labels)
        ]
        return torch.stack(sums)


def empty_prefix(model: Any) -> SharedPrefix | WholeRows:
    """Return what reads rows for a model: a shared prefix where that gives the same likelihoods, else whole rows.

    Sliding windows, recurrent states and positions that are not counted from ids do not bear sharing.
    A short probe finds them, all but the windows, which are told by the configuration.
    """
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    windowed = getattr(config, "sliding_window", None) and not hasattr(config, "layer_types")
    if kinds == {"full_attention"} and not windowed and _bears_sharing(model):
        return SharedPrefix(model)
    return WholeRows(model)


def _bears_sharing(model: Any) -> bool:
    whole, shared = WholeRows(model), SharedPrefix(model)
    tolerance = _TOLERANCE.get(str(model.dtype).removeprefix("torch."), _HALF_TOLERANCE)
    try:
        expected, found = (_probed(prefix) for prefix in (whole, shared))
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
        return False  # a model that takes no such mask or cache says so in its own way
    return bool((expected - found).abs().max() < tolerance)


def _probed(prefix: SharedPrefix | WholeRows) -> torch.Tensor:
    prefix.extend([[4, 9, 8]])
    rows = prefix.repeated(len(_PROBE_ROWS))
    rows.extend(_PROBE_ROWS, _PROBE_LABELS)
    return rows.extend([[6], [8, 4, 5]], _PROBE_LABELS)
