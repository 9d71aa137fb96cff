"""Finished runs on disk, so that a stopped benchmark goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.routers.sweep import Sweep

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_dynaroute.bench.protocol import Split
    from langchain_dynaroute.outcomes import OutcomeTable

_META = "run"


@dataclass(frozen=True, eq=False)
class Run:
    """What one entrant chose on one split, and how long it took."""

    sweep: Sweep
    """Choices as columns of the table, for the prompts that are judged."""
    fit_s: float
    route_us: float
    """Microseconds a prompt, in a batch."""
    notes: tuple[str, ...] = ()
    """What the entrant says of its fit, such as a kernel it did not take."""
    influence: tuple[dict[str, Any], ...] = ()
    """What it says of its features: `feature`, `model`, `mean_contribution`, `correlation`."""


def run_key(table: OutcomeTable, split: Split, entrant: str, size: int) -> str:
    """Return the key of a run: data, split, router with its parameters and code, and size of the sweep."""
    digest = hashlib.sha256(f"{table.fingerprint}|{split.name}|{split.seed}|{entrant}|{size}".encode())
    for rows in (split.train, split.test, split.validation):
        digest.update(b"-" if rows is None else np.ascontiguousarray(rows, dtype=np.int64).tobytes())
    return digest.hexdigest()[:24]


class RunCache:
    """A folder of runs, one safetensors file each."""

    def __init__(self, folder: Path) -> None:
        """Store the `folder`; it is made on the first `put`."""
        self.folder = folder

    def get(self, key: str) -> Run | None:
        """Return a finished run; None if there is none, or its file is damaged."""
        from safetensors import SafetensorError, safe_open

        path = self.folder / f"{key}.safetensors"
        if not path.is_file():
            return None
        try:
            with safe_open(path, framework="numpy") as file:
                meta = json.loads(file.metadata()[_META])
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            choices = arrays["choices"].astype(np.intp)
            sweep = Sweep(meta["parameter"], arrays["values"], choices, meta["default"], arrays.get("surcharge_usd"))
            return Run(sweep, meta["fit_s"], meta["route_us"], tuple(meta["notes"]), tuple(meta.get("influence", ())))
        except (SafetensorError, OSError, KeyError, TypeError, ValueError):
            return None

    def put(self, key: str, run: Run) -> None:
        """Keep a run; a reader never sees half a file."""
        from safetensors.numpy import save_file

        self.folder.mkdir(parents=True, exist_ok=True)
        sweep = run.sweep
        arrays = {  # in C order: safetensors writes the bytes as they lie, and reads them as C
            "values": np.ascontiguousarray(sweep.values, dtype=np.float64),
            "choices": np.ascontiguousarray(sweep.choices, dtype=np.int32),
        }
        if sweep.surcharge_usd is not None:
            arrays["surcharge_usd"] = np.ascontiguousarray(sweep.surcharge_usd, dtype=np.float64)
        meta = {
            "parameter": sweep.parameter,
            "default": int(sweep.default),
            "fit_s": run.fit_s,
            "route_us": run.route_us,
            "notes": run.notes,
            "influence": run.influence,
        }
        half = self.folder / f"{key}.{os.getpid()}.part"
        save_file(arrays, half, metadata={_META: json.dumps(meta)})
        half.replace(self.folder / f"{key}.safetensors")
