"""Rows of tokens that a causal language model reads once, and the likelihood of labels behind them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    Tokens = list[int]


class SharedPrefix:
    """Rows of tokens whose keys and values a model keeps, for labels and further tokens to build on.

    All labels stand in one sequence behind their row. A mask lets each see its row and itself alone, and
    each counts its position from the row's end, so that a row's cache is never copied for its labels.
    """

    def __init__(self, model: Any, cache: Any = None, seen: torch.Tensor | None = None) -> None:
        """Start with one empty row, or with what a `cache` holds, of which the `seen` tokens are real."""
        import torch
        from transformers import DynamicCache

        self.model = model
        self._cache = DynamicCache() if cache is None else cache
        self._seen = torch.zeros(1, 0, dtype=torch.bool, device=model.device) if seen is None else seen

    def repeated(self, times: int) -> SharedPrefix:
        """Return `times` rows that begin as this single one does."""
        cache = copy.deepcopy(self._cache)
        cache.batch_repeat_interleave(times)
        return SharedPrefix(self.model, cache, self._seen.repeat_interleave(times, dim=0))

    def extend(self, rows: Sequence[Tokens], labels: Sequence[Tokens] = ()) -> torch.Tensor:
        """Append tokens to each row, and return the log-likelihood of each label behind each row.

        Args:
            rows: Tokens to append, at least one a row.
            labels: What may follow. They leave no trace in the rows.

        Returns:
            Log-likelihoods, (n_rows, n_labels).
        """
        import torch

        packed = [token for label in labels for token in label[:-1]]
        tokens, real = self._left_padded(rows)
        seen = torch.cat([self._seen, real], dim=1)
        tokens = torch.cat([tokens, self._tensor(packed).expand(len(rows), -1)], dim=1)
        output = self.model(
            input_ids=tokens,
            attention_mask=self._mask(seen, real.shape[1], labels),
            position_ids=self._positions(seen, real.shape[1], labels),
            past_key_values=self._cache,
            use_cache=True,
            **_kept(self.model, 1 + len(packed)),
        )
        self._cache, self._seen = output.past_key_values, seen
        if packed:
            self._cache.crop(-len(packed))
        likelihoods = output.logits[:, -1 - len(packed) :].float().log_softmax(-1)
        return torch.stack(list(_label_sums(likelihoods, labels)), dim=1) if labels else likelihoods.new_zeros(0)

    def _left_padded(self, rows: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the rows as one tensor, and which of its tokens are real."""
        import torch

        width = max(map(len, rows))
        tokens = torch.stack([self._tensor([0] * (width - len(row)) + row) for row in rows])
        real = torch.stack([self._tensor([0] * (width - len(row)) + [1] * len(row)) for row in rows])
        return tokens, real.bool()

    def _positions(self, seen: torch.Tensor, width: int, labels: Sequence[Tokens]) -> torch.Tensor:
        import torch

        of_rows = seen.long().cumsum(1) - 1
        behind = self._tensor([place for label in labels for place in range(len(label) - 1)])
        return torch.cat([of_rows[:, of_rows.shape[1] - width :].clamp(min=0), of_rows[:, -1:] + 1 + behind], dim=1)

    def _mask(self, seen: torch.Tensor, width: int, labels: Sequence[Tokens]) -> torch.Tensor:
        """Return what each new token does not see, as a large negative number to add."""
        import torch

        owners = self._tensor([owner for owner, label in enumerate(labels) for _ in label[:-1]])
        n_seen, n_new = seen.shape[1], width + len(owners)
        places = torch.arange(n_seen + len(owners), device=seen.device)
        allowed = places[None, :] <= places[-n_new:, None]
        allowed[width:, n_seen:] &= owners[None, :] == owners[:, None]
        real = torch.nn.functional.pad(seen, (0, len(owners)), value=True)
        itself = places[None, :] == places[-n_new:, None]
        allowed = allowed & real[:, None, None, :] | itself
        mask = torch.zeros(allowed.shape, dtype=self.model.dtype, device=seen.device)
        return mask.masked_fill_(~allowed, torch.finfo(self.model.dtype).min)

    def _tensor(self, values: Sequence[int]) -> torch.Tensor:
        import torch

        return torch.tensor(values, dtype=torch.long, device=self.model.device)


def _label_sums(likelihoods: torch.Tensor, labels: Sequence[Tokens]) -> Any:
    """Yield the sum over each label's tokens; the first is foretold by the row, the others by the label."""
    start = 1
    for label in labels:
        total = likelihoods[:, 0, label[0]]
        for place, token in enumerate(label[1:]):
            total = total + likelihoods[:, start + place, token]
        start += len(label) - 1
        yield total


def _kept(model: Any, last: int) -> dict[str, int]:
    import inspect

    return {"logits_to_keep": last} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
