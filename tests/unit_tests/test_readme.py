"""What the README prints is what the package does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from langchain_dynaroute import build_routing_graph

README = Path(__file__).parents[2] / "README.md"
KEYS = re.compile(r"KEY|TOKEN|CREDENTIAL|AWS_PROFILE")


def blocks(language: str) -> list[str]:
    """Return the README's fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def keyless() -> dict[str, str]:
    """Return the environment without any key, and without colours."""
    return {name: value for name, value in os.environ.items() if not KEYS.search(name)} | {"NO_COLOR": "1"}


def put_right(old: str, new: str) -> None:
    """Rewrite a block when asked to (UPDATE_README=1), so that the test below sees it as it is."""
    if os.environ.get("UPDATE_README"):
        README.write_text(README.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def test_the_picture_of_the_graph_is_the_graph() -> None:
    """The Mermaid block is what LangGraph draws of the default graph."""
    drawn = build_routing_graph().compile().get_graph().draw_mermaid()
    (block,) = blocks("mermaid")
    put_right(f"```mermaid\n{block}```", f"```mermaid\n{drawn}```")
    assert drawn == blocks("mermaid")[0]


def console_examples() -> list[str]:
    """Return the blocks that show a command with its output."""
    return [block for block in blocks("console") if block.startswith("$ dynaroute ")]


@pytest.mark.parametrize("place", range(len(console_examples())))
def test_a_printed_command_prints_what_the_readme_shows(place: int) -> None:
    """A console block's command, run without keys, prints the rest of the block."""
    block = console_examples()[place]
    command = block.splitlines()[0].removeprefix("$ dynaroute ")
    run = subprocess.run(
        f"{sys.executable} -m langchain_dynaroute.cli {command}",
        shell=True,
        capture_output=True,
        text=True,
        env=keyless(),
        cwd=README.parent,
        check=True,
    )
    printed = "".join(f"{line.rstrip()}\n" for line in run.stdout.splitlines())
    shown = f"{block.splitlines()[0]}\n{printed}"
    put_right(f"```console\n{block}```", f"```console\n{shown}```")
    assert shown == console_examples()[place]


def python_examples() -> list[str]:
    """Return the Python blocks that run without a key."""
    return [block for block in blocks("python") if "# needs a key" not in block]


@pytest.mark.parametrize("place", range(len(python_examples())))
def test_a_python_example_runs(place: int) -> None:
    """A Python block runs as it stands, offline and without a key."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", python_examples()[place]],
        capture_output=True,
        text=True,
        env=keyless(),
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_the_readme_says_what_it_is_not() -> None:
    """The README says that there is no affiliation with the company of the same name."""
    text = " ".join(README.read_text(encoding="utf-8").replace("**", "").split())
    assert "not affiliated with the company that sells a product of the same name" in text
