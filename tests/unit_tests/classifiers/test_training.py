"""Training data: what is read, what is left out, and that the shipped prompts are in order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from langchain_dynaroute import Category
from langchain_dynaroute.classifiers import training_data
from langchain_dynaroute.classifiers.classification_head import CONFIG_NAME, WEIGHTS_NAME

OWN = Path(__file__).parents[3] / "tables" / "user_prompts"
ASSETS = Path(__file__).parents[3] / "langchain_dynaroute" / "assets"


def test_sources_that_may_not_be_trained_on_are_left_out(tmp_path) -> None:
    """Of a public file only the sources whose licence allows it are read."""
    pandas = pytest.importorskip("pandas")
    rows = [("gsm8k", "1 + 1?", "Mathematics", 1), ("asdiv", "2 + 2?", "Mathematics", 1), ("mmlu", "?", None, None)]
    path = tmp_path / "prompts.parquet"
    frame = pandas.DataFrame(rows, columns=["source", "prompt", "category", "level"])
    frame.astype({"level": "Int64"}).to_parquet(path)
    read = training_data.read_public(path)
    assert ["gsm8k", "mmlu"] == [prompt.source for prompt in read]
    assert [Category.MATHEMATICS, None] == [prompt.category for prompt in read]


def test_no_large_source_drowns_the_others(tmp_path) -> None:
    """At most so many prompts per source and category are drawn, the same ones from the same seed."""
    made = training_data.read_own(_written(tmp_path, 50))
    drawn = training_data.balanced(made, seed=1, most=10)
    assert 10 == len(drawn)
    assert drawn == training_data.balanced(made, seed=1, most=10)
    assert drawn != training_data.balanced(made, seed=2, most=10)


def _written(folder: Path, count: int) -> Path:
    path = folder / "own.jsonl"
    row = {"category": "Law", "level": 2, "language": "en", "form": "question", "history": []}
    path.write_text("".join(json.dumps({**row, "prompt": f"case {i}"}) + "\n" for i in range(count)), encoding="utf-8")
    return path


def test_our_own_prompts_are_in_order() -> None:
    """Every category has prompts at every level, and no test prompt is a training prompt."""
    train = training_data.read_own(OWN / "train.jsonl")
    heldout = training_data.read_own(OWN / "heldout.jsonl")
    assert {(category, level) for category in Category for level in (1, 2, 3)} == {
        (prompt.category, int(prompt.level)) for prompt in train
    }
    assert not {prompt.prompt for prompt in train} & {prompt.prompt for prompt in heldout}
    assert len(heldout) == 435


def test_the_card_tells_of_the_weights_that_ship() -> None:
    """The card names the hash of the shipped weights, and its figures are those of the run that made them."""
    import hashlib

    config = json.loads((ASSETS / CONFIG_NAME).read_text(encoding="utf-8"))
    card = (ASSETS / "CARD.md").read_text(encoding="utf-8")
    assert hashlib.sha256((ASSETS / WEIGHTS_NAME).read_bytes()).hexdigest() == config["weights_sha256"]
    assert config["weights_sha256"] in card
    overall = config["figures"]["held-out user prompts"]["all"]["category"]
    assert f"| all | 435 | {overall:.1%} |" in card
