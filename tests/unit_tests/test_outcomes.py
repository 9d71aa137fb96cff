"""Tables of outcomes: read, checked, repaired, split, estimated, saved."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from langchain_dynaroute.errors import OutcomeError
from langchain_dynaroute.outcome_rows import Repairs, columns_of
from langchain_dynaroute.outcomes import OutcomeTable
from langchain_dynaroute.pricing import Price

SHARED = Path(__file__).parents[3] / "shared" / "outcomes"
SETS = {
    "routerbench_0shot": (783, 11, True),
    "routerbench_5shot": (2737, 11, True),
    "zeroeval": (2840, 29, False),
    "routellm_mmlu_gsm8k": (15361, 2, False),
    "open7b_seven_models": (13583, 7, False),
}
PROMPTS = {
    "prompt_id": ["a", "b", "c"],
    "dataset": ["math", "math", "code"],
    "prompt": ["one", "two", "three"],
    "category": ["sums", None, "loops"],
    "shots": [0, 0, 5],
}
OUTCOMES = {
    "prompt_id": ["a", "a", "b", "b", "c", "c"],
    "model": ["small", "big", "small", "big", "small", "big"],
    "score": [0.0, 1.0, 1.0, 1.0, 0.0, 0.5],
    "cost_usd": [0.1, 1.0, 0.2, 2.0, 0.3, 3.0],
    "prompt_tokens": [1, 1, 2, 2, 3, 3],
    "completion_tokens": [10, 20, 30, 40, 50, 60],
    "response": ["x", "y", None, "z", "ä", "…"],
}
GRID = [[0.0, 1.0], [1.0, 0.5]]


def table_of(prompts=PROMPTS, outcomes=OUTCOMES, **options):
    return OutcomeTable.from_rows(prompts, outcomes, **options)


def without(rows, *columns):
    return {name: values for name, values in rows.items() if name not in columns}


def more(rows, **extra):
    """Rows with one more row; a column that is not told is None."""
    return {name: [*values, extra.get(name)] for name, values in rows.items()}


def grid(quality=GRID, **fields):
    """A small table from a grid of qualities."""
    n, m = np.shape(quality)
    given = {
        "prompt_ids": tuple(f"p{i}" for i in range(n)),
        "prompts": tuple(f"prompt {i}" for i in range(n)),
        "datasets": ("d",) * n,
        "models": tuple(f"m{j}" for j in range(m)),
    }
    return OutcomeTable(**{**given, **fields}, quality=quality)


def many(counts, prompt=lambda dataset, i: f"{dataset} prompt {i}"):
    """A table with this many prompts of each dataset."""
    keys = [(dataset, i) for dataset, n in counts.items() for i in range(n)]
    return grid(
        np.zeros((len(keys), 1)),
        prompt_ids=tuple(f"{dataset}/{i}" for dataset, i in keys),
        prompts=tuple(prompt(dataset, i) for dataset, i in keys),
        datasets=tuple(dataset for dataset, _ in keys),
    )


# -- reading --------------------------------------------------------------------------------


def test_rows_become_arrays_in_the_order_of_the_prompts_and_of_the_model_names() -> None:
    """Prompts keep their order, models are sorted, and each outcome lands in its cell."""
    table = table_of()
    assert ("a", "b", "c") == table.prompt_ids
    assert ("big", "small") == table.models
    assert [[1.0, 0.0], [1.0, 1.0], [0.5, 0.0]] == table.quality.tolist()
    assert [[1.0, 0.1], [2.0, 0.2], [3.0, 0.3]] == table.costs().tolist()
    assert [["y", "x"], ["z", None], ["…", "ä"]] == table.responses.tolist()
    assert "OutcomeTable('outcomes', 3 prompts × 2 models, measured cost)" == repr(table)


def test_other_columns_are_kept_and_an_unknown_category_is_empty() -> None:
    """What else a source says of a prompt stays a column; no category is no word."""
    table = table_of()
    assert {"shots": (0, 0, 5)} == table.columns
    assert ("sums", "", "loops") == table.categories


def test_the_order_of_outcome_rows_does_not_matter() -> None:
    """Shuffled outcomes give the same table."""
    shuffled = {name: [values[i] for i in (5, 2, 0, 3, 1, 4)] for name, values in OUTCOMES.items()}
    assert table_of().fingerprint == table_of(outcomes=shuffled).fingerprint


def test_scores_may_be_booleans_and_texts_of_numbers() -> None:
    """True is 1, and "0.5" is a half; anything else is an error that names row and column."""
    assert [[1.0], [0.0]] == _scores([True, False]).quality.tolist()
    assert [[0.5], [1.0]] == _scores(["0.5", "1"]).quality.tolist()
    with pytest.raises(OutcomeError, match="row 1: score is 'good', which is not a number"):
        _scores(["good", "bad"])


def _scores(values, **options):
    prompts = {"prompt_id": ["a", "b"], "dataset": ["d", "d"], "prompt": ["x", "y"]}
    return table_of(prompts, {"prompt_id": ["a", "b"], "model": ["m", "m"], "score": values}, **options)


@pytest.mark.parametrize("column", ["prompt_id", "dataset", "prompt"])
def test_a_missing_prompt_column_is_named(column) -> None:
    """An error names the missing column of the prompts and those that are there."""
    with pytest.raises(OutcomeError, match=rf"the prompts have no column '{column}'; they have .*category"):
        table_of(without(PROMPTS, column))


@pytest.mark.parametrize("column", ["prompt_id", "model", "score"])
def test_a_missing_outcome_column_is_named(column) -> None:
    """An error names the missing column of the outcomes."""
    with pytest.raises(OutcomeError, match=rf"the outcomes have no column '{column}'"):
        table_of(outcomes=without(OUTCOMES, column))


def test_a_prompt_without_text_is_an_error() -> None:
    """An empty cell of a needed column is counted and refused."""
    with pytest.raises(OutcomeError, match="1 rows of the prompts have no prompt"):
        table_of({**PROMPTS, "prompt": ["one", None, "three"]})


def test_outcomes_of_unknown_prompts_are_strangers() -> None:
    """An outcome of a prompt that is not there is an error that names it."""
    with pytest.raises(OutcomeError, match=r"1 outcomes are of prompts that are not there \(zz\)"):
        table_of(outcomes=more(OUTCOMES, prompt_id="zz", model="big", score=1.0))


def test_no_outcomes_are_an_error() -> None:
    """A table that nobody answered is refused."""
    with pytest.raises(OutcomeError, match="there are no outcomes"):
        table_of(outcomes={"prompt_id": [], "model": [], "score": []})


@pytest.mark.parametrize("spoilt", [{"prompt": ["\ud800", "y", "z"]}, {"shots": [10**400, 0, 0]}, {"shots": [1]}])
def test_what_no_table_can_hold_is_an_outcome_error(spoilt) -> None:
    """Lone surrogates, huge integers and columns of other lengths are told as errors of the rows."""
    with pytest.raises(OutcomeError, match="The rows are no table"):
        table_of({**PROMPTS, **spoilt})


def test_records_become_columns() -> None:
    """A record without a field has None there."""
    assert {"a": [1, None], "b": [None, 2]} == columns_of([{"a": 1}, {"b": 2}])


# -- holes, ranges, duplicates --------------------------------------------------------------


def test_a_missing_score_is_nan_and_counted() -> None:
    """A missing, empty or NaN score is a hole: kept, counted by model, and no zero."""
    scores = [None, float("nan"), 1.0, 1.0, 0.0, 0.5]
    table = table_of(outcomes={**OUTCOMES, "score": scores})
    assert (2, {"big": 1, "small": 1}) == (table.n_missing, table.missing_by_model)
    assert [False, True, True] == table.is_complete.tolist()
    assert "2 cells missing" in repr(table)


def test_a_missing_cost_makes_a_prompt_incomplete() -> None:
    """Where a table has costs, a prompt without one of them is not complete."""
    table = grid(cost_usd=[[1.0, np.nan], [1.0, 1.0]])
    assert (0, [False, True]) == (table.n_missing, table.is_complete.tolist())


SPARSE = {name: values[:-1] for name, values in without(OUTCOMES, "response").items()}


def test_a_model_with_few_outcomes_is_an_error_or_repaired() -> None:
    """A model on less than half of the prompts is refused, kept or dropped, as was chosen."""
    rows = {name: [*values[:2], values[2], values[4]] for name, values in SPARSE.items()}
    with pytest.raises(OutcomeError, match=r"1 models .* more than half .*big: 67% missing.*sparse_models='drop'"):
        table_of(outcomes=rows)
    kept = table_of(outcomes=rows, repairs=Repairs(sparse_models="keep"))
    dropped = table_of(outcomes=rows, repairs=Repairs(sparse_models="drop"))
    assert (("big", "small"), ("small",)) == (kept.models, dropped.models)
    assert ("1 models lack over half of the prompts: keep",) == kept.repairs
    assert "big: 67% missing" in dropped.repairs[0]


def test_a_model_on_half_of_the_prompts_stays() -> None:
    """Half of the prompts are enough."""
    assert ("m0",) == grid([[1.0], [np.nan]]).models
    assert 1 == _scores([1.0, None]).n_missing


@pytest.mark.parametrize(
    ("choice", "expected"), [("clip", [[1.0], [0.0]]), ("drop", [[np.nan], [np.nan]])], ids=["clip", "drop"]
)
def test_scores_out_of_range_are_an_error_or_repaired(choice, expected) -> None:
    """A score outside 0..1 is refused; it may be clipped or dropped, and that is told."""
    with pytest.raises(OutcomeError, match=r"2 scores lie outside 0..1 \(1.5, -0.5; first in the outcomes, row 1\)"):
        _scores([1.5, -0.5])
    table = _scores([1.5, -0.5], repairs=Repairs(out_of_range=choice, sparse_models="keep"))
    np.testing.assert_array_equal(expected, table.quality)
    assert f"2 scores lay outside 0..1 (1.5, -0.5): {choice}" == table.repairs[0]


def test_an_infinite_score_is_out_of_range() -> None:
    """Infinity is no quality."""
    with pytest.raises(OutcomeError, match="1 scores lie outside"):
        _scores([float("inf"), 0.0])


def test_agreeing_duplicates_may_be_dropped() -> None:
    """An outcome that stands twice with the same score is refused, or dropped on request."""
    rows = more(OUTCOMES, prompt_id="a", model="big", score=1.0)
    with pytest.raises(
        OutcomeError, match=r"1 outcomes stand twice \(a × big\); they agree.*'drop', 'first' or 'mean'"
    ):
        table_of(outcomes=rows)
    table = table_of(outcomes=rows, repairs=Repairs(duplicates="drop"))
    assert table_of().fingerprint == table.fingerprint
    assert ("1 outcomes stood twice (0 disagreed): drop",) == table.repairs


@pytest.mark.parametrize(("choice", "expected"), [("first", 1.0), ("mean", 0.6)])
def test_disagreeing_duplicates_are_first_or_mean_but_never_dropped(choice, expected) -> None:
    """Of two scores one may take the first or the mean; to drop one silently is refused."""
    rows = more(OUTCOMES, prompt_id="a", model="big", score=0.2, cost_usd=3.0)
    with pytest.raises(OutcomeError, match="1 of them disagree"):
        table_of(outcomes=rows, repairs=Repairs(duplicates="drop"))
    table = table_of(outcomes=rows, repairs=Repairs(duplicates=choice))
    assert expected == pytest.approx(table.quality[0, 0])
    assert (1.0 if choice == "first" else 2.0) == table.costs()[0, 0]
    assert ("1 outcomes stood twice (1 disagreed)" in table.repairs[0], "y") == (True, table.responses[0, 0])


def test_prompts_that_stand_twice_are_treated_alike() -> None:
    """Equal prompts of one id may be dropped, different ones only the first taken."""
    same = more(PROMPTS, prompt_id="a", dataset="math", prompt="one")
    other = more(PROMPTS, prompt_id="a", dataset="math", prompt="ONE")
    with pytest.raises(OutcomeError, match=r"1 prompts stand twice \(a\); they agree"):
        table_of(same)
    assert 3 == len(table_of(same, repairs=Repairs(duplicates="drop")))
    with pytest.raises(OutcomeError, match="1 of them disagree"):
        table_of(other, repairs=Repairs(duplicates="drop"))
    assert "one" == table_of(other, repairs=Repairs(duplicates="first")).prompts[0]


# -- shapes and costs -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"quality": [[1.0, 2.0]]}, "quality runs from 1 to 2"),
        ({"prompt_ids": ("a",)}, "prompt_ids has 1 values for 2 prompts"),
        ({"columns": {"shots": (1,)}}, "shots has 1 values for 2 prompts"),
        ({"prompt_ids": ("a", "a")}, "the prompt_id 'a' stands twice"),
        ({"models": ("m", "m")}, "the model 'm' stands twice"),
        ({"cost_usd": [[1.0, 1.0]]}, r"cost_usd has shape \(1, 2\), but there are 2 prompts × 2 models"),
        ({"cost_usd": [[-1.0, 1.0], [1.0, 1.0]]}, "a cost of -1 USD"),
        ({"cost_usd": [[np.inf, 1.0], [1.0, 1.0]]}, "an infinite cost"),
    ],
)
def test_a_wrong_table_cannot_be_built(fields, told) -> None:
    """Shapes, names and ranges are checked once, when a table is made."""
    with pytest.raises(OutcomeError, match=told):
        grid(**fields) if "quality" not in fields else grid(fields["quality"])


def test_costs_that_are_all_unknown_are_no_costs() -> None:
    """A cost column without a number is as none, and asking for costs tells the way out."""
    table = grid(cost_usd=[[np.nan, np.nan], [np.nan, np.nan]], cost_source="measured")
    assert (None, None) == (table.cost_usd, table.cost_source)
    with pytest.raises(OutcomeError, match=r"has no costs. Estimate them with `with_estimated_costs"):
        table.costs()


def test_arrays_are_read_only_and_own_their_numbers() -> None:
    """Neither the table's arrays nor the ones it was made from can change it."""
    given = np.array(GRID)
    table = grid(given, cost_usd=given, responses=[["a", "b"], ["c", None]])
    given[0, 0] = 9
    assert 0.0 == table.quality[0, 0]
    for cells in (
        table.quality,
        table.cost_usd,
        table.responses,
        table.take([0]).quality,
        table.of_models(["m1"]).quality,
    ):
        with pytest.raises(ValueError, match="read-only"):
            cells[0, 0] = 0.5


