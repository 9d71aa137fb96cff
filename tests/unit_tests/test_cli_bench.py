"""`dynaroute bench`: what it writes, what it takes from an earlier call, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from langchain_dynaroute import __version__, cli
from langchain_dynaroute.bench.report import writing
from langchain_dynaroute.bench.report.pictures import write_pictures
from langchain_dynaroute.bench.results import BenchResults
from langchain_dynaroute.routers.knn import KNNRouter

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
FIGURES = {"cost_quality", "curation", "datasets", "difference", "gains", "hardness", "matched_cost", "shares"}
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

LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
if __name__ == "__main__":
    from langchain_dynaroute import cli
    cli.main()
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


# -- what it writes -------------------------------------------------------------------------


def test_everything_is_written(bench: Bench) -> None:
    """A call writes tidy CSV, Markdown, one HTML page, and each figure as PNG and SVG."""
    bench.draw()
    told = bench("-o", "data", routers="dynaroute-optimum,knn")
    results = {path.stem for path in (bench.out / "results").glob("*.csv")}
    assert {"leaderboard", "curves", "datasets", "hardness", "shares", "matched_cost"} <= results
    for ending in ("png", "svg"):
        assert FIGURES <= {path.stem for path in (bench.out / "figures").glob(f"*.{ending}")}
    for name in ("dynaroute-optimum", "knn", "Oracle", "big"):
        assert all(name in text for text in (told, bench.read("report.md"), bench.read("report.html")))
    assert "html: " in told
    assert "estimated" not in told


def test_json_is_for_programs(bench: Bench) -> None:
    """`--json` prints the leaderboard as JSON alone, a figure that does not exist as null."""
    found = json.loads(bench("-o", "data", "--json"))
    rows = {(row["kind"], row["router"]): row for row in found["leaderboard"]}
    assert rows["reference", "Oracle"]["gap_o"] == pytest.approx(0)
    assert rows["router", "knn"]["latency_s"] is None
    assert found["about"]["n_prompts"] == 120


def test_about_tells_version_and_encoder(bench: Bench) -> None:
    """What a run was made with is kept: the package's version, and the encoders that read prompts."""
    bench("-o", "data")
    about = BenchResults.load(bench.out / "results").about
    assert about["version"] == __version__
    assert about["encoder"] == KNNRouter().encoder_id()
    assert KNNRouter().encoder_id() in bench.read("report.html")


def test_intervals_and_errors_are_over_the_seeds_given(bench: Bench) -> None:
    """With several seeds there are standard errors, with one there are none, and intervals with both."""
    several = json.loads(bench("-o", "data", "--json", seeds="3,4,5"))
    one = json.loads(bench("-o", "data", "--json", seeds="3"))
    assert (several["about"]["seeds"], one["about"]["seeds"]) == ([3, 4, 5], [3])
    assert next(row["avg_acc_se"] for row in several["leaderboard"] if row["router"] == "Random") > 0
    assert {row["avg_acc_se"] for row in one["leaderboard"]} == {None}
    assert all(row["difference_low"] <= row["difference"] <= row["difference_high"] for row in one["leaderboard"])


def test_only_some_models(bench: Bench) -> None:
    """`--models` leaves the others out, and a single model is no error."""
    assert json.loads(bench("-o", "data", "--json", "--models", "tiny, big"))["about"]["models"] == ["tiny", "big"]
    alone = json.loads(bench("-o", "data", "--json", "--models", "tiny", routers="knn,mlp,svm,dynaroute-optimum"))
    assert {row["gap_o"] for row in alone["leaderboard"]} == {0.0}


def test_dataset_by_dataset(bench: Bench) -> None:
    """`--protocol leave-dataset-out` judges each dataset by routers that did not see it."""
    about = json.loads(bench("-o", "data", "--json", "--protocol", "leave-dataset-out"))["about"]
    assert (about["protocol"], about["n_splits"], about["n_judged"]) == ("leave-dataset-out", 6, 120)


def test_preprocessing_shows_both_figures(bench: Bench) -> None:
    """LLMRank's preprocessing leaves prompts out, and the figures without it stand beside, everywhere."""
    write_outcomes(bench.folder / "larger", 80)
    told = bench("-o", "larger", "--protocol", "llmrank", "--preprocess")
    assert "prompts that no model solves left out" in told
    assert "AvgAcc with LLMRank's preprocessing: knn " in told
    assert " % (without " in told
    both = BenchResults.load(bench.out / "results").extra["with_and_without_preprocessing"]
    oracle = both[both["router"] == "Oracle"].iloc[0]
    assert oracle["avg_acc_percent"] == 100
    assert (both["avg_acc_percent"] != both["avg_acc_percent_without"]).any()
    assert all("With and without preprocessing" in bench.read(name) for name in ("report.md", "report.html"))


