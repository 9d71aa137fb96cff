"""Routers a user might write, in an importable module: one that keeps the rules, and some that do not."""

from __future__ import annotations

import numpy as np

from langchain_dynaroute.routers import LearnedRouter


class LengthRouter(LearnedRouter):
    """Expects of a model its mean quality on prompts that are as short, or as long."""

    name = "length"

    def __init__(self, border: int = 40) -> None:
        self.border = border

    def _fit(self, outcomes):
        long = self._long(outcomes.prompts)
        overall = np.nanmean(outcomes.quality, axis=0)
        rows = [outcomes.quality[long == side] for side in (False, True)]
        self.means_ = np.array([np.nanmean(part, axis=0) if len(part) else overall for part in rows])

    def predict_quality(self, prompts):
        self.check_is_fitted()
        return self.means_[self._long(prompts).astype(int)]

    def _long(self, prompts):
        return np.array([len(prompt) > self.border for prompt in prompts], dtype=bool)


class CarelessRouter(LengthRouter):
    """Breaks three rules: it learns in its constructor, draws without a seed, and looks at the batch."""

    def __init__(self, border: int = 40) -> None:
        super().__init__(border)
        self.guess_ = 0.5

    def _fit(self, outcomes):
        super()._fit(outcomes)
        self.means_ += np.random.default_rng().random(self.means_.shape)
        self.helper = 1

    def predict_quality(self, prompts):
        found = super().predict_quality(prompts)
        return found - found.mean(axis=0)