def test_utility_is_quality_less_weighted_cost() -> None:
    """Utility is quality - λ · cost; λ = 0 needs no cost, any other does."""
    table = grid(cost_usd=[[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose([[-0.1, 0.8], [0.7, 0.1]], table.utility(0.1))
    np.testing.assert_array_equal(GRID, grid().utility(0))
    with pytest.raises(OutcomeError, match="has no costs"):
        grid().utility(0.1)


# -- taking and splitting -------------------------------------------------------------------


def test_take_follows_positions_or_a_mask() -> None:
    """Positions give their order, a mask the table's; every field is taken along."""
    table = table_of()
    taken, masked = table.take([2, 0]), table.take(np.array([True, False, True]))
    assert ("c", "a") == taken.prompt_ids
    assert ("a", "c") == masked.prompt_ids
    assert [[0.5, 0.0], [1.0, 0.0]] == taken.quality.tolist()
    assert (("loops", "sums"), {"shots": (5, 0)}) == (taken.categories, taken.columns)
    assert [["…", "ä"], ["y", "x"]] == taken.responses.tolist()
    assert 0 == len(table.take([]))


def test_of_models_follows_the_names() -> None:
    """Models are taken in the order asked for; an unknown one is guessed at."""
    table = table_of()
    assert [[0.0, 1.0], [1.0, 1.0], [0.0, 0.5]] == table.of_models(["small", "big"]).quality.tolist()
    with pytest.raises(OutcomeError, match=r"there is no model 'smal'. Did you mean 'small'"):
        table.of_models(["smal"])


def test_a_split_takes_70_percent_of_each_dataset() -> None:
    """Each dataset is parted 70 to 30, and every prompt is in one part."""
    table = many({"math": 100, "code": 50, "law": 10})
    train, test = table.split()
    for name, n in {"math": 70, "code": 35, "law": 7}.items():
        assert n == train.datasets.count(name)
    assert sorted(table.prompt_ids) == sorted(train.prompt_ids + test.prompt_ids)


def test_no_text_is_in_both_parts() -> None:
    """Rows of the same text stay together, whitespace aside, even in two datasets."""
    table = many(
        {"a": 60, "b": 60}, prompt=lambda dataset, i: f"shared  {i % 20}" if dataset == "a" else f"shared {i % 30}\n"
    )
    for seed in range(5):
        train, test = table.split(seed=seed)
        parts = [{" ".join(prompt.split()) for prompt in part.prompts} for part in (train, test)]
        assert set() == parts[0] & parts[1]
        assert len(train) > len(test) > 0


def test_a_split_does_not_depend_on_the_order_of_the_rows() -> None:
    """Shuffled rows are parted the same way."""
    table = many({"math": 40, "code": 20})
    shuffled = table.take(np.random.default_rng(0).permutation(60))
    assert set(table.split(seed=3)[0].prompt_ids) == set(shuffled.split(seed=3)[0].prompt_ids)


def test_a_seed_fixes_the_split_and_seeds_differ() -> None:
    """The same seed gives the same parts, another seed others."""
    table = many({"math": 40})
    assert table.split(seed=1)[0].prompt_ids == table.split(seed=1)[0].prompt_ids
    assert len({table.split(seed=seed)[0].prompt_ids for seed in range(5)}) == 5


def test_datasets_of_one_prompt_do_not_break_a_split() -> None:
    """A dataset too small to part goes to one side whole."""
    train, test = many({"big": 10, "tiny": 1}).split()
    assert (11, 1) == (len(train) + len(test), (train.datasets + test.datasets).count("tiny"))


def test_a_split_may_have_many_parts() -> None:
    """Three fractions give three parts that share nothing."""
    parts = many({"math": 100}).split_rows((0.6, 0.2, 0.2))
    assert [60, 20, 20] == [len(part) for part in parts]
    assert list(range(100)) == sorted(np.concatenate(parts).tolist())


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.2, 1.5])
def test_a_fraction_is_between_0_and_1(fraction) -> None:
    """Nothing and everything are no splits."""
    with pytest.raises(OutcomeError, match="each part is a fraction between 0 and 1"):
        many({"math": 10}).split(fraction)


def test_dataset_names_come_largest_first() -> None:
    """Datasets are listed by size, then by name."""
    assert ("c", "a", "b") == many({"b": 2, "a": 2, "c": 5}).dataset_names


# -- estimates ------------------------------------------------------------------------------

PRICES = {"m0": Price(input_usd_per_1m_tokens=1.0, output_usd_per_1m_tokens=2.0)}
PRICES["m1"] = Price(input_usd_per_1m_tokens=10.0, output_usd_per_1m_tokens=20.0)


def test_costs_are_estimated_from_tokens_and_called_estimates() -> None:
    """Tokens times list prices, and the table says that it is an estimate."""
    table = grid(prompt_tokens=[[1e6, 1e6], [0, 0]], completion_tokens=[[1e6, 1e6], [1e6, 0]])
    estimated = table.with_estimated_costs(PRICES)
    np.testing.assert_allclose([[3.0, 30.0], [2.0, 0.0]], estimated.costs())
    assert "estimated" == estimated.cost_source
    assert "estimated cost" in repr(estimated)


def test_characters_stand_in_for_tokens() -> None:
    """Lengths of answers, or the answers themselves, are turned into tokens of four characters."""
    by_length = grid(prompts=("x" * 8, "y" * 4), output_chars=[[4, 8], [0, 0]]).with_estimated_costs(PRICES)
    np.testing.assert_allclose(np.array([[4.0, 60.0], [1.0, 10.0]]) / 1e6, by_length.costs())
    by_text = grid(prompts=("", ""), responses=[["abcd", ""], ["", "x" * 8]]).with_estimated_costs(PRICES)
    np.testing.assert_allclose(np.array([[2.0, 0.0], [0.0, 40.0]]) / 1e6, by_text.costs())


def test_the_length_of_what_was_sent_comes_first() -> None:
    """A column `full_prompt_chars` counts instead of the prompt's own length."""
    table = grid(columns={"full_prompt_chars": (4e6, 0)}, completion_tokens=np.zeros((2, 2)))
    np.testing.assert_allclose([[1.0, 10.0], [0.0, 0.0]], table.with_estimated_costs(PRICES).costs())


def test_measured_costs_stay_and_only_holes_are_estimated() -> None:
    """A known cost is kept; the mixture is called an estimate; an ungraded cell gets no cost."""
    table = grid(
        [[0.0, 1.0], [np.nan, 1.0]],
        cost_usd=[[7.0, np.nan], [np.nan, 8.0]],
        prompt_tokens=np.zeros((2, 2)),
        completion_tokens=np.full((2, 2), 1e6),
    )
    estimated = table.with_estimated_costs(PRICES)
    np.testing.assert_allclose([[7.0, 20.0], [np.nan, 8.0]], estimated.costs())
    assert "estimated" == estimated.cost_source


def test_an_estimate_needs_prices_and_lengths() -> None:
    """A model without a price, or answers of unknown length, are told with the way out."""
    with pytest.raises(OutcomeError, match="no list price of 'm1'"):
        grid().with_estimated_costs({"m0": PRICES["m0"]})
    with pytest.raises(OutcomeError, match="the length of 4 answers is unknown"):
        grid().with_estimated_costs(PRICES)
    assert grid().with_estimated_costs(PRICES, completion_tokens=100).costs()[0, 0] > 0


# -- saving ---------------------------------------------------------------------------------


def test_a_saved_table_is_loaded_as_it_was(tmp_path) -> None:
    """Saving and loading keeps prompts, numbers, answers, categories and columns."""
    table = table_of()
    loaded = OutcomeTable.load(table.save(tmp_path / "a table"))
    assert table.fingerprint == loaded.fingerprint
    assert ("a table", table.categories, table.columns) == (loaded.name, loaded.categories, loaded.columns)
    assert table.responses.tolist() == loaded.responses.tolist()
    np.testing.assert_array_equal(table.completion_tokens, loaded.completion_tokens)


@pytest.mark.parametrize("source", ["measured", "estimated"])
def test_a_saved_estimate_stays_an_estimate(tmp_path, source) -> None:
    """Where costs come from is saved with them."""
    table = grid(cost_usd=GRID, cost_source=source)
    assert source == OutcomeTable.load(table.save(tmp_path)).cost_source


def test_the_cost_of_an_ungraded_answer_is_saved(tmp_path) -> None:
    """A cell with a cost and no quality keeps its cost, and a cell with nothing stays a hole."""
    table = grid([[1.0, np.nan], [np.nan, 1.0]], cost_usd=[[1.0, 2.0], [np.nan, 4.0]])
    assert table.fingerprint == OutcomeTable.load(table.save(tmp_path)).fingerprint


def test_csv_prompts_may_have_many_lines(tmp_path) -> None:
    """A folder of CSV files is read, with prompts of many lines and beyond a megabyte."""
    prompts = [f"line one of {i}\n" * 200 for i in range(600)]
    _write_csv(
        tmp_path / "prompts.csv", ["prompt_id", "dataset", "prompt"], [(i, "d", p) for i, p in enumerate(prompts)]
    )
    _write_csv(tmp_path / "outcomes.csv", ["prompt_id", "model", "score"], [(i, "m", i % 2) for i in range(600)])
    table = OutcomeTable.load(tmp_path)
    assert (tuple(prompts), 300) == (table.prompts, table.quality.sum())


def _write_csv(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_a_folder_that_is_not_there_or_not_whole_is_named(tmp_path) -> None:
    """Errors name the folder, the file that lacks, or the file that is broken."""
    with pytest.raises(OutcomeError, match="There is no folder"):
        OutcomeTable.load(tmp_path / "nowhere")
    with pytest.raises(OutcomeError, match=r"has no prompts.parquet \(nor prompts.csv\)"):
        OutcomeTable.load(tmp_path)
    (tmp_path / "prompts.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(OutcomeError, match=r"prompts.parquet cannot be read"):
        OutcomeTable.load(tmp_path)


def test_the_fingerprint_follows_the_content() -> None:
    """Any text, name, quality or cost changes the fingerprint; the table's name does not."""
    table = grid(cost_usd=GRID)
    others = [
        grid(),
        replace(table, prompts=("prompt 0", "other")),
        replace(table, datasets=("d", "e")),
        replace(table, models=("m0", "other")),
        replace(table, prompt_ids=("p0", "other")),
        replace(table, quality=np.array([[0.0, 1.0], [1.0, 0.6]])),
        replace(table, cost_usd=np.array([[0.0, 1.0], [1.0, 0.6]])),
        table.take([1, 0]),
    ]
    assert len({table.fingerprint, *(other.fingerprint for other in others)}) == 1 + len(others)
    assert table.fingerprint == replace(table, name="renamed").fingerprint


# -- the shared sets ------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("name", SETS)
def test_the_shared_sets_have_the_shapes_of_their_readme(name) -> None:
    """Each set of real outcomes loads with as many prompts and models as it is said to have."""
    if not (SHARED / name).is_dir():
        pytest.skip("../shared/outcomes is not there")
    prompts, models, has_cost = SETS[name]
    table = OutcomeTable.load(SHARED / name)
    assert (prompts, models, has_cost) == (len(table), len(table.models), table.cost_usd is not None)
    assert (104 if name == "routerbench_5shot" else 0) == table.n_missing
    train, test = table.split()
    assert set() == set(train.prompts) & set(test.prompts)
