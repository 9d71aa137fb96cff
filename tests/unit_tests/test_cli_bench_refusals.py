"""`dynaroute bench`: routers of one's own, and what is answered with one line on standard error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench_command import Bench

# -- routers of one's own -------------------------------------------------------------------


def test_a_router_of_ones_own(own: Bench) -> None:
    """`module:Class` of a module beside the command takes part under its own name."""
    rows = json.loads(own("-o", "data", "--json", routers="own_routers:Mine,best-single"))["leaderboard"]
    assert {row["router"] for row in rows if row["kind"] == "router"} == {"mine", "best-single"}


@pytest.mark.parametrize(
    ("router", "words"),
    [
        ("own_routers:Raises", "raises failed on seed 1 of data: ValueError: two lines"),
        ("own_routers:Needs", "missing 1 required positional argument: 'what'"),
        ("own_routers:Nope", "has no attribute 'Nope'"),
        ("no_such_module:Mine", "No module named 'no_such_module'"),
        ("json:JSONDecoder", "is no LearnedRouter"),
        ("knnn", "Did you mean 'knn'?"),
        ("optimum", "Did you mean 'dynaroute-optimum'?"),
        ("dynaroute-low-cots", "Did you mean 'dynaroute-low-cost'?"),
        ("zzz", "best-single, cheapest, random"),
        (" , ", "give one or more names"),
    ],
)
def test_a_router_that_cannot_take_part(own: Bench, router: str, words: str) -> None:
    """A router that is not there, or fails, is one line that names it and leaves no report."""
    assert words in own.refusal("-o", "data", "--seeds", "1", "--routers", router)
    assert not (own.out / "report.md").exists()


def test_a_router_that_breaks_while_it_is_imported(own: Bench) -> None:
    """A module that raises, or is no Python, is one line."""
    for name, code in (("raising", "1 / 0"), ("garbled", "x = = 1")):
        (own.folder / f"{name}_module.py").write_text(code, encoding="utf-8")
        assert f"'{name}_module:Mine' cannot be imported" in own.refusal("-o", "data", "-r", f"{name}_module:Mine")


def test_a_process_that_dies_is_told(own: Bench) -> None:
    """A process that ends for want of memory, or is killed, is one line that says what to do."""
    told = own.refusal("-o", "data", "--seeds", "1,2", "--routers", "own_routers:Dies", "--jobs", "2")
    assert "go on with fewer jobs" in told


# -- what it refuses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "nowhere"), "There is no 'nowhere'"),
        (("-o", "empty"), "no file is in it"),
        (("-o", "strange"), "routerbench: a .pkl"),
        (("-o", "data", "--format", "tidee"), "Did you mean 'tidy'?"),
        (("-o", "data", "--models", "bigg"), "Did you mean 'big'?"),
        (("-o", "data", "--models", ""), "--models '': give one or more names"),
        (("-o", "data", "--seeds", "1,x"), "--seeds '1,x': give whole numbers"),
        (("-o", "data", "--seeds", "-1"), "give whole numbers"),
        (("-o", "data", "--seeds", "²"), "give whole numbers"),
        (("-o", "data", "--seeds", "4294967296"), "from 0 to 4294967295"),
        (("-o", "data", "--seeds", ""), "give whole numbers"),
        (("-o", "data", "--prices", "nix.csv"), "nix.csv: cannot be read"),
        (("-o", "data", "--speeds", "nix.csv"), "nix.csv: cannot be read"),
        (("-o", "data", "--preprocess"), "nothing is left after LLMRank's preprocessing"),
        (("-o", "data", "--out", "data/prompts.csv"), "data/prompts.csv"),
    ],
)
def test_a_mistake_is_one_line(bench: Bench, arguments: tuple[str, ...], words: str) -> None:
    """What is wrong is one line on standard error that says what, and exit code 2."""
    (bench.folder / "empty").mkdir()
    (bench.folder / "strange").mkdir()
    (bench.folder / "strange" / "notes.txt").write_text("nothing", encoding="utf-8")
    assert words in bench.refusal(*arguments)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (",1,", ",one,", "outcomes.csv, row {row}: score is 'one', which is not a number"),
        (",1,", ",7,", "1 scores lie outside 0..1 (7; first in outcomes.csv, row {row})"),
        (",1,", ",1,2,", "outcomes.csv cannot be read: CSV parse error: Row #{row}"),
        (",big,", ",,", "1 rows of the outcomes have no model"),
        (",score,", ",points,", "no column 'score'"),
        ("algebra-0,", "algebra-x,", "of prompts that are not there (algebra-x)"),
    ],
)
def test_a_broken_file_is_told_by_name_and_row(bench: Bench, old: str, new: str, words: str) -> None:
    """A cell that breaks a rule is told with its file and row; the header is row 1."""
    path = bench.folder / "data" / "outcomes.csv"
    text = path.read_text(encoding="utf-8")
    row = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert words.format(row=row) in bench.refusal("-o", "data")


def test_text_that_is_not_utf_8_is_told(bench: Bench) -> None:
    """A file in another encoding is refused, not read as something else."""
    path = bench.folder / "data" / "prompts.csv"
    path.write_bytes(path.read_bytes().replace("🙂".encode(), "é".encode("latin-1")))
    assert "the column 'prompt' of prompts.csv is not UTF-8 text" in bench.refusal("-o", "data")
