"""How a table is parted: shares, texts, seeds, and LLMRank's preprocessing."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_outcomes import random_table

from langchain_dynaroute.bench.protocol import PROTOCOLS, SEEDS, llmrank_preprocessed, splits_of
from langchain_dynaroute.errors import OutcomeError


def shares_by_dataset(table, rows) -> dict[str, float]:
    return {
        name: sum(table.datasets[i] == name for i in rows) / table.datasets.count(name) for name in table.dataset_names
    }


def test_seven_tenths_within_each_dataset() -> None:
    """70 % of every dataset are learned from and 30 % judged, within rounding; together they are everything."""
    table = random_table({"a": 100, "b": 33, "c": 10})
    for split in splits_of(table):
        for name, share in shares_by_dataset(table, split.train).items():
            assert abs(share - 0.7) * table.datasets.count(name) <= 0.5 + 1e-9
        assert sorted([*split.train, *split.test]) == list(range(143))


def test_llmrank_takes_70_15_15_within_each_dataset() -> None:
    """LLMRank's validation and test parts are 15 % each of every dataset, within rounding."""
    table = random_table({"a": 100, "b": 40})
    (split,) = splits_of(table, "llmrank", [1])
    assert split.validation is not None
    for rows, fraction in ((split.train, 0.7), (split.validation, 0.15), (split.test, 0.15)):
        for name, share in shares_by_dataset(table, rows).items():
            assert abs(share - fraction) * table.datasets.count(name) <= 1
    assert sorted([*split.train, *split.validation, *split.test]) == list(range(140))


def test_llmrank_balances_the_subjects() -> None:
    """Each subject with 20 prompts or more is parted 70/15/15 of its own (LLMRank, B.1); small ones go together."""
    subjects = tuple(f"subject {i % 4}" for i in range(160)) + tuple(f"rare {i}" for i in range(20))
    table = random_table({"mmlu": 180}, categories=subjects)
    for split in splits_of(table, "llmrank"):
        for subject in sorted(set(subjects[:160])):
            assert sum(subjects[i] == subject for i in split.train) == 28
            assert sum(subjects[i] == subject for i in split.test) == 6
        assert sum(subjects[i].startswith("rare") for i in split.test) == 3


def test_five_seeds_give_five_splits() -> None:
    """The paper's seeds part differently, a seed given twice counts once, and the same seed parts the same."""
    table = random_table()
    splits = splits_of(table, seeds=[*SEEDS, 42])
    assert [split.seed for split in splits] == list(SEEDS)
    assert len({split.test.tobytes() for split in splits}) == 5
    for one, again in zip(splits, splits_of(table), strict=True):
        assert np.array_equal(one.test, again.test)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_text_is_on_both_sides(protocol) -> None:
    """A text that stands in several datasets, spaced otherwise, is never learned from and judged at once."""
    rng = np.random.default_rng(0)
    texts = tuple(f"  text {number}" + " " * (i % 3) for i, number in enumerate(rng.integers(0, 40, 100)))
    table = random_table({"a": 60, "b": 40}, prompts=texts)
    for split in splits_of(table, protocol):
        judged = {texts[i].strip() for i in split.test}
        learned = {texts[i].strip() for i in split.train}
        validated = set() if split.validation is None else {texts[i].strip() for i in split.validation}
        assert not judged & learned
        assert not validated & (judged | learned)


def test_leave_dataset_out_judges_each_dataset_in_turn() -> None:
    """Every dataset is judged once a seed, by who has seen only the others."""
    table = random_table({"a": 12, "b": 8, "c": 5})
    splits = splits_of(table, "leave-dataset-out", [7, 8])
    assert [split.name for split in splits[:3]] == ["without a, seed 7", "without b, seed 7", "without c, seed 7"]
    assert len(splits) == 6
    for split in splits:
        assert len({table.datasets[i] for i in split.test}) == 1
        assert {table.datasets[i] for i in split.test}.isdisjoint({table.datasets[i] for i in split.train})


def test_missing_outcomes_are_learned_from_and_not_judged() -> None:
    """A prompt that lacks an outcome of some model may be in training, never among the judged."""
    quality = np.array(random_table().quality)
    quality[::4, 1] = np.nan
    table = random_table(quality=quality)
    for split in splits_of(table):
        assert table.is_complete[split.test].all()
        assert not table.is_complete[split.train].all()


def test_a_tiny_dataset_may_be_judged_in_no_split() -> None:
    """A dataset of one prompt is wholly in training: 70 % of 1 is 1."""
    table = random_table({"big": 50, "tiny": 1})
    assert all(50 in split.train for split in splits_of(table))


def test_errors_say_what_is_wrong() -> None:
    """An unknown protocol, no seed, one dataset to leave out, nothing complete: each is told."""
    one, incomplete = random_table({"a": 20}), np.full((100, 3), np.nan)
    with pytest.raises(
        OutcomeError, match=r"no protocol 'x'\. Choose from: llmrouterbench, llmrank, leave-dataset-out"
    ):
        splits_of(one, "x")
    with pytest.raises(OutcomeError, match="no seed is given"):
        splits_of(one, seeds=[])
    with pytest.raises(OutcomeError, match="has one dataset; leaving it out"):
        splits_of(one, "leave-dataset-out")
    with pytest.raises(OutcomeError, match="no complete prompt to judge"):
        splits_of(random_table(quality=incomplete, cost_usd=None), "leave-dataset-out")
    with pytest.raises(OutcomeError, match="leaves 0 complete prompts to learn from and 0 to judge"):
        splits_of(random_table(quality=incomplete, cost_usd=None))


def test_preprocessing_counts_what_it_leaves_out() -> None:
    """Chinese, unsolved and rare prompts go out, each counted once, and the counts add up."""
    quality = np.ones((180, 3))
    quality[:10] = 0
    texts = [f"question {i}" for i in range(180)]
    texts[5:20] = [f"地球的半径是多少 {i}" for i in range(15)]
    table = random_table({"big": 120, "small": 60}, prompts=tuple(texts), quality=quality)
    table = table.take(np.r_[0:169])
    kept, notes = llmrank_preprocessed(table)
    assert set(kept.datasets) == {"big"}
    assert len(kept) == 100
    assert notes == (
        "15 prompts in Chinese left out",
        "5 prompts that no model solves left out",
        "49 prompts of 1 datasets under 50 prompts left out",
    )
    assert len(table) - len(kept) == 15 + 5 + 49


def test_a_dataset_of_fifty_stays() -> None:
    """50 prompts are enough; the paper leaves out those with under 50."""
    table = random_table({"a": 50}, quality=np.ones((50, 3)))
    assert len(llmrank_preprocessed(table)[0]) == 50


@pytest.mark.parametrize(
    "table",
    [
        random_table({"a": 60}, prompts=tuple(f"中文问题在这里 {i}" for i in range(60))),
        random_table({"a": 60}, quality=np.zeros((60, 3))),
        random_table({"a": 60}).take([]),
    ],
    ids=["Chinese", "unsolved", "empty"],
)
def test_nothing_left_is_an_error(table) -> None:
    """A table that is all Chinese, unsolved or empty leaves nothing, and that is said."""
    with pytest.raises(OutcomeError, match="nothing is left after LLMRank's preprocessing"):
        llmrank_preprocessed(table)
