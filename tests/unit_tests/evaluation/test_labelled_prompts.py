"""Reading prompt files: what is taken, what is drawn, and what is refused with which words."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from langchain_dynaroute import Category
from langchain_dynaroute.errors import TableError
from langchain_dynaroute.evaluation.labelled_prompts import PromptRow, PromptTable, prompts_of, read_prompts, whole_text

GOOD = {"prompt": "May I keep it?", "category": "Law", "level": 1}


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def lines(folder: Path, *rows: dict) -> Path:
    return written(folder, "mine.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def test_the_three_formats_read_alike(tmp_path) -> None:
    """Parquet, CSV and JSON Lines of the same prompts give the same rows."""
    pandas = pytest.importorskip("pandas")
    rows = [{**GOOD, "source": "a"}, {"prompt": "x, or\ny", "category": "Biology", "level": 3, "source": "b"}]
    frame = pandas.DataFrame(rows)
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame.to_parquet(tmp_path / "p.parquet")
    frame.to_json(tmp_path / "p.jsonl", orient="records", lines=True)
    read = [read_prompts(tmp_path / f"p.{ending}", "category,level").rows for ending in ("csv", "parquet", "jsonl")]
    assert read[0] == read[1] == read[2]
    assert read[0][1] == PromptRow("x, or\ny", "b", Category.BIOLOGY, 3)


def test_columns_may_be_named_otherwise(tmp_path) -> None:
    """`text` and `dataset` are read too, and `category=COLUMN` names a label's column."""
    path = written(tmp_path, "p.csv", "text,dataset,topic,how_hard\nHi,set,law,complex\n")
    (row,) = read_prompts(path, "category=topic,level=how_hard").rows
    assert row == PromptRow("Hi", "set", Category.LAW, 3)


def test_one_label_may_be_missing(tmp_path) -> None:
    """A file without levels is read for its categories, and a note says so; its source is its name."""
    table = read_prompts(written(tmp_path, "mine.csv", "prompt,category\nHi,Law\nHo,\n"), "category,level")
    assert table.labels == ("category",)
    assert table.notes == ("mine.csv has no column 'level'",)
    assert table.sources == ("mine",)
    assert table.labelled().notes[-1] == "1 prompt without a label left out"


def test_a_conversation_is_asked_as_one(tmp_path) -> None:
    """A prompt with earlier turns is given to the classifier as messages, user and assistant in turn."""
    (row,) = read_prompts(lines(tmp_path, {**GOOD, "history": ["Hi", "Hello"]})).rows
    assert [message.type for message in row.asked] == ["human", "ai", "human"]
    assert row.asked[-1].content == GOOD["prompt"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("p.csv", "", "p.csv: has no rows."),
        ("p.csv", "question,category\nx,Law\n", "has no column 'prompt' (nor 'text'). It has: question, category."),
        (
            "p.csv",
            "prompt,category\nx,Law\ny,Mathmatics\n",
            "p.csv, row 3: unknown category 'Mathmatics'. Did you mean",
        ),
        ("p.csv", "prompt,level\nx,4\n", "p.csv, row 2: level is '4'. Write 1 simple, 2 moderate, 3 complex"),
        ("p.csv", "prompt,level\nx,1.5\n", "p.csv, row 2: level is '1.5'"),
        ("p.csv", "prompt,level\n,1\nx,2\n", "p.csv, row 2: 'prompt' holds no text. Take such rows out"),
        (
            "p.csv",
            "prompt,topic\nx,Law\n",
            "none of the label columns asked for (category,level). It has: prompt, topic.",
        ),
        ("p.csv", bytes(range(256)), "is not UTF-8 text"),
        ("p.parquet", bytes(range(256)), "p.parquet: cannot be read as Parquet"),
        ("p.jsonl", '{"prompt": "x"}\n["y"]\n', "p.jsonl, row 2: is no JSON object"),
        ("p.jsonl", '{"prompt": null, "level": 1}\n', "p.jsonl, row 1: 'prompt' holds no text"),
        ("p.jsonl", bytes(range(256)), "is not UTF-8 text"),
        ("p.txt", "x", "cannot tell its format"),
    ],
)
def test_a_file_that_breaks_a_rule_is_told_by_name_and_row(tmp_path, name, text, words) -> None:
    """The error names file, row, rule and the way out."""
    pytest.importorskip("pyarrow")
    with pytest.raises(TableError) as caught:
        read_prompts(written(tmp_path, name, text), "category,level")
    assert words in str(caught.value)


