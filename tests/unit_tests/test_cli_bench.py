"""`dynaroute bench`: what it writes, and what it takes from an earlier call."""

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

import pytest
from bench_command import write_outcomes, write_prices

from langchain_dynaroute import __version__
from langchain_dynaroute.bench.report import writing
from langchain_dynaroute.bench.results import BenchResults
from langchain_dynaroute.routers.knn import KNNRouter

if TYPE_CHECKING:
    from bench_command import Bench

FIGURES = {"cost_quality", "curation", "datasets", "difference", "gains", "hardness", "matched_cost", "shares"}
LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # where tests run in the background it is ignored
if __name__ == "__main__":
    from langchain_dynaroute import cli
    cli.main()
"""


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
