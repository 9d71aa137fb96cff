"""Predictions of a baseline that has not seen the prompt, or has not seen its whole source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.evaluation.predictions import Profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.evaluation.baselines import Baseline
    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow

PROMPT_FOLDS = 5
SOURCE_FOLDS = 10


def prompt_folds(rows: Sequence[PromptRow], seed: int) -> NDArray[np.int64]:
    """Return a fold for each prompt, at random, of even sizes; five folds, fewer of fewer prompts."""
    import numpy as np

    places: NDArray[np.int64] = np.arange(len(rows)) % min(PROMPT_FOLDS, len(rows))
    return np.random.default_rng(seed).permutation(places)


def source_folds(rows: Sequence[PromptRow]) -> NDArray[np.int64]:
    """Return a fold for each prompt such that no source is in two; ten folds, fewer of fewer sources.

    The largest sources go first, each to the smallest fold.
    """
    import numpy as np

    names, of_row = np.unique([row.source for row in rows], return_inverse=True)
    counts = np.bincount(of_row)
    sizes = np.zeros(min(SOURCE_FOLDS, len(names)), dtype=int)
    fold_of = np.zeros(len(names), dtype=np.int64)
    for source in sorted(range(len(names)), key=lambda i: (-counts[i], names[i])):
        fold_of[source] = int(sizes.argmin())
        sizes[fold_of[source]] += counts[source]
    folds: NDArray[np.int64] = fold_of[of_row]
    return folds


def predict_unseen(  # noqa: PLR0913 - what is fitted on what, and what it may not see
    baseline: Baseline,
    rows: Sequence[PromptRow],
    folds: NDArray[np.int64],
    more: Sequence[PromptRow] = (),
    *,
    whole_sources: bool,
    step: Callable[[], None] = lambda: None,
) -> Profiles | None:
    """Fit once a fold on the other folds, and predict the fold.

    Args:
        baseline: Fitted anew each time.
        rows: The prompts, with their labels.
        folds: The fold of each.
        more: Labelled prompts that are learned from and not predicted.
        whole_sources: Learn from none of `more` whose source is in the fold either.
        step: Called after each fit.

    Returns:
        The profiles; None if some fold leaves nothing to learn from. A text of the fold is never
        learned from, whichever source it stands in.
    """
    import numpy as np

    said = Profiles.unknown(len(rows))
    for fold in range(int(folds.max()) + 1):
        held = np.flatnonzero(folds == fold)
        unseen = [row for row, place in zip(rows, folds, strict=True) if place == fold]
        others = [row for row, place in zip(rows, folds, strict=True) if place != fold]
        known = list(_without([*others, *more], unseen, whole_sources=whole_sources))
        if not known:
            return None
        said.put(held, baseline.fit(known).predict(unseen))
        step()
    return said


def _without(known: Sequence[PromptRow], held: Sequence[PromptRow], *, whole_sources: bool) -> Iterator[PromptRow]:
    texts = {row.prompt for row in held}
    sources = {row.source for row in held} if whole_sources else set()
    return (row for row in known if row.prompt not in texts and row.source not in sources)
