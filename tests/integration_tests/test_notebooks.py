"""The notebooks run from top to bottom, offline."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
VARYING = re.compile(r"lc_run-[-\w]+|0x[0-9a-f]+")


def text_of(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what each cell prints and shows as text, in one piece: a kernel sends prints as it likes."""
    return ["".join(map(_text, cell.get("outputs", []))) for cell in notebook.cells]


def _text(output: nbformat.NotebookNode) -> str:
    text = output.get("text") or output.get("data", {}).get("text/markdown", "")
    return VARYING.sub("…", "".join(text))


@pytest.mark.filterwarnings("ignore")  # the kernel's own machinery
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_it_shows(path: Path) -> None:
    """Executed anew, a notebook has no error and the same text as the one in the repository."""
    committed = nbformat.read(path, as_version=4)
    executed = nbformat.read(path, as_version=4)
    NotebookClient(executed, timeout=120, kernel_name="python3").execute()
    assert text_of(committed) == text_of(executed)
