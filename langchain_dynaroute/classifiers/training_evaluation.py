"""Fit with whole sources left out, and measure what was fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers import training_metrics as metrics
from langchain_dynaroute.classifiers.classification_head import CATEGORIES
from langchain_dynaroute.classifiers.softmax_regression import Coefficients, fit
from langchain_dynaroute.classifiers.training_data import OWN
from langchain_dynaroute.classifiers.training_features import GROUPS, FeatureTable, Scaling

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.training_data import LabelledPrompt

_FOLDS = 4
PENALTY = 0.2
"""Weight of the L2 penalty."""
ITERATIONS = 50


@dataclass(frozen=True)
class LeftOut:
    """Logits of every prompt from a fit that had not seen its source (of our own: its fold)."""

    logits: NDArray[np.float32]
    prompts: tuple[LabelledPrompt, ...]

    @property
    def temperatures(self) -> dict[str, float]:
        """Return the temperatures that calibrate both heads on our own prompts, which are the way people write."""
        import numpy as np

        count = len(CATEGORIES)
        ours = np.array([prompt.source == OWN for prompt in self.prompts])
        columns = {"category": (slice(0, count), 0), "level": (slice(count, None), 1)}
        found = {}
        for name, (part, column) in columns.items():
            rows, right = self._labelled(column)
            rows, right = rows[ours[rows]], right[ours[rows]]
            found[f"{name}_temperature"] = round(metrics.best_temperature(self.logits[rows][:, part], right), 4)
        return found

    def accuracy(self, *, own: bool) -> dict[str, float]:
        """Return category, group and level accuracy on our own prompts or on the public ones."""
        import numpy as np

        count = len(CATEGORIES)
        ours = np.array([prompt.source == OWN for prompt in self.prompts])
        rows, right = self._labelled(0)
        kept = ours[rows] == own
        predicted = self.logits[rows][:, :count].argmax(axis=1)
        level_rows, level = self._labelled(1)
        levels_kept = ours[level_rows] == own
        predicted_level = self.logits[level_rows][:, count:].argmax(axis=1)
        return {
            "prompts": int(kept.sum()),
            "category": metrics.accuracy(right[kept], predicted[kept]),
            "group": metrics.group_accuracy(right[kept], predicted[kept]),
            "level": metrics.accuracy(level[levels_kept], predicted_level[levels_kept]),
        }

    def _labelled(self, column: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        import numpy as np

        labels = [
            CATEGORIES.index(p.category) if column == 0 and p.category else p.level - 1 if column and p.level else -1
            for p in self.prompts
        ]
        known = np.flatnonzero(np.array(labels) >= 0)
        return known, np.array(labels)[known]


def fitted(
    table: FeatureTable, prompts: Sequence[LabelledPrompt], width: int
) -> tuple[Coefficients, NDArray[np.float32]]:
    """Return coefficients for unscaled features, and the rarity of the buckets."""
    scaling = Scaling.of(table, width)
    found = fit(scaling.examples(table, prompts), GROUPS, penalty=PENALTY, iterations=ITERATIONS)
    return scaling.folded(found), scaling.rarity


def left_out(
    table: FeatureTable, prompts: Sequence[LabelledPrompt], width: int, seed: int, *, by_source: bool = True
) -> LeftOut:
    """Fit as often as there are folds, each time without whole public sources and a part of our own."""
    import numpy as np
    from joblib import Parallel, delayed

    fold = _folds(prompts, seed, by_source=by_source)
    parts = Parallel(n_jobs=2, prefer="threads")(
        delayed(_logits_of)(table, prompts, width, np.flatnonzero(fold != i), np.flatnonzero(fold == i))
        for i in range(_FOLDS)
    )
    logits = np.zeros((len(prompts), sum(GROUPS)), dtype=np.float32)
    for i, part in enumerate(parts):
        logits[fold == i] = part
    return LeftOut(logits, tuple(prompts))


def _folds(prompts: Sequence[LabelledPrompt], seed: int, *, by_source: bool) -> NDArray[np.int64]:
    """Return the fold of each prompt; the largest sources go first, each to the smallest fold."""
    import numpy as np

    fold = np.random.default_rng(seed).integers(0, _FOLDS, len(prompts))
    sources = [prompt.source for prompt in prompts]
    sizes = np.zeros(_FOLDS)
    for source in sorted(set(sources) - {OWN}, key=lambda name: (-sources.count(name), name)):
        rows = np.array([name == source for name in sources])
        if by_source:
            fold[rows] = int(sizes.argmin())
            sizes[sizes.argmin()] += rows.sum()
    return fold


def _logits_of(
    table: FeatureTable,
    prompts: Sequence[LabelledPrompt],
    width: int,
    seen: NDArray[np.int64],
    unseen: NDArray[np.int64],
) -> NDArray[np.float32]:
    known = table.take(seen)
    scaling = Scaling.of(known, width)
    examples = scaling.examples(known, [prompts[i] for i in seen])
    coefficients = fit(examples, GROUPS, penalty=PENALTY, iterations=ITERATIONS)
    return coefficients.logits(scaling.examples(table.take(unseen), [prompts[i] for i in unseen]))
