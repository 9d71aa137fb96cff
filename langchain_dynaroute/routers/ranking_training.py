"""Train LLMRank's network with torch: MSE and listwise KL (its section 5.3, equations 12 to 15, and Appendix B)."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.errors import MissingExtraError
from langchain_dynaroute.routers.ranking_network import BRANCHES, RankingNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


_MATRIX = 2


@dataclass(frozen=True)
class TrainingSettings:
    """The paper's settings (Tables 8, B.2); where its text and its table disagree, the table's dropout of 0.1."""

    hidden: int = 512
    """Units of the first layer of each encoder, and of nothing else."""
    width: int = 256
    """Units that each encoder hands on, and of the fusion's hidden layer."""
    dropout: float = 0.1
    learning_rate: float = 3e-4
    weight_decay: float = 1e-2
    epochs: int = 100
    batch_size: int = 256
    patience: int = 10
    clip_norm: float = 1.0
    temperature: float = 0.5
    """τ of the listwise loss (equation 13)."""
    pointwise: bool = True
    listwise: bool = True


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Standardised inputs and targets of `n` prompts."""

    inputs: Mapping[str, NDArray[np.float32]]
    """Branch → shape (n, d)."""
    targets: NDArray[np.float32]
    """Standardised utility, shape (n, m), NaN where unknown."""

    def only(self, rows: NDArray[np.intp]) -> TrainingSet:
        """Return these prompts."""
        return TrainingSet({name: x[rows] for name, x in self.inputs.items()}, self.targets[rows])

    def without(self, rows: NDArray[np.intp]) -> TrainingSet:
        """Return the other prompts; all of them if none would be left."""
        others = np.setdiff1d(np.arange(len(self.targets)), rows)
        return self.only(others) if len(others) else self


@dataclass(frozen=True, eq=False)
class Scale:
    """How standardised utilities become utilities: `mean + spread * standardised`, one a model.

    At a λ of 10⁵ utilities span thousands, of which most is what the dearest model costs. Raw, the
    squared error would learn that model alone, and the softmax would be all or nothing. So each
    model's targets are brought to mean 0 and spread 1 for the squared error, and the listwise
    loss sees utilities divided by `listwise`, their usual spread between models.
    """

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    listwise: float

    @classmethod
    def of(cls, utility: NDArray[np.float64]) -> Scale:
        """Measure the utilities of the training prompts, shape (n, m) with NaN where unknown."""
        spread = np.nanstd(utility, axis=0)
        usual = float(np.nanmean(np.nanstd(utility, axis=1)))
        floor = max(max(usual, float(spread.max())) * 1e-6, 1e-12)
        return cls(np.nanmean(utility, axis=0), np.maximum(spread, floor), max(usual, 1e-12))

    def standardised(self, utility: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return utilities as the network sees them."""
        return ((utility - self.mean) / self.spread).astype(np.float32)

    def utility(self, standardised: NDArray[np.float32]) -> NDArray[np.float64]:
        """Undo it."""
        return self.mean + self.spread * standardised


def train_network(  # noqa: PLR0913 - data, sizes, seed, and who is told
    train: TrainingSet,
    validation: TrainingSet,
    scale: Scale,
    settings: TrainingSettings,
    *,
    seed: int,
    report: Callable[[int, float, float], None] | None = None,
) -> tuple[RankingNetwork, int]:
    """Return the network of the best epoch, and that epoch; the same seed gives the same network.

    Args:
        train: What is learned from.
        validation: What early stopping watches.
        scale: Of the targets.
        settings: Sizes and optimisation.
        seed: Of the weights, the order of the prompts and the dropout.
        report: Called after each epoch with its number and the two losses.

    Raises:
        MissingExtraError: without torch.
    """
    torch = _torch()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = _module(
            torch, {name: x.shape[1] for name, x in train.inputs.items()}, train.targets.shape[1], settings
        )
        epoch = _optimise(torch, module, (train, validation), _Loss(torch, scale, settings), settings, report)
    state = {name: value.detach().numpy() for name, value in module.state_dict().items()}
    weights = {name: np.ascontiguousarray(v.T if v.ndim == _MATRIX else v[None, :])[None] for name, v in state.items()}
    return RankingNetwork(weights), epoch


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        package = "torch"
        raise MissingExtraError(package, "train") from error
    return torch


