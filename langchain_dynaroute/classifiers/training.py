"""Train the embedded classifier: one command, one seed, the same weights."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.classification_head import (
    ASSETS,
    CONFIG_NAME,
    VECTORS_NAME,
    WEIGHTS_NAME,
)
from langchain_dynaroute.classifiers.word_vectors import WordVectors
from langchain_dynaroute.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_dynaroute.classifiers.training_evaluation import Learned

HELDOUT_NAME = "heldout.jsonl"
DISTRACTIONS_NAME = "distractions.jsonl"
_FOLDS_IN_SOURCE = 2
"""Folds, of four, on which the figures with single prompts left out are measured: each takes minutes."""
_LARGEST_INT8 = 127


def train(
    prompts_path: str | Path,
    own_path: str | Path,
    out_folder: str | Path,
    seed: int = 42,
    report: Callable[[str], None] = lambda _line: None,
) -> dict[str, Any]:
    """Train on public and own prompts, write weights, settings and card, and return the figures.

    Args:
        prompts_path: Parquet file of labelled prompts; sources that may not be trained on are left out.
        own_path: JSON Lines of prompts written for this project. A `heldout.jsonl` beside it is
            only tested on; of a `distractions.jsonl` beside it some prompts get a text around them.
        out_folder: Where the assets are written.
        seed: Which public prompts are drawn, and how the folds are cut.
        report: Told one line per stage.

    Raises:
        MissingExtraError: The extra `train` is not installed.
    """
    for module, package in (("sklearn", "scikit-learn"), ("pandas", "pandas"), ("torch", "torch")):
        if find_spec(module) is None:
            raise MissingExtraError(package, "train")
    from langchain_dynaroute.classifiers import model_card, training_data, training_evaluation, training_figures
    from langchain_dynaroute.classifiers.training_distractions import distracted, read_distractions
    from langchain_dynaroute.classifiers.training_features import features_table

    out = Path(out_folder)
    out.mkdir(parents=True, exist_ok=True)
    report("reading the prompts")
    own = training_data.read_own(Path(own_path))
    distractions_path = Path(own_path).with_name(DISTRACTIONS_NAME)
    copies = distracted(own, read_distractions(distractions_path), seed) if distractions_path.exists() else []
    public = training_data.read_public(Path(prompts_path))
    prompts = [*own, *copies, *training_data.balanced(public, seed)]
    vectors = _vectors_for(out)
    drawn = len(prompts) - len(own) - len(copies)
    report(f"computing features of {len(own)} own, {len(copies)} distracted and {drawn} public prompts")
    table = features_table(prompts, vectors)
    report("fitting with whole sources left out")
    folds = training_evaluation.left_out(table, prompts, vectors, seed)
    report("fitting with single prompts left out")
    in_source = training_evaluation.left_out(table, prompts, vectors, seed, by_source=False, measured=_FOLDS_IN_SOURCE)
    report("fitting on everything")
    found = training_evaluation.learned(table, prompts, vectors, seed)
    config: dict[str, Any] = {"seed": seed, "trained": datetime.now(UTC).date().isoformat(), **folds.temperatures}
    config["weights_sha256"] = _write_weights(out, found)
    _write_config(out, config)
    report("measuring")
    heldout_path = Path(own_path).with_name(HELDOUT_NAME)
    heldout = training_data.read_own(heldout_path) if heldout_path.exists() else own
    config["figures"] = training_figures.figures(out, folds, in_source, public, heldout)
    _write_config(out, config)
    rows = training_data.rows_by_source([*public, *own])
    (out / "CARD.md").write_text(model_card.card(config, rows), "utf-8")
    report(f"wrote the assets to {out}")
    return dict(config["figures"])


def _vectors_for(out: Path) -> WordVectors:
    source = ASSETS / VECTORS_NAME
    if (out / VECTORS_NAME).resolve() != source.resolve():
        shutil.copyfile(source, out / VECTORS_NAME)
    return WordVectors.load(source)


def _write_weights(out: Path, learned: Learned) -> str:
    import numpy as np
    from safetensors.numpy import save

    coefficients = learned.scaling.folded(learned.coefficients)
    scales = np.maximum(np.abs(coefficients.sparse).max(axis=0) / _LARGEST_INT8, 1e-9).astype(np.float32)
    content = save(
        {
            "hashed": np.rint(coefficients.sparse / scales).astype(np.int8),
            "hashed_scales": scales,
            "dense": coefficients.dense.astype(np.float32),
            "bias": coefficients.bias.astype(np.float32),
            "rarity": learned.scaling.rarity.astype(np.float16),
            **learned.context.tensors(),
        }
    )
    (out / WEIGHTS_NAME).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _write_config(out: Path, config: dict[str, Any]) -> None:
    (out / CONFIG_NAME).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", "utf-8")
