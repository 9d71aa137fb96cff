"""Training: one seed, one set of weights, on a small file of its own."""

from __future__ import annotations

import json
import sys

import pytest

from langchain_dynaroute.classifiers import EmbeddedClassifier
from langchain_dynaroute.errors import MissingExtraError

pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from langchain_dynaroute.classifiers import training, training_data, training_figures  # noqa: E402

SUBJECTS = {
    "Law": ("contract", "landlord", "liability", "court", "clause"),
    "Health": ("fever", "tablet", "doctor", "cough", "diet"),
    "Physics": ("force", "photon", "velocity", "field", "momentum"),
}
QUESTIONS = {1: "What is a {}?", 2: "Explain how a {} works, step by step.", 3: "Critically derive a theory of the {}."}


def own_rows() -> list[dict[str, object]]:
    """A prompt for every subject, level and word."""
    return [
        {
            "category": category,
            "level": level,
            "language": "en",
            "form": "question",
            "history": [],
            "prompt": text.format(word),
        }
        for category, words in SUBJECTS.items()
        for word in words
        for level, text in QUESTIONS.items()
    ]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A public Parquet file, our own prompts and held-out ones, all small."""
    monkeypatch.setattr(training_figures, "_ATTACKED", 2)
    monkeypatch.setattr(training_figures, "_TIMED", 1)
    rows = own_rows()
    lines = [json.dumps(row) + "\n" for row in rows]
    (tmp_path / "train.jsonl").write_text("".join(lines[:36]), "utf-8")
    (tmp_path / "heldout.jsonl").write_text("".join(lines[36:]), "utf-8")
    public = [
        {"source": source, "prompt": f"{row['prompt']} ({source})", "category": row["category"], "level": row["level"]}
        for source in ("one", "two", "three", "four", "bigbench")
        for row in rows[::5]
    ]
    pd.DataFrame(public).to_parquet(tmp_path / "public.parquet")
    return tmp_path


def run(files, name):
    """Train into a folder of that name and return it with the figures."""
    out = files / name
    return out, training.train(files / "public.parquet", files / "train.jsonl", out, seed=7)


def test_the_same_seed_gives_the_same_weights(files) -> None:
    """Training twice with one seed writes the same weights, byte for byte."""
    first, _ = run(files, "first")
    second, _ = run(files, "second")
    assert (first / "embedded_classifier.safetensors").read_bytes() == (
        second / "embedded_classifier.safetensors"
    ).read_bytes()


def test_what_was_trained_can_classify(files) -> None:
    """The assets that a training writes serve a classifier, and their card tells the figures."""
    out, figures = run(files, "out")
    assert "Law" == EmbeddedClassifier(out).classify("Is the landlord bound by this contract?").category
    assert 9 == figures["held-out user prompts"]["all"]["prompts"]
    assert "| held-out user prompts (never trained on) |" in (out / "CARD.md").read_text("utf-8")


def test_excluded_sources_are_not_read(files) -> None:
    """A source that may not be trained on is left out, whatever the file holds."""
    sources = {prompt.source for prompt in training_data.read_public(files / "public.parquet")}
    assert {"one", "two", "three", "four"} == sources


def test_each_stage_is_told(files) -> None:
    """Training tells one line per stage."""
    told: list[str] = []
    training.train(files / "public.parquet", files / "train.jsonl", files / "told", report=told.append)
    assert "reading the prompts" == told[0]
    assert told[-1].startswith("wrote the assets")


def test_without_the_extra_training_says_so(files, monkeypatch) -> None:
    """Without scikit-learn, training names the extra that brings it."""
    monkeypatch.setattr(training, "find_spec", lambda name: None if name == "sklearn" else sys)
    with pytest.raises(MissingExtraError, match=r"langchain-dynaroute\[train\]"):
        training.train(files / "public.parquet", files / "train.jsonl", files / "out")
