"""The evaluation: one classifier and its baselines on labelled prompts, and what each had seen of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.errors import ClassifierError, MissingExtraError
from langchain_dynaroute.evaluation import source_folds as folding
from langchain_dynaroute.evaluation.baselines import KeywordLevel, MajorityClass, TfIdfRegression
from langchain_dynaroute.evaluation.litellm_complexity import LiteLLMComplexity
from langchain_dynaroute.evaluation.predictions import Profiles
from langchain_dynaroute.evaluation.profile_metrics import Figures, figures_of
from langchain_dynaroute.evaluation.training_record import NEVER_SEEN, NOT_TOLD, TRAINED_ON, Exposure, TrainingRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.evaluation.baselines import Baseline
    from langchain_dynaroute.evaluation.decision_agreement import Agreement, DecisionJudge
    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow, PromptTable
    from langchain_dynaroute.profiles import TaskProfile

    Progress: TypeAlias = Callable[[str, int, int], None]
    """Told what is being done, how much of it is done, and of how much."""

# What a classifier had seen of labelled prompts: of the same sources, but never the prompt itself; of other sources
# alone; nothing, since it is not fitted.
IN_SOURCE = "same sources"
SOURCE_LEFT_OUT = "other sources"
NOTHING = "nothing"
HAD_SEEN: dict[Exposure, str] = {
    TRAINED_ON: "trained on these",
    NEVER_SEEN: "other sources",
    NOT_TOLD: "unknown",
}
"""What the classifier had seen of the prompts of a part."""
PARTS: dict[Exposure, str] = {
    NEVER_SEEN: "Sources the classifier was not trained on",
    TRAINED_ON: "Sources the classifier was trained on: its figures here flatter",
    NOT_TOLD: "Sources of which the classifier does not say whether it was trained on them",
}
_CHUNK = 50


@dataclass(frozen=True)
class Entry:
    """One classifier's profiles of every prompt, and what it had seen of them."""

    name: str
    had_seen: str
    """Empty for the classifier itself: it depends on the part."""
    said: Profiles


@dataclass(frozen=True)
class Line:
    """The figures of one entry on one part or source."""

    name: str
    had_seen: str
    figures: Figures
    agreement: Agreement | None


@dataclass(frozen=True)
class Evaluation:
    """Everything that was predicted, ready to be told."""

    table: PromptTable
    entries: tuple[Entry, ...]
    exposures: dict[str, Exposure]
    """What the classifier was trained on, by source."""
    judge: DecisionJudge
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    sibling: str | None = None
    """A file beside the prompts' own that the classifier was trained on."""

    @cached_property
    def right(self) -> Profiles:
        """The labels."""
        return Profiles.labelled(self.table.rows)

    @cached_property
    def parts(self) -> dict[Exposure, NDArray[np.int64]]:
        """The prompts of the sources that were never seen, were trained on, or are not told of."""
        import numpy as np

        kinds = np.array([self.exposures[row.source] for row in self.table.rows])
        found = {part: np.flatnonzero(kinds == part) for part in PARTS}
        return {part: rows for part, rows in found.items() if len(rows)}

    def rows_of(self, source: str) -> NDArray[np.int64]:
        """Return the places of a source's prompts."""
        import numpy as np

        return np.flatnonzero([row.source == source for row in self.table.rows])

    def lines(self, rows: NDArray[np.int64], exposure: Exposure) -> list[Line]:
        """Return the figures of every entry on some prompts."""
        right = self.right.take(rows)
        found = []
        for entry in self.entries:
            said = entry.said.take(rows)
            agreement = self.judge.agreement(right, said)
            found.append(Line(entry.name, entry.had_seen or HAD_SEEN[exposure], figures_of(right, said), agreement))
        return found


