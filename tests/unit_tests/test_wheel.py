"""The built wheel holds what the package needs, as does an editable install."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
import langchain_dynaroute, pathlib
from langchain_dynaroute import ModelPool, TaskProfile, TierTable
from langchain_dynaroute.benchmarks import tables_folder
from langchain_dynaroute.classifiers import EmbeddedClassifier
print(pathlib.Path(langchain_dynaroute.__file__).parent)
print(tables_folder())
print(*[len(ModelPool.load(name)) for name in ("flagship", "dynaroute-paper", "lightweight", "local")])
print(EmbeddedClassifier().classify("What is 2 + 2?").category.value)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def probe(folder: Path, path: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=folder,
        env={"PYTHONPATH": path, "PATH": ""},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


def test_the_wheel_brings_its_tables_and_its_weights(unpacked: Path) -> None:
    """From the wheel alone, every shipped pool and the classifier load."""
    package, tables, pools, category = probe(unpacked, str(unpacked))
    assert str(unpacked / "langchain_dynaroute") == package
    assert str(unpacked / "langchain_dynaroute" / "tables") == tables
    assert pools == "13 38 20 1"
    assert category == "Mathematics"


def test_an_editable_install_reads_the_checkouts_tables(tmp_path: Path) -> None:
    """In a checkout the tables are those at its top level."""
    package, tables, pools, _ = probe(tmp_path, str(ROOT))
    assert str(ROOT / "langchain_dynaroute") == package
    assert str(ROOT / "tables") == tables
    assert pools == "13 38 20 1"


def test_the_wheel_is_small_and_holds_no_prompts(unpacked: Path) -> None:
    """The wheel has no training prompts, and its weights stay within 10 MB."""
    files = [path for path in unpacked.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in {".jsonl", ".parquet", ".gguf", ".pkl"}]
    assert sum(path.stat().st_size for path in files) < 12_000_000
