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


@pytest.mark.parametrize("command", ["ask", "route", "chat", "tiers", "models", "download", "demo", "train-classifier"])
def test_every_command_has_help(command: str) -> None:
    """`--help` of each command tells what it does."""
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_version() -> None:
    """`--version` prints the package's version."""
    from langchain_dynaroute import __version__

    assert run("--version").stdout.strip() == __version__
