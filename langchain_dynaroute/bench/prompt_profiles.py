"""Profiles of all prompts of a table, made once and kept, with the time they took."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from langchain_dynaroute.profiles import TaskProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


class Classifier(Protocol):
    """What is needed of a task classifier."""

    name: str

    @property
    def version(self) -> str:
        """Tells apart what classifies differently."""
        ...

    def classify(self, prompt: str) -> TaskProfile:
        """Return a prompt's profile."""
        ...


@dataclass(frozen=True)
class PromptProfiles:
    """Prompt → profile, and what that cost."""

    profiles: Mapping[str, TaskProfile]
    classifier: str
    """Name and version."""
    us_per_prompt: float


def classify_all(
    prompts: Sequence[str],
    classifier: Classifier,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PromptProfiles:
    """Classify every prompt, or read what an earlier run found.

    Args:
        prompts: A text may stand several times; it is classified once.
        classifier: Any task classifier with a name and a version.
        folder: Where the profiles are kept; None keeps nothing.
        progress: Called with how many prompts are done, of how many.
    """
    texts = list(dict.fromkeys(prompts))
    name = f"{classifier.name} {classifier.version}"
    digest = hashlib.sha256(name.encode())
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\x1e")
    path = None if folder is None else folder / f"profiles-{digest.hexdigest()[:16]}.json"
    kept = _read(path, len(texts)) if path else None
    if kept is None:
        kept = _classified(texts, classifier, progress)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(f".{os.getpid()}.part")
            half.write_text(json.dumps(kept), encoding="utf-8")
            half.replace(path)
    pairs = zip(texts, kept["profiles"], strict=True)
    profiles = {text: TaskProfile(category=category, level=level) for text, (category, level) in pairs}
    return PromptProfiles(profiles, name, kept["us_per_prompt"])


def _classified(
    texts: Sequence[str], classifier: Classifier, progress: Callable[[int, int], None] | None
) -> dict[str, Any]:
    found = []
    started = time.perf_counter()
    for place, text in enumerate(texts, start=1):
        profile = classifier.classify(text)
        found.append((profile.category.value, int(profile.level)))
        if progress:
            progress(place, len(texts))
    return {"profiles": found, "us_per_prompt": (time.perf_counter() - started) / max(len(texts), 1) * 1e6}


def _read(path: Path, size: int) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return kept if len(kept.get("profiles", ())) == size else None