def evaluate(  # noqa: PLR0913 - what is measured, beside what, by which prices
    table: PromptTable,
    classifier: Any,
    judge: DecisionJudge,
    *,
    more: Sequence[PromptRow] = (),
    seed: int = 42,
    refit: bool = False,
    progress: Progress = lambda _what, _done, _total: None,
) -> Evaluation:
    """Measure a classifier on labelled prompts, beside baselines that had not seen them.

    Args:
        table: Prompts with their labels.
        classifier: As it ships; what it was trained on is read from its record.
        judge: Says which model a profile leads to.
        more: Labelled prompts that baselines may learn from besides.
        seed: Cuts the folds of prompts.
        refit: Fit the embedded classifier anew with whole sources left out; takes minutes.
        progress: Called as work is done.
    """
    record = TrainingRecord.of(classifier)
    said = Profiles.predicted(profiles_of(table.rows, classifier, progress))
    entries = [Entry(getattr(classifier, "name", type(classifier).__name__), "", said)]
    skipped: list[str] = []
    if refit:
        from langchain_dynaroute.evaluation.refitted import predict_refitted

        progress("Fitting without each source", 0, 1)
        entries.append(Entry("embedded, fitted anew", SOURCE_LEFT_OUT, predict_refitted(table.rows, more, seed)))
    for baseline in (TfIdfRegression(seed), MajorityClass(), KeywordLevel(), LiteLLMComplexity()):
        found, why = _baseline_entries(baseline, table, more, seed, progress)
        entries += found
        skipped += why
    return Evaluation(
        table,
        tuple(entries),
        record.exposures(table),
        judge,
        tuple(skipped),
        _notes(record, table, more),
        record.sibling(table),
    )


def profiles_of(rows: Sequence[PromptRow], classifier: Any, progress: Progress) -> list[TaskProfile]:
    """Return the classifier's profiles of all prompts."""
    found: list[TaskProfile] = []
    for start in range(0, len(rows), _CHUNK):
        found += [classifier.classify(row.asked) for row in rows[start : start + _CHUNK]]
        progress("Profiling prompts", len(found), len(rows))
    return found


def _baseline_entries(
    baseline: Baseline, table: PromptTable, more: Sequence[PromptRow], seed: int, progress: Progress
) -> tuple[list[Entry], list[str]]:
    """Return a baseline's entries, and why one is missing."""
    rows = table.rows
    try:
        if not baseline.learns:
            progress(baseline.name, 0, 1)
            return [Entry(baseline.name, NOTHING, baseline.fit(rows).predict(rows))], []
        entries, skipped = [], []
        for had_seen, folds in (
            (SOURCE_LEFT_OUT, folding.source_folds(rows)),
            (IN_SOURCE, folding.prompt_folds(rows, seed)),
        ):
            step = _Counted(f"{baseline.name}: {had_seen}", int(folds.max()) + 1, progress)
            said = folding.predict_unseen(
                baseline, rows, folds, more, whole_sources=had_seen == SOURCE_LEFT_OUT, step=step
            )
            if said is None:
                skipped.append(f"{baseline.name}, {had_seen}: nothing to learn from; give labelled prompts by --train")
            else:
                entries.append(Entry(baseline.name, had_seen, said))
    except (MissingExtraError, ClassifierError) as error:
        return [], [f"{baseline.name}: {error}"]
    return entries, skipped


class _Counted:
    """Counts steps for a progress bar."""

    def __init__(self, what: str, total: int, progress: Progress) -> None:
        self.what, self.total, self.progress, self.done = what, total, progress, 0
        progress(what, 0, total)

    def __call__(self) -> None:
        self.done += 1
        self.progress(self.what, self.done, self.total)


def _notes(record: TrainingRecord, table: PromptTable, more: Sequence[PromptRow]) -> tuple[str, ...]:
    notes = list(table.notes)
    if sibling := record.sibling(table):
        notes.append(
            f"{table.name} lies beside {sibling}, which the classifier was trained on: the same kind of author, "
            "other prompts, so the figures flatter"
        )
    if more:
        sources = sorted({row.source for row in more})
        notes.append(f"baselines also learned from {len(more):,} prompts of {', '.join(sources)}")
    count = len(table.sources)
    if count > folding.SOURCE_FOLDS:
        notes.append(f"{count} sources were left out in {folding.SOURCE_FOLDS} folds of whole sources")
    return tuple(notes)
