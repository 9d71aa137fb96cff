"""The command line: what it prints, what it refuses, and how it exits."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = re.compile(r"KEY|TOKEN|CREDENTIAL|AWS_PROFILE|DYNAROUTE")


def run(*arguments: str, stdin: str | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run `dynaroute` without keys, as a user would."""
    clean = {name: value for name, value in os.environ.items() if not KEYS.search(name)}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "langchain_dynaroute.cli", *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        env={**clean, "NO_COLOR": "1", **extra},
        check=False,
    )


def test_route_explains_itself() -> None:
    """`route` names the model, the profile, the score, the tier and the price."""
    done = run("route", "Prove that the square root of 2 is irrational.")
    assert done.returncode == 0
    for word in ("Mathematics", "z-score", "per 1M tokens", "OPENAI_API_KEY"):
        assert word in done.stdout


def test_route_prints_json_for_programs() -> None:
    """`route --json` prints one JSON object with the whole ranking."""
    decision = json.loads(run("route", "Who wrote Faust?", "--json").stdout)
    assert {item["name"] for item in decision["ranking"]} >= {"GPT-5", "Qwen3-235B"}
    assert decision["profile"]["level"] in {1, 2, 3}


def test_a_prompt_can_be_piped_in() -> None:
    """Without an argument the prompt is read from standard input."""
    piped = json.loads(run("route", "--json", stdin="Who wrote Faust?").stdout)
    assert piped == json.loads(run("route", "--json", "Who wrote Faust?").stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("route", "x", "--router", "optimun"), "Did you mean 'optimum'?"),
        (("route", "x", "--pool", "flagshp"), "Did you mean 'flagship'?"),
        (("route", "x", "--model", "GPT5"), "Did you mean 'GPT-5'?"),
        (("route", "x", "--pool", "missing.csv"), "missing.csv"),
        (("tiers", "Mathematic"), "Did you mean 'Mathematics'?"),
        (("tiers", "--scoring", "median"), "choose from zscore, mean"),
        (("tiers", "--pool", "lightweight", "--cost", "measured"), "Use cost='list'"),
        (("download", "smollm3"), "Did you mean 'smollm2'?"),
    ],
)
def test_a_mistake_is_one_line_with_the_way_out(arguments: tuple[str, ...], words: str) -> None:
    """A user's mistake exits with 2 and one line on standard error, never a traceback."""
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_ask_without_keys_names_what_is_missing() -> None:
    """With nothing in reach `ask` exits with 1, names every candidate, and tells of the local model."""
    done = run("ask", "Who wrote Faust?")
    assert done.returncode == 1
    assert "GPT-5: missing OPENAI_API_KEY" in done.stderr
    assert "--add local" in done.stderr
    assert "Traceback" not in done.stderr


def test_tiers_print_the_papers_table() -> None:
    """`tiers --pool dynaroute-paper --scoring mean` shows cells of the paper's Table 6."""
    done = run("tiers", "--pool", "dynaroute-paper", "--scoring", "mean")
    row = next(line for line in done.stdout.splitlines() if line.startswith("System Design"))
    for cell in ("Llama 4 Maverick (36.40, $0.8)", "o4-mini (high) (63.45, $5.5)"):
        assert cell in row
    assert "DeepSeek V3" in done.stdout


def test_one_added_row_shows_up_in_the_tiers(tmp_path: Path) -> None:
    """A model given in one CSV row leads a tier that it is best in."""
    table = tmp_path / "mine.csv"
    table.write_text(
        "name,model,input_usd_per_1m_tokens,output_usd_per_1m_tokens,percent:SimpleQA,percent:MMLU-Pro,percent:GPQA,percent:HLE\n"
        "wonder,openai/wonder,0.01,0.02,99,99,99,99\n",
        encoding="utf-8",
    )
    facts = json.loads(run("tiers", "Facts", "--add", str(table), "--json").stdout)
    assert facts[0]["low"][0]["name"] == "wonder"


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    """An error in a CSV file names file, row and rule."""
    table = tmp_path / "broken.csv"
    table.write_text("name,percent:MMLU-Pro\ngood,50\nbad,8250\n", encoding="utf-8")
    done = run("tiers", "--add", str(table))
    assert done.returncode == 2
    assert "broken.csv, row 3 (bad): percent:MMLU-Pro is 8250, but must be from 0 to 100." in done.stderr


def test_models_show_prices_and_what_is_missing() -> None:
    """`models --json` gives prices here and in LiteLLM's map, abilities, and the key that is missing."""
    models = {record["name"]: record for record in json.loads(run("models", "--json").stdout)}
    assert models["GPT-5"]["price_differs"] is False
    assert models["GPT-5"]["missing"] == "OPENAI_API_KEY"
    assert models["GPT-5"]["tool_calling"] is True
    assert models["Intern-S1"]["model"] is None


