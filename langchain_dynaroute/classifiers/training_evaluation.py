"""Fit with whole sources left out, and measure what was fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_dynaroute.classifiers import training_metrics as metrics
from langchain_dynaroute.classifiers.classification_head import CATEGORIES
from langchain_dynaroute.classifiers.softmax_regression import fit
from langchain_dynaroute.classifiers.training_context import ContextExamples, train_context
from langchain_dynaroute.classifiers.training_data import OWN
from langchain_dynaroute.classifiers.training_features import GROUPS, Scaling

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.context_network import ContextNetwork
    from langchain_dynaroute.classifiers.softmax_regression import Coefficients
    from langchain_dynaroute.classifiers.training_data import LabelledPrompt
    from langchain_dynaroute.classifiers.training_features import FeatureTable
    from langchain_dynaroute.classifiers.word_vectors import WordVectors

_FOLDS = 4
_CONTEXT_FOLDS = 3
PENALTY = 0.2
"""Weight of the L2 penalty."""
ITERATIONS = 50


@dataclass(frozen=True)
class LeftOut:
    """Logits of prompts, in their order, from a fit that had not seen their source (of our own: their fold)."""

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
        is_original = np.array([p.copy_of is None for p in self.prompts])
        known = np.flatnonzero((np.array(labels) >= 0) & is_original)
        return known, np.array(labels)[known]


@dataclass(frozen=True)
class Learned:
    """A linear layer on scaled features, and the network over the words on top of it."""

    scaling: Scaling
    coefficients: Coefficients
    context: ContextNetwork

    def logits(
        self, table: FeatureTable, prompts: Sequence[LabelledPrompt], vectors: WordVectors
    ) -> NDArray[np.float32]:
        """Return the logits of prompts, shape (n, 32)."""
        found = self.coefficients.logits(self.scaling.examples(table, prompts))
        for i, rows in enumerate(table.rows):
            found[i] += self.context.logits(rows, vectors)
        return found


def learned(table: FeatureTable, prompts: Sequence[LabelledPrompt], vectors: WordVectors, seed: int) -> Learned:
    """Fit the linear layer, then the network on what the linear layer says of prompts it has not seen."""
    import numpy as np

    scaling = Scaling.of(table, vectors.width)
    examples = scaling.examples(table, prompts)
    coefficients = fit(examples, GROUPS, penalty=PENALTY, iterations=ITERATIONS)
    fold = np.random.default_rng(seed).integers(0, _CONTEXT_FOLDS, len(prompts))
    linear = np.zeros_like(examples.targets)
    for i in range(_CONTEXT_FOLDS):
        part = fit(examples.take(np.flatnonzero(fold != i)), GROUPS, penalty=PENALTY, iterations=ITERATIONS)
        linear[fold == i] = part.logits(examples.take(np.flatnonzero(fold == i)))
    context = train_context(ContextExamples(table.rows, linear, examples.targets, examples.weights), vectors, seed)
    return Learned(scaling, coefficients, context)


def left_out(  # noqa: PLR0913 - what is learned from, and how it is cut
    table: FeatureTable,
    prompts: Sequence[LabelledPrompt],
    vectors: WordVectors,
    seed: int,
    *,
    by_source: bool = True,
    measured: int = _FOLDS,
) -> LeftOut:
    """Cut the prompts into folds, whole public sources together, and learn of each from all the others.

    Args:
        table: Features of `prompts`.
        prompts: What is learned from and measured on; our own are cut one by one.
        vectors: The word vectors.
        seed: How the folds are cut.
        by_source: Whether a public source is in one fold as a whole.
        measured: Of how many folds, of four, the result tells.
    """
    import numpy as np
    from joblib import Parallel, delayed

    fold = _folds(prompts, seed, by_source=by_source)
    unseen = [np.flatnonzero(fold == i) for i in range(measured)]
    parts = Parallel(n_jobs=2)(delayed(_logits_of)(table, prompts, vectors, rows, seed) for rows in unseen)
    rows = np.concatenate(unseen)
    order = rows.argsort()
    return LeftOut(np.concatenate(parts)[order], tuple(prompts[i] for i in rows[order].tolist()))


def _logits_of(
    table: FeatureTable, prompts: Sequence[LabelledPrompt], vectors: WordVectors, unseen: NDArray[np.int64], seed: int
) -> NDArray[np.float32]:
    import numpy as np

    seen = np.setdiff1d(np.arange(len(prompts)), unseen)
    found = learned(table.take(seen), [prompts[i] for i in seen.tolist()], vectors, seed)
    return found.logits(table.take(unseen), [prompts[i] for i in unseen.tolist()], vectors)


def _folds(prompts: Sequence[LabelledPrompt], seed: int, *, by_source: bool) -> NDArray[np.int64]:
    """Return the fold of each prompt; the largest sources go first, each to the smallest fold, copies to their own's."""
    import numpy as np

    fold = np.random.default_rng(seed).integers(0, _FOLDS, len(prompts))
    sources = [prompt.source for prompt in prompts]
    sizes = np.zeros(_FOLDS)
    for source in sorted(set(sources) - {OWN}, key=lambda name: (-sources.count(name), name)):
        rows = np.array([name == source for name in sources])
        if by_source:
            fold[rows] = int(sizes.argmin())
            sizes[sizes.argmin()] += rows.sum()
    for place, prompt in enumerate(prompts):
        if prompt.copy_of is not None:
            fold[place] = fold[prompt.copy_of]
    return fold
