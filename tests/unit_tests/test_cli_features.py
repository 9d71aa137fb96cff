"""`dynaroute features`, and what `dynaroute route --explain` shows of LLMRank."""

from __future__ import annotations

import json

import pytest
from test_cli import run

from langchain_dynaroute.cli_features import bar
from langchain_dynaroute.features import FEATURES
from langchain_dynaroute.routers.checks import small_outcomes

PROMPT = "Write a Python function f7(x) of 9 lines."


def test_features_are_shown_by_group() -> None:
    """Each group is a section, each feature a line with value, bar and meaning; what is 0 is counted."""
    done = run("features", "Prove that the sum of two odd numbers is even.")

    assert 0 == done.returncode, done.stderr
    for group in {feature.group for feature in FEATURES}:
        assert f"\n{group}" in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.strip().startswith("proof"))
    assert "0.50" in line
    assert "████████" in line
    assert "to prove or derive" in line
    assert "more are 0; --all shows them" in done.stdout


def test_all_features_can_be_shown() -> None:
    """`--all` leaves none out."""
    shown = run("features", "Hello", "--all").stdout

    assert all(feature.name in shown for feature in FEATURES)
    assert "--all shows them" not in shown


@pytest.mark.parametrize("arguments", [("-",), ()])
def test_a_prompt_can_be_piped_in(arguments) -> None:
    """`-`, and no argument at all, read standard input; `--json` has every feature in order."""
    piped = json.loads(run("features", *arguments, "--json", stdin=PROMPT).stdout)

    assert piped == json.loads(run("features", PROMPT, "--json").stdout)
    assert [feature.name for feature in FEATURES] == [record["name"] for record in piped["features"]]
    assert "Code Generation" in piped["profile"]


def test_route_explains_llmrank(tmp_path) -> None:
    """With a fitted LLMRank, `--explain` says why in words and bars whose figures add up; JSON has them too."""
    pytest.importorskip("torch")
    small_outcomes().save(tmp_path / "outcomes")
    fitted = run("fit", "llmrank", "--outcomes", str(tmp_path / "outcomes"), "--out", str(tmp_path / "router"),
                 "--param", "epochs=5", "--param", "n_networks=2")  # fmt: skip
    assert 0 == fitted.returncode, fitted.stderr
    pool = tmp_path / "pool.csv"
    header = "name,model,input_usd_per_1m_tokens,output_usd_per_1m_tokens\n"
    pool.write_text(header + "".join(f"{name},openai/{name},1,2\n" for name in ("small", "medium", "large")))
    options = ("route", PROMPT, "--router", str(tmp_path / "router"), "--pool", str(pool))
    done = run(*options, "--explain")
    told = json.loads(run(*options, "--json").stdout)["explanation"]

    assert 0 == done.returncode, done.stderr
    assert f"{told['chosen']} scores" in done.stdout
    assert "green speaks for" in done.stdout
    assert "why " not in run(*options).stdout
    assert told["difference"] == pytest.approx(
        told["baseline"] + sum(item["utility"] for item in told["contributions"]), abs=1e-4
    )


def test_a_bar_is_as_long_as_its_share() -> None:
    """A bar is filled to an eighth of a cell, and keeps within its cells."""
    assert ["    ", "██  ", "██▌ ", "████", "████"] == [bar(share, 4) for share in (0, 0.5, 0.62, 1.0, 7.0)]
