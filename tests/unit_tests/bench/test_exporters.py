"""Exporters: what public routers read, and what is said with it."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from langchain_dynaroute.bench.exporters import EXPORTERS, export_outcomes
from langchain_dynaroute.bench.loaders import load_outcomes
from langchain_dynaroute.errors import OutcomeError
from langchain_dynaroute.outcomes import OutcomeTable


@pytest.fixture
def table():
    """Twenty prompts of two datasets by two models: one grade is a half, one is missing."""
    quality = np.array([[float(i % 2), 1.0] for i in range(20)])
    quality[1, 0], quality[3, 0] = 0.5, np.nan
    return OutcomeTable(
        prompt_ids=tuple(f"p{i}" for i in range(20)),
        prompts=tuple(f"prompt, {i}\nünd “more”" for i in range(20)),
        datasets=("math",) * 10 + ("code",) * 10,
        models=("weak", "org/strong"),
        quality=quality,
        cost_usd=np.array([[0.1 * (i + 1), i + 1.0] for i in range(20)]),
        completion_tokens=np.full((20, 2), 7.0),
        name="small",
    )


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_export_tells_its_split_and_how_it_is_run(tmp_path, table, name) -> None:
    """The manifest and the README tell seed, sizes, what was left out, and that no vector was computed."""
    files = export_outcomes(table, name, tmp_path / "new" / name, seed=7)
    manifest = json.loads((tmp_path / "new" / name / "manifest.json").read_text(encoding="utf-8"))
    guide = (tmp_path / "new" / name / "README.txt").read_text(encoding="utf-8")
    assert (7, 0.7, 1, table.fingerprint) == tuple(
        manifest[key] for key in ("seed", "train_fraction", "left_out", "fingerprint")
    )
    assert (19, ["weak", "org/strong"]) == (manifest["train_prompts"] + manifest["test_prompts"], manifest["models"])
    assert {path.name for path in files} == {*manifest["files"], "manifest.json", "README.txt"}
    assert all(path.is_file() for path in files)
    for told in ("https://github.com/", "seed 7, 70% of each dataset", "Left out", "1 prompts", "Vectors: "):
        assert told in guide


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_same_seed_writes_the_same_files(tmp_path, table, name) -> None:
    """An export can be repeated to the byte, and another seed parts otherwise."""
    texts = [
        [path.read_bytes() for path in export_outcomes(table, name, tmp_path / str(i), seed=seed)]
        for i, seed in enumerate((1, 1, 2))
    ]
    assert texts[0] == texts[1] != texts[2]


def test_avengers_pro_has_a_line_a_prompt(tmp_path, table) -> None:
    """A line holds query, dataset, scores and usage; the baselines are percents on the test part."""
    export_outcomes(table, "avengers-pro", tmp_path)
    train, test = read_lines(tmp_path / "train.jsonl"), read_lines(tmp_path / "test.jsonl")
    lines = {line["prompt_id"]: line for line in train + test}
    assert set(table.prompt_ids) - {"p3"} == set(lines)
    assert ("prompt, 1\nünd “more”", "math", {"weak": 0.5, "org/strong": 1.0}) == tuple(
        lines["p1"][key] for key in ("query", "dataset", "records")
    )
    assert {"completion_tokens": 7.0, "cost": 2.0} == lines["p1"]["usages"]["org/strong"]
    baselines = json.loads((tmp_path / "baseline_scores.json").read_text())
    code = [line["records"]["weak"] for line in test if line["dataset"] == "code"]
    assert round(100 * sum(code) / len(code), 2) == baselines["weak"]["code"]


def test_an_unknown_cost_is_left_out_and_no_zero(tmp_path, table) -> None:
    """Where a table has no costs, the usages have none."""
    export_outcomes(replace(table, cost_usd=None), "avengers-pro", tmp_path)
    assert {"completion_tokens": 7.0} == read_lines(tmp_path / "test.jsonl")[0]["usages"]["weak"]


def test_embedllm_has_a_row_a_prompt_and_model(tmp_path, table) -> None:
    """Labels are 0 or 1 from a threshold on, and prompt ids are places in question_order.csv."""
    export_outcomes(table, "embedllm", tmp_path)
    questions = {row["prompt_id"]: row["prompt"] for row in read_csv(tmp_path / "question_order.csv")}
    rows = read_csv(tmp_path / "train.csv") + read_csv(tmp_path / "test.csv")
    assert list(map(str, range(19))) == list(questions)
    assert (38, {"0", "1"}) == (len(rows), {row["label"] for row in rows})
    assert all(questions[row["prompt_id"]] == row["prompt"] for row in rows)
    assert {("weak", "0"), ("org/strong", "1")} == {(row["model_name"], row["model_id"]) for row in rows}
    assert {("code", "0"), ("math", "1")} == {(row["category"], row["category_id"]) for row in rows}
    half = [row["label"] for row in rows if row["prompt"].startswith("prompt, 1\n") and row["model_name"] == "weak"]
    assert ["1"] == half
    label = json.loads((tmp_path / "manifest.json").read_text())["label"]
    assert "1 where quality >= 0.5; 1 qualities were neither 0 nor 1." == label
    export_outcomes(table, "embedllm", tmp_path / "strict", threshold=1.0)
    strict = read_csv(tmp_path / "strict" / "train.csv") + read_csv(tmp_path / "strict" / "test.csv")
    assert 1 == sum(int(row["label"]) for row in rows) - sum(int(row["label"]) for row in strict)


def test_routellm_has_comparisons_and_graded_answers(tmp_path, table) -> None:
    """The better of two models is the strong one; ties train nothing but are evaluated."""
    export_outcomes(table, "routellm", tmp_path)
    train = json.loads((tmp_path / "pairwise_train.json").read_text(encoding="utf-8"))
    test = json.loads((tmp_path / "pairwise_test.json").read_text(encoding="utf-8"))
    index = json.loads((tmp_path / "prompt_index.json").read_text(encoding="utf-8"))
    assert {("org/strong", "weak")} == {(pair["model_a"], pair["model_b"]) for pair in train + test}
    assert ({"model_a"}, {"model_a", "tie"}) == ({p["winner"] for p in train}, {p["winner"] for p in test})
    assert list(range(19)) == [entry["idx"] for entry in index]
    assert all(index[pair["idx"]]["prompt"] == pair["prompt"] for pair in train + test)
    assert all(pair["cost_model_a"] == pytest.approx(10 * pair["cost_model_b"]) for pair in test)


def test_a_routellm_export_is_loaded_as_it_was(tmp_path, table) -> None:
    """The graded answers, read back, are the parts of the split."""
    export_outcomes(table, "routellm", tmp_path, seed=3)
    for name, part in zip(("train", "test"), table.split(seed=3), strict=True):
        complete = part.take(~np.isnan(part.quality).any(axis=1))
        loaded = load_outcomes(tmp_path / f"{name}.csv").of_models(table.models)
        assert complete.prompts == loaded.prompts
        np.testing.assert_array_equal(complete.quality, loaded.quality)


def test_routellm_needs_two_models(tmp_path, table) -> None:
    """Of more than two models the pair must be named; wrong names are told."""
    three = OutcomeTable(
        **{name: getattr(table, name) for name in ("prompt_ids", "prompts", "datasets")},
        models=("a", "b", "c"),
        quality=np.ones((20, 3)),
    )
    with pytest.raises(OutcomeError, match=r"routes between two models, but there are 3.*strong=…, weak=…"):
        export_outcomes(three, "routellm", tmp_path)
    with pytest.raises(OutcomeError, match="there is no model 'x'"):
        export_outcomes(three, "routellm", tmp_path, strong="a", weak="x")
    export_outcomes(three, "routellm", tmp_path, strong="c", weak="a")
    assert [] == json.loads((tmp_path / "pairwise_train.json").read_text())
    assert ["prompt", "a", "b", "c"] == list(read_csv(tmp_path / "test.csv")[0])


def test_graphrouter_has_training_rows_first_within_a_task(tmp_path, table) -> None:
    """Every prompt has a row a model, costs are scaled within a task, and the order tells the split."""
    export_outcomes(table, "graphrouter", tmp_path, descriptions={"math": "sums", "weak": "a small model"})
    rows = read_csv(tmp_path / "router_data.csv")
    assert (38, ["code"] * 20 + ["math"] * 18) == (len(rows), [row["task_id"] for row in rows])
    for task in ("code", "math"):
        splits = [row["split"] for row in rows if row["task_id"] == task]
        scaled = [float(row["cost"]) for row in rows if row["task_id"] == task]
        assert sorted(splits, reverse=True) == splits
        assert (0.0, 1.0) == (min(scaled), max(scaled))
    assert ["weak", "org/strong"] * 19 == [row["llm"] for row in rows]
    assert {("code", "code"), ("math", "sums")} == {(row["task_id"], row["task_description"]) for row in rows}
    models = json.loads((tmp_path / "LLM_Descriptions.json").read_text())
    assert {"weak": {"feature": "a small model"}, "org/strong": {"feature": "org/strong"}} == models


def test_graphrouter_needs_costs(tmp_path, table) -> None:
    """Without costs nothing is written; a prompt with an unknown cost is left out and counted."""
    with pytest.raises(OutcomeError, match=r"has no costs, which GraphRouter needs.*with_estimated_costs"):
        export_outcomes(replace(table, cost_usd=None), "graphrouter", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    costs = table.costs().copy()
    costs[0, 0] = np.nan
    export_outcomes(replace(table, cost_usd=costs), "graphrouter", tmp_path)
    assert 2 == json.loads((tmp_path / "manifest.json").read_text())["left_out"]
    assert 36 == len(read_csv(tmp_path / "router_data.csv"))


def test_a_split_of_ones_own_is_kept(tmp_path, table) -> None:
    """Two tables given as the split are written as they are, and the manifest has no seed."""
    export_outcomes(table, "avengers-pro", tmp_path, split=(table.take([0, 1]), table.take([2])))
    assert ["p0", "p1"] == [line["prompt_id"] for line in read_lines(tmp_path / "train.jsonl")]
    assert json.loads((tmp_path / "manifest.json").read_text())["seed"] is None
    assert "Split: given by the caller" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_an_export_that_cannot_be_is_told(tmp_path, table) -> None:
    """Unknown formats and options, other models and empty parts are errors with the way out."""
    with pytest.raises(OutcomeError, match=r"no format 'avengers' to export to. Did you mean 'avengers-pro'"):
        export_outcomes(table, "avengers", tmp_path)
    with pytest.raises(OutcomeError, match="routellm has no option 'threshold'; it has strong, weak"):
        export_outcomes(table, "routellm", tmp_path, threshold=1)
    with pytest.raises(OutcomeError, match="must have the models of the table"):
        export_outcomes(table, "embedllm", tmp_path, split=(table.of_models(["weak"]), table))
    with pytest.raises(OutcomeError, match="no prompt without a hole is left to train"):
        export_outcomes(table, "embedllm", tmp_path, split=(table.take([3]), table))
    assert [] == list(tmp_path.iterdir())
