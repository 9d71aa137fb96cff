"""A split of a table on its way to somebody's router: what is written, and what the reader must know."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable


@dataclass
class Handover:
    """A train and a test table, the folder they go to, and the manifest that goes with them.

    Prompts that lack the quality of a model are left out and counted: the public
    implementations would take a hole for a 0.
    """

    train: OutcomeTable
    test: OutcomeTable
    folder: Path
    manifest: dict[str, Any]
    files: list[Path] = field(default_factory=list)

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in the order of the table."""
        return self.train.models

    @property
    def parts(self) -> Mapping[str, OutcomeTable]:
        """The two tables by name, train first."""
        return {"train": self.train, "test": self.test}

    def leave_out(self, incomplete: Callable[[OutcomeTable], NDArray[np.bool_]]) -> None:
        """Leave out the prompts of which this holds, and count them.

        Raises:
            OutcomeError: if none is left to a part.
        """
        before = len(self.train) + len(self.test)
        self.train, self.test = (part.take(~incomplete(part)) for part in (self.train, self.test))
        for name, part in self.parts.items():
            if not len(part):
                msg = f"{part.name}: no prompt without a hole is left to {name}. Leave out sparse models: `of_models`."
                raise OutcomeError(msg)
            self.manifest[f"{name}_prompts"] = len(part)
        self.manifest["left_out"] += before - len(self.train) - len(self.test)

    def write_lines(self, name: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Write JSON Lines."""
        self._write(name, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))

    def write_json(self, name: str, value: Any) -> None:
        """Write one JSON value."""
        self._write(name, json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def write_csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write CSV."""
        with self._opened(name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    def finish(self, guide: str) -> tuple[Path, ...]:
        """Write `manifest.json` and `README.txt`, and return all files."""
        self.manifest["files"] = sorted(path.name for path in self.files)
        self.write_json("manifest.json", self.manifest)
        self._write("README.txt", f"{guide.strip()}\n\n{self._told()}\n")
        return tuple(self.files)

    def _told(self) -> str:
        said = self.manifest
        split = "Split: given by the caller."
        if said["seed"] is not None:
            split = f"Split: seed {said['seed']}, {said['train_fraction']:.0%} of each dataset to train."
        return (
            f"{split} {said['train_prompts']:,} prompts to train, {said['test_prompts']:,} to test, "
            f"{len(self.models)} models, table {said['table']!r} ({said['fingerprint']}).\n"
            f"Left out, since something of a model is unknown: {said['left_out']:,} prompts.\n"
            f"Vectors: {said['embeddings']}"
        )

    def _write(self, name: str, text: str) -> None:
        self._opened(name).write_text(text, encoding="utf-8")

    def _opened(self, name: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.files.append(self.folder / name)
        return self.files[-1]


def prepared(
    table: OutcomeTable, folder: Path, split: tuple[OutcomeTable, OutcomeTable] | None, train: float, seed: int
) -> Handover:
    """Split a table, leave out incomplete prompts, and begin the manifest.

    Raises:
        OutcomeError: if the parts have other models than the table, or nothing is left of one.
    """
    parts = split or table.split(train, seed)
    for part in parts:
        if part.models != table.models:
            msg = f"{part.name}: the parts of a split must have the models of the table, in their order."
            raise OutcomeError(msg)
    manifest = {
        "table": table.name,
        "fingerprint": table.fingerprint,
        "seed": None if split else seed,
        "train_fraction": None if split else train,
        "left_out": 0,
        "models": list(table.models),
        "cost": table.cost_source or "unknown",
        "embeddings": "this format needs none in its files.",
    }
    handover = Handover(*parts, folder, manifest)
    handover.leave_out(lambda part: np.asarray(np.isnan(part.quality).any(axis=1)))
    return handover


def known(value: float) -> float | None:
    """Return a number, or None for NaN: a hole is never a 0."""
    return None if np.isnan(value) else float(value)