def test_the_experiment_of_the_paper_is_drawn(bench: Bench) -> None:
    """With list prices of all models, score against USD per 1M tokens is a table and a picture everywhere."""
    bench.draw()
    prices = write_prices(bench.folder / "prices.csv")
    bench("-o", "data", "--prices", str(prices), routers="dynaroute-low-cost,dynaroute-best-performance,knn")
    frame = BenchResults.load(bench.out / "results").extra["dynaroute_experiment"]
    assert set(frame[frame["kind"] == "router"]["router"]) == {"dynaroute-low-cost", "dynaroute-best-performance"}
    assert frame[frame["router"] == "big"]["cost_usd_per_1m_tokens"].unique() == pytest.approx([12.0])
    assert all((bench.out / "figures" / f"dynaroute_experiment.{ending}").is_file() for ending in ("png", "svg"))
    assert "figures/dynaroute_experiment.png" in bench.read("report.md")
    assert 'id="experiment"' in bench.read("report.html")


# -- costs ----------------------------------------------------------------------------------


class Headings(HTMLParser):
    """What the heads of columns, sections and pictures of a page say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: list[str] = []
        self.within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within.append(tag)
        self.told += [value for name, value in attrs if name == "aria-label" and value]

    def handle_endtag(self, tag: str) -> None:
        while self.within and self.within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"h2", "thead"} & set(self.within):
            self.told.append(data)


def test_estimated_costs_are_called_so_everywhere(bench: Bench) -> None:
    """After `--estimate-costs` whatever shows a cost says that it is estimated."""
    bench.draw()
    write_outcomes(bench.folder / "lengths", costs=False)
    prices = str(write_prices(bench.folder / "prices.csv"))
    told = bench("-o", "lengths", "--estimate-costs", "--prices", prices)
    assert "costs are estimated from list prices and lengths, not measured" in told
    assert {line for line in told.splitlines() if "USD/1k" in line and "estimated" not in line} <= {
        line for line in told.splitlines() if "CostSave" in line
    }
    markdown, page = bench.read("report.md"), bench.read("report.html")
    assert "costs estimated" in markdown
    shown = [line for line in [*markdown.splitlines(), *Headings(page).told] if "USD per 1,000" in line]
    assert len(shown) > 4
    assert all("stimated" in line for line in shown)
    assert "Quality and cost (estimated)" in markdown
    assert "Quality and cost (estimated)" in page
    for path in (bench.out / "results").glob("*.csv"):
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        assert all(row["cost_source"] == "estimated" for row in rows if "cost_usd" in row)


def test_measured_costs_are_not_estimated_again(bench: Bench) -> None:
    """`--estimate-costs` leaves costs that were measured as they are, needs no price for them, and says so."""
    told = bench("-o", "data", "--estimate-costs")
    assert "every cost was measured, so none is estimated" in told
    assert BenchResults.load(bench.out / "results").about["cost_source"] == "measured"


def test_models_without_a_price_are_left_out_by_name(bench: Bench) -> None:
    """Where costs are estimated, a model without a list price is left out, and named."""
    write_outcomes(bench.folder / "lengths", costs=False)
    prices = write_prices(bench.folder / "prices.csv")
    prices.write_text("".join(prices.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    assert "no list price is known of tiny: left out" in bench(
        "-o", "lengths", "--estimate-costs", "--prices", str(prices)
    )


def test_costs_that_cannot_be_estimated(bench: Bench) -> None:
    """Without any list price, or any length, the error says what to give."""
    write_outcomes(bench.folder / "lengths", costs=False)
    assert "Give them with --prices" in bench.refusal("-o", "lengths", "--estimate-costs")
    path = bench.folder / "lengths" / "outcomes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("output_chars", "unknown"), encoding="utf-8")
    prices = str(write_prices(bench.folder / "prices.csv"))
    assert "--answer-tokens" in bench.refusal("-o", "lengths", "--estimate-costs", "--prices", prices)
    assert "taken to be 200 tokens" in bench(
        "-o", "lengths", "--estimate-costs", "--prices", prices, "--answer-tokens", "200"
    )


def test_no_costs_at_all(bench: Bench) -> None:
    """Without costs nothing is said of them, the way to an estimate is told, and policies without tiers say so."""
    bench.draw()
    write_outcomes(bench.folder / "lengths", costs=False)
    told = bench("-o", "lengths", routers="dynaroute-optimum,knn")
    assert "USD" not in told
    assert "`--estimate-costs` estimates costs" in told
    assert not (bench.out / "figures" / "cost_quality.png").exists()
    assert "all three policies choose alike" in bench.read("report.md")


def test_tiers_are_by_list_price_where_no_cost_is_known(bench: Bench) -> None:
    """With list prices alone, low cost and best performance are different routers."""
    write_outcomes(bench.folder / "lengths", costs=False)
    prices = str(write_prices(bench.folder / "prices.csv"))
    names = "dynaroute-low-cost,dynaroute-best-performance"
    rows = json.loads(bench("-o", "lengths", "--prices", prices, "--json", routers=names))["leaderboard"]
    assert len({row["avg_acc"] for row in rows if row["kind"] == "router"}) == 2


# -- going on where it was ------------------------------------------------------------------


def test_finished_runs_are_taken_from_the_earlier_call(bench: Bench) -> None:
    """A second call fits nothing that is finished, says so, and finds the same; `--fresh` fits again."""
    first = bench("-o", "data", "--json")
    fits: list[int] = []
    fit = KNNRouter.fit
    bench.patch.setattr(KNNRouter, "fit", lambda self, outcomes: (fits.append(1), fit(self, outcomes))[1])
    assert bench("-o", "data", "--json") == first
    assert "4 of 4 runs were finished before" in bench("-o", "data")
    assert "4 of 6 runs were finished before" in bench("-o", "data", seeds="1,2,3")
    assert len(fits) == 1
    assert "finished before" not in bench("-o", "data", "--fresh")
    assert len(fits) == 3


def test_other_settings_are_other_runs(bench: Bench) -> None:
    """Runs over other models or another sweep are not taken, and leave nothing of theirs in the report."""
    bench.draw()
    prices = str(write_prices(bench.folder / "prices.csv"))
    bench("-o", "data", "--prices", prices, routers="dynaroute-optimum,knn")
    assert (bench.out / "figures" / "dynaroute_experiment.png").is_file()
    bench.patch.setattr(writing, "write_pictures", lambda _, folder: folder.mkdir() or {})
    assert "finished before" not in bench("-o", "data", "--models", "big,tiny", routers="knn")
    assert "finished before" not in bench("-o", "data", "--configurations", "5", routers="knn")
    assert set(BenchResults.load(bench.out / "results").extra) == set()
    assert not (bench.out / "figures" / "dynaroute_experiment.png").exists()


def test_several_processes_find_the_same(own: Bench) -> None:
    """`--jobs 2` finds what one process finds, with a user's router beside the command too."""
    alone = json.loads(own("-o", "data", "--json", routers="knn,own_routers:Mine"))
    both = json.loads(own("-o", "data", "--json", "--fresh", "--jobs", "2", routers="knn,own_routers:Mine"))
    for row, other in zip(alone["leaderboard"], both["leaderboard"], strict=True):
        assert {**row, "fit_s": 0, "route_us": 0} == {**other, "fit_s": 0, "route_us": 0}


