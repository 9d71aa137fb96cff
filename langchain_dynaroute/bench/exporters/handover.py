"""A split of a table on its way to somebody's router: what is written, and what the reader must know."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

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
        split = f"Split: seed {said['seed']}, {said['train_fraction']:.0%} of each dataset to train."
        if said["seed"] is None:
            split = "Split: given by the caller."
        return (
            f"{split} {said['train_prompts']:,} prompts to train, {said['test_prompts']:,} to test, "
            f"{len(self.models)} models, table {said['table']!r} ({said['fingerprint']}).\n"
            f"Left out, since a model's quality is unknown: {said['left_out']:,} prompts.\n"
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
        OutcomeError: if the parts have other models than the table, or one is empty.
    """
    parts = split or table.split(train, seed)
    for part in parts:
        if part.models != table.models:
            msg = f"{part.name}: the parts of a split must have the models of the table, in their order."
            raise OutcomeError(msg)
    kept = [part.take(~np.isnan(part.quality).any(axis=1)) for part in parts]
    for name, part in zip(("train", "test"), kept, strict=True):
        if not len(part):
            msg = f"{table.name}: no prompt with the quality of every model is left to {name}. Leave out sparse models."
            raise OutcomeError(msg)
    manifest = {
        "table": table.name,
        "fingerprint": table.fingerprint,
        "seed": None if split else seed,
        "train_fraction": None if split else train,
        "train_prompts": len(kept[0]),
        "test_prompts": len(kept[1]),
        "left_out": sum(map(len, parts)) - sum(map(len, kept)),
        "models": list(table.models),
        "cost": table.cost_source or "unknown",
        "embeddings": "this format needs none in its files.",
    }
    return Handover(kept[0], kept[1], folder, manifest)


def known(value: float) -> float | None:
    """Return a number, or None for NaN: a hole is never a 0."""
    return None if np.isnan(value) else float(value)
