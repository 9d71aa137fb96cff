"""Small tables and routers of which everything is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from langchain_dynaroute.outcomes import OutcomeTable
from langchain_dynaroute.routers.sweep import Sweep

MODELS = ("red", "green", "blue")


def random_table(
    sizes: dict[str, int] | None = None,
    models: tuple[str, ...] = MODELS,
    *,
    seed: int = 0,
    costs: bool = True,
    graded: bool = False,
    **fields: Any,
) -> OutcomeTable:
    """Return a table of random outcomes; `sizes` is dataset → prompts."""
    rng = np.random.default_rng(seed)
    datasets = tuple(name for name, size in (sizes or {"maths": 60, "code": 40}).items() for _ in range(size))
    shape = (len(datasets), len(models))
    given = {
        "prompt_ids": tuple(f"p{i}" for i in range(len(datasets))),
        "prompts": tuple(f"{name} prompt number {i}" for i, name in enumerate(datasets)),
        "datasets": datasets,
        "models": models,
        "quality": rng.random(shape).round(2) if graded else rng.integers(0, 2, shape).astype(float),
        "cost_usd": rng.integers(1, 6, shape) / 1000 if costs else None,
        "name": "made-up",
    }
    return OutcomeTable(**(given | fields))


class Constant:
    """Always takes one model."""

    def __init__(self, model: str, name: str = "constant") -> None:
        self.model, self.name = model, name

    def parameters(self) -> dict[str, Any]:
        return {"model": self.model}

    def fit(self, outcomes: OutcomeTable) -> Constant:
        self.models_ = outcomes.models
        return self

    def sweep(self, prompts: Any, size: int = 101) -> Sweep:
        chosen = np.full((1, len(prompts)), self.models_.index(self.model), dtype=np.intp)
        return Sweep("", np.zeros(1), chosen)


class Seesaw:
    """Draws its choices from the text, more of the last model the further the sweep goes."""

    def __init__(self, name: str = "seesaw", salt: Any = 1) -> None:
        self.name, self.salt = name, salt

    def parameters(self) -> dict[str, Any]:
        return {"salt": self.salt}

    def fit(self, outcomes: OutcomeTable) -> Seesaw:
        self.models_ = outcomes.models
        self.seen_ = len(outcomes)
        self.notes_ = (f"fitted on {len(outcomes)} prompts",)
        return self

    def sweep(self, prompts: Any, size: int = 101) -> Sweep:
        seed = int.from_bytes(str(self.salt).encode()[:8], "big")
        draws = np.array([np.random.default_rng([seed, *prompt.encode()]).random(2) for prompt in prompts])
        values = np.linspace(1, 0, size)
        others = (draws[:, 1] * (len(self.models_) - 1)).astype(int)
        chosen = np.where(draws[None, :, 0] < values[:, None], others[None, :], len(self.models_) - 1)
        return Sweep("alpha", values, chosen.astype(np.intp), default=size // 3)


class Topical:
    """Takes, for the first word of a prompt, the model that was best for it in training."""

    name = "topical"

    def fit(self, outcomes: OutcomeTable) -> Topical:
        self.models_ = outcomes.models
        words = np.array([prompt.split()[0] for prompt in outcomes.prompts])
        self.best_ = {
            str(word): int(outcomes.quality[words == word].mean(axis=0).argmax()) for word in np.unique(words)
        }
        return self

    def sweep(self, prompts: Any, size: int = 101) -> Sweep:
        chosen = np.array([[self.best_[prompt.split()[0]] for prompt in prompts]], dtype=np.intp)
        return Sweep("", np.zeros(1), chosen)


class Told:
    """Was given the answers."""

    name = "told"

    def __init__(self, choices: dict[str, int]) -> None:
        self.choices = choices

    def fit(self, outcomes: OutcomeTable) -> Told:
        self.models_ = outcomes.models
        return self

    def sweep(self, prompts: Any, size: int = 101) -> Sweep:
        return Sweep("", np.zeros(1), np.array([[self.choices[prompt] for prompt in prompts]], dtype=np.intp))
