"""A whole training on a small file of its own: one seed, one set of weights."""

from __future__ import annotations

import json

import pytest

from langchain_dynaroute.classifiers import EmbeddedClassifier
from langchain_dynaroute.errors import MissingExtraError

pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from langchain_dynaroute.classifiers import training, training_evaluation, training_figures  # noqa: E402

SUBJECTS = {
    "Law": ("contract", "landlord", "liability", "court", "clause"),
    "Health": ("fever", "tablet", "doctor", "cough", "diet"),
    "Physics": ("force", "photon", "velocity", "field", "momentum"),
}
QUESTIONS = {1: "What is a {}?", 2: "Explain how a {} works, step by step.", 3: "Critically derive a theory of the {}."}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A public Parquet file, our own prompts and held-out ones, all small."""
    monkeypatch.setattr(training_figures, "_ATTACKED", 2)
    monkeypatch.setattr(training_figures, "_TIMED", 1)
    monkeypatch.setattr(training_evaluation, "ITERATIONS", 20)
    rows = [
        {
            "category": category,
            "level": level,
            "language": "en",
            "form": "question",
            "history": [],
            "prompt": text.format(word),
        }
        for level, text in QUESTIONS.items()
        for category, words in SUBJECTS.items()
        for word in words
    ]
    lines = [json.dumps(row) + "\n" for row in rows]
    (tmp_path / "train.jsonl").write_text("".join(lines[9:]), "utf-8")
    (tmp_path / "heldout.jsonl").write_text("".join(lines[:9]), "utf-8")
    public = [
        {"source": source, "prompt": f"{row['prompt']} {source}", "category": row["category"], "level": row["level"]}
        for source in ("one", "two", "three", "four")
        for row in rows[::5]
    ]
    pd.DataFrame(public).to_parquet(tmp_path / "public.parquet")
    return tmp_path


@pytest.mark.slow
def test_one_seed_gives_one_set_of_weights(files) -> None:
    """Training twice with one seed writes the same weights, byte for byte, and tells every stage."""
    told: list[str] = []
    for name in ("first", "second"):
        training.train(files / "public.parquet", files / "train.jsonl", files / name, seed=7, report=told.append)
    first, second = ((files / name / "embedded_classifier.safetensors").read_bytes() for name in ("first", "second"))
    assert first == second
    assert "reading the prompts" == told[0]
    assert told[-1].startswith("wrote the assets")


def test_what_was_trained_can_classify(files) -> None:
    """The assets of a training serve a classifier, and their card tells the figures."""
    out = files / "out"
    figures = training.train(files / "public.parquet", files / "train.jsonl", out)
    assert "Law" == EmbeddedClassifier(out).classify("Is the landlord bound by this contract?").category
    assert 9 == figures["held-out user prompts"]["all"]["prompts"]
    assert "| held-out user prompts (never trained on) |" in (out / "CARD.md").read_text("utf-8")


def test_without_the_extra_training_says_so(files, monkeypatch) -> None:
    """Without scikit-learn, training names the extra that brings it."""
    monkeypatch.setattr(training, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"langchain-dynaroute\[train\]"):
        training.train(files / "public.parquet", files / "train.jsonl", files / "out")