def _module(torch: Any, widths: Mapping[str, int], n_models: int, settings: TrainingSettings) -> Any:
    """Return the network as a torch module whose state has the names of `RankingNetwork`."""
    nn = torch.nn

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.names = [name for name in BRANCHES if name in widths]
            for name in self.names:
                layers = [nn.Linear(widths[name], settings.hidden), nn.Linear(settings.hidden, settings.width)]
                setattr(self, name, nn.ModuleList(layers))
            fused = settings.width * len(self.names)
            self.fusion = nn.ModuleList([nn.Linear(fused, settings.width), nn.Linear(settings.width, n_models)])
            self.drop = nn.Dropout(settings.dropout)

        def forward(self, inputs: Mapping[str, Any]) -> Any:
            parts = []
            for name in self.names:
                first, second = getattr(self, name)
                parts.append(second(self.drop(torch.relu(first(inputs[name])))))
            hidden = torch.relu(self.fusion[0](torch.cat(parts, dim=1)))
            return self.fusion[1](self.drop(hidden))

    return Network()


class _Loss:
    """Equation 15, with the terms that are switched on; unknown cells count in neither."""

    def __init__(self, torch: Any, scale: Scale, settings: TrainingSettings) -> None:
        self.torch, self.settings = torch, settings
        self.mean = torch.tensor(scale.mean / scale.listwise, dtype=torch.float32)
        self.spread = torch.tensor(scale.spread / scale.listwise, dtype=torch.float32)

    def __call__(self, scores: Any, targets: Any) -> Any:
        known = ~targets.isnan()
        filled = self.torch.where(known, targets, scores.detach())
        total = scores.new_zeros(())
        if self.settings.pointwise:
            total = total + ((scores - filled) ** 2)[known].mean()
        if self.settings.listwise:
            total = total + self._listwise(scores, filled, known)
        return total

    def _listwise(self, scores: Any, targets: Any, known: Any) -> Any:
        softmax = self.torch.nn.functional.log_softmax
        hidden = (~known) * -1e9

        def logs(values: Any) -> Any:
            return softmax((self.mean + self.spread * values) / self.settings.temperature + hidden, dim=1)

        wanted = logs(targets)
        return (wanted.exp() * (wanted - logs(scores)) * known).sum(dim=1).mean()


def _optimise(  # noqa: PLR0913, PLR0917 - one training loop
    torch: Any,
    module: Any,
    sets: tuple[TrainingSet, TrainingSet],
    loss: _Loss,
    settings: TrainingSettings,
    report: Callable[[int, float, float], None] | None,
) -> int:
    train, validation = sets
    inputs = {name: torch.from_numpy(x) for name, x in train.inputs.items()}
    targets = torch.from_numpy(train.targets)
    held = {name: torch.from_numpy(x) for name, x in validation.inputs.items()}
    held_targets = torch.from_numpy(validation.targets)
    optimiser = torch.optim.AdamW(module.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    best, best_epoch, best_state = np.inf, 0, copy.deepcopy(module.state_dict())
    for epoch in range(1, settings.epochs + 1):
        module.train()
        total = 0.0
        for batch in torch.randperm(len(targets)).split(settings.batch_size):
            optimiser.zero_grad()
            value = loss(module({name: x[batch] for name, x in inputs.items()}), targets[batch])
            value.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), settings.clip_norm)
            optimiser.step()
            total += float(value.detach()) * len(batch)
        module.eval()
        with torch.no_grad():
            held_loss = float(loss(module(held), held_targets))
        if report:
            report(epoch, total / len(targets), held_loss)
        if held_loss < best:
            best, best_epoch, best_state = held_loss, epoch, copy.deepcopy(module.state_dict())
        elif epoch - best_epoch >= settings.patience:
            break
    module.load_state_dict(best_state)
    return best_epoch
