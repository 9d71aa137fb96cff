"""`dynaroute classify`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from test_cli import run

PROMPTS = "Who wrote Faust?\n\nProve that [bold] the square root of 2 is irrational.\n"
LABELLED = [
    {"prompt": "May my landlord keep the deposit?", "source": "a", "category": "Law", "level": 1},
    {"prompt": "Draft a lease clause on subletting", "source": "b", "category": "Law", "level": 2},
    {"prompt": "What is an enzyme?", "source": "a", "category": "Biology", "level": 1},
    {"prompt": "Model the kinetics of an allosteric enzyme", "source": "b", "category": "Biology", "level": 3},
]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in LABELLED), encoding="utf-8")
    return path


def test_prompts_are_read_from_standard_input() -> None:
    """`classify -` prints a line for each prompt with category, level and confidence; markup stays text."""
    done = run("classify", "-", stdin=PROMPTS)
    assert done.returncode == 0
    header, first, second = done.stdout.splitlines()
    assert ["prompt", "category", "level", "confidence"] == header.split()
    assert first.startswith("Who wrote Faust?")
    assert "[bold]" in second
    assert "Mathematics" in second
    assert done.stderr == ""


def test_json_is_a_line_a_prompt() -> None:
    """`--json` prints a profile a line, with every probability and the evidence."""
    first, second = map(json.loads, run("classify", "-", "--json", stdin=PROMPTS).stdout.splitlines())
    assert first["prompt"] == "Who wrote Faust?"
    assert second["category"] == "Mathematics"
    assert len(second["category_probabilities"]) == 29
    assert second["evidence"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_profiles_are_written_with_their_probabilities(labelled: Path, ending: str) -> None:
    """`--out` writes a row a prompt, with 29 and 3 probabilities that sum to 1."""
    pandas = pytest.importorskip("pandas")
    out = labelled.with_name(f"profiles.{ending}")
    done = run("classify", str(labelled), "--out", str(out))
    assert "4 profiles written" in done.stderr
    frame = pandas.read_csv(out) if ending == "csv" else pandas.read_parquet(out)
    assert [row["prompt"] for row in LABELLED] == frame["prompt"].tolist()
    shares = frame[[column for column in frame if column.startswith("probability:")]]
    assert shares.shape == (4, 32)
    assert shares.sum(axis=1).round(6).eq(2).all()


def test_labels_give_the_evaluation(labelled: Path) -> None:
    """`--labels` prints figures, the paper's, sources and confusions, and writes them as CSV and Markdown."""
    pytest.importorskip("sklearn")
    out = labelled.with_name("report")
    done = run("classify", str(labelled), "--labels", "category,level", "--attacks", "--out", str(out))
    assert done.returncode == 0, done.stderr
    for words in (
        "Sources the classifier was not trained on (4 prompts of 2 sources)",
        "TF-IDF + logistic regression  other sources",
        "TF-IDF + logistic regression  same sources",
        "key words and length          nothing",
        "LiteLLM complexity router     nothing",
        "Qwen 2.5 3B    DynaRoute Table 1; DynaRoute Table 2        78.3     65.0",
        "Category accuracy by source, %",
        "How often 10 attacks move the level of 4 prompts",
        "fewer than 200 make for rough shares",
    ):
        assert words in done.stdout
    assert {"figures.csv", "sources.csv", "attacks.csv", "report.md"} <= {path.name for path in out.iterdir()}
    with (out / "figures.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["classifier"] == "embedded"
    assert 0 <= float(rows[0]["category_accuracy"]) <= 1


def test_the_evaluation_is_json_for_programs(labelled: Path) -> None:
    """`--labels --json` prints one report, in which a figure that does not exist is null."""
    pytest.importorskip("sklearn")
    done = run("classify", str(labelled), "--labels", "level", "--json")
    report = json.loads(done.stdout)
    assert {"about", "figures", "sources", "confusions", "attacks"} == set(report)
    first = report["figures"][0]
    assert first["level_prompts"] == 4
    assert first["category_accuracy"] is None
    assert first["same_model"] is None


def test_a_classifier_of_ones_own_is_measured(tmp_path: Path, labelled: Path) -> None:
    """`--classifier module:Class` measures it, and says that what it was trained on is not known."""
    pytest.importorskip("sklearn")
    (tmp_path / "mine.py").write_text(
        "from langchain_dynaroute import TaskProfile\n"
        "class Always:\n    name = 'always law'\n"
        "    def classify(self, prompt):\n        return TaskProfile(category='Law', level=1)\n",
        encoding="utf-8",
    )
    arguments = ("classify", str(labelled), "--labels", "category,level", "--classifier", "mine:Always", "--json")
    first = json.loads(run(*arguments, PYTHONPATH=f"{tmp_path}:{Path(__file__).parents[3]}").stdout)["figures"][0]
    assert ("always law", "unknown") == (first["classifier"], first["had_seen"])
    assert (first["category_accuracy"], first["level_accuracy"]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("classify", "none.csv"), "There is no file 'none.csv'"),
        (("classify", "."), "is a folder"),
        (("classify", "-", "--labels", "category"), "Standard input has no labels"),
        (("classify", "x.csv", "--retrain"), "--retrain belongs to an evaluation"),
        (("classify", "x.csv", "--classifier", "embeded"), "Did you mean 'embedded'?"),
        (("classify", "x.csv", "--out", "profiles.txt"), "end its name in .csv or .parquet"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], words: str) -> None:
    """A mistake exits with 2 and one line that tells the way out."""
    done = run(*arguments, stdin="x")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_attacks_need_no_labels(labelled: Path) -> None:
    """`--attacks` alone prints how often each of ten attacks moves the level, up and down."""
    report = json.loads(run("classify", str(labelled), "--attacks", "--json").stdout)
    assert 10 == len(report["attacks"])
    assert all(item["moved"] == item["moved_up"] + item["moved_down"] for item in report["attacks"])


def test_strange_prompts_are_profiled(tmp_path: Path) -> None:
    """Lone surrogates, control characters, blanks and 100,000 characters are profiled and printed."""
    path = tmp_path / "strange.jsonl"
    prompts = ["a \ud800 b", "\x1b[31mred\x07", "   ", "why " * 25_000]
    path.write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts), encoding="utf-8")
    done = run("classify", str(path))
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "lone surrogates in 1 prompt were read as \ufffd" in done.stdout
    assert 4 == len(run("classify", str(path), "--json").stdout.splitlines())