def test_an_interrupted_call_leaves_whole_runs_alone(own: Bench) -> None:
    """Ctrl-C ends the command without a traceback; what is left are whole runs, which the next call takes."""
    arguments = ["-o", "data", "--out", "out", "--seeds", "1,2,3,4,5", "--routers", "own_routers:Slow", "--jobs", "2"]
    running = subprocess.Popen(
        [sys.executable, "-c", LISTENING, "bench", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=own.folder,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not list(own.out.glob("runs/*.safetensors")) and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode not in {0, 2}
    assert "Traceback" not in out + err
    left = {path.suffix for path in own.out.rglob("*") if path.is_file()}
    assert left == {".safetensors"}
    found = len(list(own.out.glob("runs/*")))
    assert f"{found} of 5 runs were finished before" in own("-o", "data", seeds="1,2,3,4,5", routers="own_routers:Slow")


def test_a_report_that_is_not_finished_is_not_there(bench: Bench) -> None:
    """If writing stops half-way, the earlier report is untouched and nothing half-written stays."""
    bench("-o", "data")
    before = {path: path.read_bytes() for path in bench.out.rglob("*") if path.is_file()}

    def stop(*_: Any) -> str:
        raise KeyboardInterrupt

    bench.patch.setattr("langchain_dynaroute.bench.report.writing.page", stop)
    code, _, err = bench.try_to("-o", "data", "--seeds", "1,2", "--routers", "knn")
    assert code not in {0, 2}
    assert "Traceback" not in err
    assert before == {path: path.read_bytes() for path in bench.out.rglob("*") if path.is_file()}


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
