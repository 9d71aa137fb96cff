"""Train the network over the words' order with torch, on top of a linear layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.context_network import FIRST_WORDS, LAST_WORDS, ContextNetwork
from langchain_dynaroute.classifiers.training_features import GROUPS
from langchain_dynaroute.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.word_vectors import WordVectors

_WIDTH, _HEADS = 96, 4
_EPOCHS, _BATCH = 12, 128
_BATCHES_ALIKE = 30
_RATE, _DECAY = 2e-3, 0.05
_DROPOUT = 0.3
_WORDS_DROPPED = 0.1
"""Share of the words hidden in each step, so that no single word is leant on."""
_LINEAR_DROPPED = 0.1
"""Share of the prompts whose linear logits are hidden in each step."""
_AVERAGING = 0.995
"""Share of the running average that each step keeps; the average is what is shipped."""


@dataclass(frozen=True)
class ContextExamples:
    """Prompts as the network reads them."""

    rows: tuple[NDArray[np.int64], ...]
    """Rows of the known words of each prompt, as `rows_read` returns them."""
    linear: NDArray[np.float32]
    """Logits of a linear layer that has not learned from the prompt, shape (n, 32)."""
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]
    """How much each prompt's category counts, and its level, shape (n, 2)."""


def train_context(examples: ContextExamples, vectors: WordVectors, seed: int) -> ContextNetwork:
    """Return the network; the same seed gives the same one on the same machine.

    Raises:
        MissingExtraError: without torch.
    """
    try:
        import torch
    except ImportError as error:
        package = "torch"
        raise MissingExtraError(package, "train") from error
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _Trainer(torch, examples, vectors).trained()


class _Trainer:
    """One training."""

    def __init__(self, torch: Any, examples: ContextExamples, vectors: WordVectors) -> None:
        import numpy as np

        self.torch, self.examples = torch, examples
        self.vectors = torch.from_numpy(vectors.vectors.astype(np.float32) * vectors.scales)
        self.rows, self.lengths = self._padded(examples.rows)
        self.module = _module(torch, self.vectors.shape[1])

    def _padded(self, rows: Sequence[NDArray[np.int64]]) -> tuple[Any, Any]:
        import numpy as np

        padded = np.zeros((len(rows), FIRST_WORDS + LAST_WORDS), dtype=np.int64)
        for i, own in enumerate(rows):
            padded[i, : len(own)] = own
        return self.torch.from_numpy(padded), self.torch.tensor([len(own) for own in rows])

    def trained(self) -> ContextNetwork:
        torch = self.torch
        linear, targets, weights = (
            torch.from_numpy(a) for a in (self.examples.linear, self.examples.targets, self.examples.weights)
        )
        steps = _EPOCHS * len(self._batches())
        optimiser = torch.optim.AdamW(self.module.parameters(), lr=_RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
        average = {name: value.detach().clone() for name, value in self.module.named_parameters()}
        for _ in range(_EPOCHS):
            for batch in self._batches():
                shown = torch.rand(len(batch), 1) > _LINEAR_DROPPED
                logits = linear[batch] * shown + self._forward(batch)
                loss = _loss(logits, targets[batch], weights[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                for name, value in self.module.named_parameters():
                    average[name].lerp_(value.detach(), 1 - _AVERAGING)
        return ContextNetwork(*(average[name].numpy() for name in ContextNetwork._fields))

    def _batches(self) -> list[Any]:
        """Return the prompts in random batches of about the same length, so that little is padded."""
        torch = self.torch
        order = torch.randperm(len(self.lengths))
        sorted_parts = [part[self.lengths[part].argsort()] for part in order.split(_BATCH * _BATCHES_ALIKE)]
        batches = [batch for part in sorted_parts for batch in part.split(_BATCH)]
        return [batches[i] for i in torch.randperm(len(batches))]

    def _forward(self, batch: Any) -> Any:
        torch, weight = self.torch, dict(self.module.named_parameters())
        longest = max(int(self.lengths[batch].max()), 1)
        present = torch.arange(longest) < self.lengths[batch][:, None]
        present &= torch.rand(present.shape) > _WORDS_DROPPED
        words = self.vectors[self.rows[batch][:, :longest]]
        wide = torch.relu(words @ weight["widen"] + weight["widen_bias"]) * present[..., None]
        before, behind = torch.zeros_like(wide), torch.zeros_like(wide)
        before[:, 1:], behind[:, :-1] = wide[:, :-1], wide[:, 1:]
        joined = torch.cat((before, wide, behind), dim=2)
        wide = wide + torch.relu(joined @ weight["beside"] + weight["beside_bias"])
        scores = (wide @ weight["attention"] + weight["attention_bias"]).masked_fill(~present[..., None], -1e4)
        value = wide @ weight["value"] + weight["value_bias"]
        heads = torch.einsum("bth,btk->bkh", value, scores.softmax(dim=1)).flatten(1)
        mean = (wide * present[..., None]).sum(dim=1) / (present.sum(dim=1, keepdim=True) + 1)
        pooled = torch.nn.functional.dropout(torch.cat((heads, mean), dim=1), _DROPOUT)
        some = present.any(dim=1, keepdim=True)
        return (pooled @ weight["output"] + weight["output_bias"]) * some


def _module(torch: Any, width: int) -> Any:
    shapes = {
        "widen": (width, _WIDTH),
        "beside": (3 * _WIDTH, _WIDTH),
        "attention": (_WIDTH, _HEADS),
        "value": (_WIDTH, _WIDTH),
        "output": ((_HEADS + 1) * _WIDTH, sum(GROUPS)),
    }
    module = torch.nn.ParameterDict()
    for name, shape in shapes.items():
        bound = shape[0] ** -0.5
        module[name] = torch.nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
        module[f"{name}_bias"] = torch.nn.Parameter(torch.zeros(shape[1]))
    return module


def _loss(logits: Any, targets: Any, weights: Any) -> Any:
    """Return the weighed cross-entropy of both softmaxes."""
    categories = GROUPS[0]
    parts = ((slice(0, categories), 0), (slice(categories, None), 1))
    losses = [-(logits[:, part].log_softmax(dim=1) * targets[:, part]).sum(dim=1) * weights[:, i] for part, i in parts]
    return (losses[0] + losses[1]).mean()