def test_a_key_in_the_environment_puts_a_model_in_reach() -> None:
    """With its key set a model is reachable, and the key is printed nowhere."""
    done = run("models", "--json", OPENAI_API_KEY="sk-made-up-secret-123456")
    assert {record["name"]: record["reachable"] for record in json.loads(done.stdout)}["GPT-5"]
    assert "made-up-secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("prompt", ["", " ", "🎉🎉🎉", "什么是量子纠缠?", "a\x01b", "word " * 20_000])
def test_any_prompt_is_routed(prompt: str) -> None:
    """An empty, an odd, a Chinese and a very long prompt all get a decision."""
    done = run("route", "--json", stdin=prompt)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ranking"]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of made-up outcomes of three models."""
    from langchain_dynaroute.routers.checks import small_outcomes

    return small_outcomes(60).save(tmp_path_factory.mktemp("outcomes"))


def test_fit_tells_what_it_learned_and_how_to_use_it(outcomes: Path, tmp_path: Path) -> None:
    """`fit` prints models, prompts, held-out AvgAcc beside the best single's, and the line to use it."""
    done = run("fit", "knn", "--outcomes", str(outcomes), "--out", str(tmp_path / "fitted"), "--param", "k=9")
    assert done.returncode == 0, done.stderr
    for words in ("k=9", "60 prompts of 3 datasets, 3 models, with costs", "best single in hindsight", "AvgAcc"):
        assert words in done.stdout
    assert f"DynaRouteChatModel(router='{tmp_path / 'fitted'}', pool=[…])" in done.stdout


def test_fit_prints_json_and_saves_what_routes(outcomes: Path, tmp_path: Path) -> None:
    """`fit --json` tells the same to programs, and the folder it wrote routes a prompt."""
    out = tmp_path / "fitted"
    done = run("fit", "linear", "--outcomes", str(outcomes), "--out", str(out), "--cost-weight", "20", "--json")
    record = json.loads(done.stdout)
    assert sorted(record["models"]) == ["large", "medium", "small"]
    assert record["parameters"]["cost_weight"] == 20
    assert 0 <= record["held_out"]["avg_accuracy"] <= record["held_out"]["oracle_avg_accuracy"] <= 1
    table = tmp_path / "pool.csv"
    rows = "".join(f"{name},openai/{name},1,2\n" for name in record["models"])
    table.write_text(f"name,model,input_usd_per_1m_tokens,output_usd_per_1m_tokens\n{rows}", encoding="utf-8")
    routed = run("route", "Add 2 and 3 and show the sum.", "--router", str(out), "--pool", str(table), "--json")
    decision = json.loads(routed.stdout)
    assert decision["router"] == "linear"
    assert "expected quality" in decision["ranking"][0]["reason"]


def test_fit_takes_a_router_of_ones_own(outcomes: Path, tmp_path: Path) -> None:
    """`module:Class` is found beside the command, and loaded by its class alone."""
    own = Path(__file__).parent / "routers"
    done = run(
        "fit", "own_router:LengthRouter", "--outcomes", str(outcomes), "--out", str(tmp_path), PYTHONPATH=str(own)
    )
    assert done.returncode == 0, done.stderr
    assert "length" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("knnn",), "Did you mean 'knn'?"),
        (("knn", "--param", "kk=3"), "KNNRouter has no parameter 'kk'"),
        (("knn", "--param", "k"), "not key=value"),
        (("knn", "--param", "k=0"), "k is 1 or more"),
        (("knn", "--param", "encoder=statik"), "Did you mean 'static'?"),
        (("knn", "--outcomes", "nowhere"), "There is no folder 'nowhere'"),
    ],
)
def test_a_mistake_in_fit_is_one_line(arguments: tuple[str, ...], words: str, outcomes: Path, tmp_path: Path) -> None:
    """What `fit` cannot do exits with 2 and one line, and writes nothing."""
    done = run("fit", "--outcomes", str(outcomes), "--out", str(tmp_path / "fitted"), *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "fitted").exists()


@pytest.mark.parametrize(
    "command", ["ask", "route", "chat", "tiers", "models", "download", "demo", "fit", "train-classifier"]
)
def test_every_command_has_help(command: str) -> None:
    """`--help` of each command tells what it does."""
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_version() -> None:
    """`--version` prints the package's version."""
    from langchain_dynaroute import __version__

    assert run("--version").stdout.strip() == __version__
