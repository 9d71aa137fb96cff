"""`dynaroute bench` as tests run it: in this process, in a folder with made-up outcomes."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from langchain_dynaroute import cli
from langchain_dynaroute.bench.report import writing
from langchain_dynaroute.bench.report.pictures import write_pictures

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {
    "algebra": ("equation", "polynomial", "integral", "root", "数学"),
    "python": ("function", "list", "loop", "return", "🐍"),
    "history": ("empire", "treaty", "war", "king", "century"),
}
MODELS = {"big": 0.01, "code-small": 0.001, "maths-small": 0.001, "tiny": 0.0001}
"""Model → about what a prompt costs it, in USD."""
KNOWS = {"algebra": (0.9, 0.3, 0.9, 0.2), "python": (0.9, 0.9, 0.3, 0.2), "history": (0.9, 0.4, 0.4, 0.5)}
OWN_ROUTER = """
import numpy as np
from langchain_dynaroute.routers import LearnedRouter

class Mine(LearnedRouter):
    name = "mine"
    def __init__(self): pass
    def _fit(self, outcomes): self.means_ = np.nanmean(outcomes.quality, axis=0)
    def predict_quality(self, prompts): return np.tile(self.means_, (len(prompts), 1))

class Raises(Mine):
    name = "raises"
    def _fit(self, outcomes): raise ValueError("two\\nlines")

class Needs(Mine):
    def __init__(self, what): self.what = what

class Dies(Mine):
    name = "dies"
    def _fit(self, outcomes):
        import os
        os._exit(3)

class Slow(Mine):
    name = "slow"
    def _fit(self, outcomes):
        import time
        time.sleep(2)
        super()._fit(outcomes)
"""


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_outcomes(folder: Path, each: int = 40, *, costs: bool = True) -> Path:
    """Write made-up outcomes of four models: two know one subject each, `big` knows all three."""
    rng = np.random.default_rng(5)
    prompts, outcomes = [], []
    for dataset, words in WORDS.items():
        for i in range(each):
            key = f"{dataset}-{i}"
            text = f"{dataset} {' '.join(rng.choice(words, 6))} number {i} 🙂"
            prompts.append({"prompt_id": key, "dataset": dataset, "prompt": text})
            for (model, cost), knows in zip(MODELS.items(), KNOWS[dataset], strict=True):
                row = {"prompt_id": key, "model": model, "score": int(rng.random() < knows)}
                told = {"cost_usd": round(cost * rng.uniform(0.5, 1.5), 6)} if costs else {"output_chars": 40 * i + 7}
                outcomes.append(row | told)
    folder.mkdir()
    write_csv(folder / "prompts.csv", prompts)
    write_csv(folder / "outcomes.csv", outcomes)
    return folder


def write_prices(path: Path) -> Path:
    rows = [
        {"model": name, "input_usd_per_1m_tokens": 300 * cost, "output_usd_per_1m_tokens": 900 * cost}
        for name, cost in MODELS.items()
    ]
    write_csv(path, rows)
    return path


class Bench:
    """Runs `dynaroute bench` within this process, in a folder of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self.capture, self.patch = folder, capture, patch
        self.out = folder / "out"
        patch.setattr(writing, "write_pictures", lambda *_: {})

    def draw(self) -> None:
        """Draw the pictures, which takes seconds."""
        self.patch.setattr(writing, "write_pictures", write_pictures)

    def __call__(self, *arguments: str, seeds: str = "1,2", routers: str = "knn,linear") -> str:
        """Return what a call prints that goes well; standard error stays empty."""
        code, out, err = self.try_to(*arguments, "--seeds", seeds, "--routers", routers)
        assert (code, err) == (0, "")
        return out

    def try_to(self, *arguments: str) -> tuple[int, str, str]:
        given = arguments if "--out" in arguments else (*arguments, "--out", str(self.out))
        self.patch.setattr(sys, "argv", ["dynaroute", "bench", *given])
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *self.capture.readouterr()

    def refusal(self, *arguments: str) -> str:
        """Return the one line that a mistake is answered with."""
        code, out, err = self.try_to(*arguments)
        assert (code, out) == (2, "")
        assert err.startswith("Error: ")
        assert err.count("\n") == 1
        return err

    def read(self, name: str) -> str:
        return (self.out / name).read_text(encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Run the command in a folder with made-up outcomes, `data`."""
    write_outcomes(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Bench(tmp_path, capsys, monkeypatch)


@pytest.fixture
def own(bench: Bench) -> Bench:
    """Run the command beside a module with routers of a user's own."""
    (bench.folder / "own_routers.py").write_text(OWN_ROUTER, encoding="utf-8")
    bench.patch.delitem(sys.modules, "own_routers", raising=False)
    return bench
