"""What a classifier was trained on, as far as it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from langchain_dynaroute.classifiers.classification_head import ASSETS
from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

if TYPE_CHECKING:
    from langchain_dynaroute.evaluation.labelled_prompts import PromptTable

Exposure = Literal["trained on", "never seen", "unknown"]
TRAINED_ON: Exposure = "trained on"
NEVER_SEEN: Exposure = "never seen"
NOT_TOLD: Exposure = "unknown"
CARD_NAME = "CARD.md"
_SOURCE_ROW = re.compile(r"^\| (?P<name>[^|]+?) \| (?P<rows>[\d,]+) \|", re.MULTILINE)
_FILE = re.compile(r"`([^`]+\.jsonl)`")


@dataclass(frozen=True)
class TrainingRecord:
    """The sources and files a classifier learned from; None if it does not say."""

    sources: frozenset[str] | None
    files: frozenset[str] = frozenset()
    """Ends of the paths of whole files that were trained on."""

    @classmethod
    def of(cls, classifier: Any) -> Self:
        """Read the record: the card beside embedded weights, or a classifier's own `trained_on_sources`.

        A classifier that learned nothing sets `trained_on_sources = ()`.
        """
        if isinstance(classifier, EmbeddedClassifier):
            return cls.read(classifier)
        told = getattr(classifier, "trained_on_sources", None)
        return cls(None if told is None else frozenset(map(str, told)))

    @classmethod
    def read(cls, classifier: EmbeddedClassifier) -> Self:
        """Read the table under "Training data" of the card; without one nothing is known."""
        card = (classifier.folder or ASSETS) / CARD_NAME
        text = card.read_text("utf-8") if card.exists() else ""
        section = text.partition("## Training data")[2].partition("\n#")[0]
        names = [match["name"] for match in _SOURCE_ROW.finditer(section)]
        if not names:
            return cls(None)
        return cls(frozenset(names), frozenset(file for name in names for file in _FILE.findall(name)))

    def exposures(self, table: PromptTable) -> dict[str, Exposure]:
        """Return what is known of each source of a table."""
        if self.sources is None:
            return dict.fromkeys(table.sources, NOT_TOLD)
        if self._is_trained_on(table):
            return dict.fromkeys(table.sources, TRAINED_ON)
        return {source: TRAINED_ON if source in self.sources else NEVER_SEEN for source in table.sources}

    def sibling(self, table: PromptTable) -> str | None:
        """Return the training file that lies in the same folder as a table's, of the same authors most likely."""
        if table.path is None or self._is_trained_on(table):
            return None
        folder = table.path.resolve().parent.as_posix()
        return next((file for file in sorted(self.files) if f"{folder}/".endswith(_folder(file))), None)

    def _is_trained_on(self, table: PromptTable) -> bool:
        path = table.path.resolve().as_posix() if table.path else ""
        return any(path.endswith(f"/{file}") for file in self.files)


def _folder(file: str) -> str:
    return f"/{file.rpartition('/')[0]}/"