def test_a_folder_and_a_missing_file_are_told(tmp_path) -> None:
    """A folder and a path without a file are errors of their own."""
    with pytest.raises(TableError, match="is a folder"):
        read_prompts(tmp_path)
    with pytest.raises(TableError, match="There is no file"):
        read_prompts(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("labels", "words"), [("categry", "Did you mean 'category'?"), ("level=dificulty", "Did you mean 'difficulty'?")]
)
def test_a_misspelt_label_is_guessed(tmp_path, labels, words) -> None:
    """A label or column that does not exist is told with the nearest one."""
    path = written(tmp_path, "p.csv", "prompt,difficulty\nx,1\n")
    with pytest.raises(TableError) as caught:
        read_prompts(path, labels)
    assert words in str(caught.value)


def test_lone_surrogates_are_replaced_and_pairs_joined(tmp_path) -> None:
    """Half a surrogate pair becomes the replacement character, and a note counts the prompts."""
    path = written(tmp_path, "p.jsonl", '{"prompt": "a \\ud800 b"}\n{"prompt": "c"}\n')
    table = read_prompts(path)
    assert table.rows[0].prompt == "a \ufffd b"
    assert table.notes == ("lone surrogates in 1 prompt were read as \ufffd",)
    assert whole_text("\ud83d\ude00") == "\U0001f600"


def test_long_prompts_are_read_whole(tmp_path) -> None:
    """A CSV cell of 200,000 characters is read."""
    (row,) = read_prompts(written(tmp_path, "p.csv", f"prompt\n{'x' * 200_000}\n")).rows
    assert len(row.prompt) == 200_000


def test_a_sample_keeps_the_shares() -> None:
    """Each source, category and level keeps its share to within one prompt; one seed draws one sample."""
    rows = [
        PromptRow(f"{source}{i}", source, category, level)
        for source, count in (("a", 70), ("b", 30))
        for i, (category, level) in enumerate([(Category.LAW, 1), (Category.BIOLOGY, 3)] * (count // 2))
    ]
    table = PromptTable("t", tuple(rows))
    drawn = table.sample(20, seed=1)
    counts = Counter((row.source, row.category) for row in drawn.rows)
    assert len(set(drawn.rows)) == 20
    for key, count in Counter((row.source, row.category) for row in rows).items():
        assert abs(counts[key] - count / 5) <= 1
    assert drawn.rows == table.sample(20, seed=1).rows
    assert drawn.rows != table.sample(20, seed=2).rows
    assert table.sample(100, seed=1) is table


def test_lines_are_prompts() -> None:
    """Of standard input each line that is not blank is a prompt; none at all is an error."""
    assert ["a", "b"] == [row.prompt for row in prompts_of(["a\r", "", " ", "b"]).rows]
    with pytest.raises(TableError, match="has no prompts"):
        prompts_of(["", " "])


@pytest.mark.shared
def test_the_public_file_is_read() -> None:
    """The labelled public prompts are read whole, and sampled with all their sources."""
    pytest.importorskip("pyarrow")
    path = Path(__file__).parents[4] / "shared" / "prompts" / "labelled_prompts.parquet"
    if not path.exists():
        pytest.skip("no ../shared")
    table = read_prompts(path, "category,level")
    assert len(table) == 38_308
    assert len(table.sample(6000, 42).sources) == 46
