"""Figures of a classifier: worked out by hand, and against slower ways to the same number."""

from __future__ import annotations

import random

import numpy as np
import pytest

from langchain_dynaroute import Category, ModelPool, TaskProfile
from langchain_dynaroute.benchmarks import category_groups
from langchain_dynaroute.classifiers import training_metrics
from langchain_dynaroute.evaluation.decision_agreement import DecisionJudge
from langchain_dynaroute.evaluation.labelled_prompts import PromptRow
from langchain_dynaroute.evaluation.predictions import CATEGORIES, UNKNOWN, Profiles
from langchain_dynaroute.evaluation.profile_metrics import (
    Confusion,
    calibration_error,
    confusion_pairs,
    figures_of,
    macro_f1,
)

LAW, BUSINESS, BIOLOGY = Category.LAW, Category.BUSINESS, Category.BIOLOGY


def labelled(*labels):
    return Profiles.labelled([PromptRow("?", "s", category, level) for category, level in labels])


def said(*profiles):
    """Profiles with the given confidence in category and level."""
    return Profiles.predicted(
        [
            TaskProfile(
                category=category,
                level=level,
                category_probabilities={category: sure},
                level_probabilities={level: sure},
            )
            for category, level, sure in profiles
        ]
    )


def test_figures_are_those_worked_out_by_hand() -> None:
    """Of Law, Law, Business and Biology read as Law, Business, Business and Law, half is right and three groups are."""
    right = labelled((LAW, 1), (LAW, 2), (BUSINESS, None), (BIOLOGY, 3))
    guess = said((LAW, 1, 0.9), (BUSINESS, 1, 0.9), (BUSINESS, 3, 0.9), (LAW, 3, 0.9))
    found = figures_of(right, guess)
    assert (found.category_prompts, found.level_prompts) == (4, 3)
    assert found.category_accuracy == 0.5
    assert found.group_accuracy == 0.75
    assert found.level_accuracy == pytest.approx(2 / 3)
    # F1: Law 2·1/(2+2), Business 2·1/(1+2), Biology 0; levels: 1 is 2·1/(1+2), 2 is 0, 3 is 1
    assert found.category_macro_f1 == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    assert found.level_macro_f1 == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert found.category_calibration_error == pytest.approx(0.4)


def test_what_cannot_be_said_is_none() -> None:
    """Without labels, and of a classifier that gives no category or no confidence, there is no figure."""
    right = labelled((LAW, None), (BIOLOGY, None))
    levels_only = Profiles.unknown(2)
    levels_only.level[:] = 1
    found = figures_of(right, levels_only)
    assert found.category_accuracy is None
    assert found.group_accuracy is None
    assert found.category_macro_f1 is None
    assert found.level_accuracy is None
    assert found.category_calibration_error is None
    assert (found.category_prompts, found.level_prompts) == (2, 0)


def test_the_error_of_calibration_is_the_mean_gap_of_the_bins() -> None:
    """Confidence 0.9 on two of which one is right, and 0.5 on one that is wrong: (2·0.4 + 0.5) / 3."""
    assert calibration_error(np.array([0.9, 0.9, 0.5]), np.array([True, False, False])) == pytest.approx(1.3 / 3)
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_metrics_agree_with_slower_ways() -> None:
    """On random labels macro-F1 is scikit-learn's, calibration that of the training, groups those of Table 4."""
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(1)
    for _ in range(5):
        right, guess = generator.integers(0, 29, (2, 300))
        assert macro_f1(right, guess) == pytest.approx(sklearn_metrics.f1_score(right, guess, average="macro"))
        shares = generator.dirichlet(np.ones(29), 300)
        hits = shares.argmax(axis=1) == right
        expected = training_metrics.expected_calibration_error(shares, right)
        assert calibration_error(shares.max(axis=1), hits) == pytest.approx(expected)
        groups = [category_groups()[category] for category in CATEGORIES]
        profiles = Profiles.unknown(300)
        profiles.category[:] = guess
        truth = Profiles.unknown(300)
        truth.category[:] = right
        by_hand = sum(groups[a] == groups[b] for a, b in zip(right, guess, strict=True)) / 300
        assert figures_of(truth, profiles).group_accuracy == pytest.approx(by_hand)


def test_confusions_are_counted_with_their_share() -> None:
    """Pairs come most frequent first, with their share of the right label; unknown labels do not count."""
    right = np.array([0, 0, 0, 1, UNKNOWN])
    guess = np.array([1, 1, 0, 0, 1])
    assert (Confusion("a", "b", 2, 2 / 3), Confusion("b", "a", 1, 1.0)) == confusion_pairs(right, guess, ["a", "b"])
    assert 1 == len(confusion_pairs(right, guess, ["a", "b"], most=1))


@pytest.fixture(scope="module")
def judge() -> DecisionJudge:
    return DecisionJudge(ModelPool.load("flagship"))


def test_a_right_profile_costs_nothing(judge) -> None:
    """Where every profile is right, every choice is the same and nothing is lost."""
    right = labelled((LAW, 1), (BIOLOGY, 3))
    found = judge.agreement(right, said((LAW, 1, 1), (BIOLOGY, 3, 1)))
    assert (found.prompts, found.agreement, found.score_points, found.usd_per_1m_tokens) == (2, 1, 0, 0)
    assert (found.cheaper, found.dearer) == (0, 0)


def test_a_level_too_low_is_cheaper_and_weaker(judge) -> None:
    """Hard mathematics read as simple goes to the low tier's leader: its price and score less those of the best."""
    mathematics = Category.MATHEMATICS
    best = judge.tiers.look_up(TaskProfile(category=mathematics, level=3))[0]
    low = judge.tiers.look_up(TaskProfile(category=mathematics, level=1))[0]
    found = judge.agreement(labelled((mathematics, 3)), said((mathematics, 1, 1)))
    assert (found.agreement, found.cheaper, found.dearer) == (0, 1, 0)
    assert found.usd_per_1m_tokens == pytest.approx(low.cost_usd_per_1m_tokens - best.cost_usd_per_1m_tokens)
    assert found.usd_share == pytest.approx(low.cost_usd_per_1m_tokens / best.cost_usd_per_1m_tokens - 1)
    assert found.z_score == pytest.approx(low.score - best.score)
    assert found.score_points < 0


def test_agreement_is_what_looking_up_each_prompt_gives(judge) -> None:
    """On random profiles agreement and money are those of one look-up after the other; a missing label is left out."""
    generator = random.Random(3)  # noqa: S311 - a made-up example
    draw = lambda: (generator.choice(CATEGORIES), generator.randint(1, 3))  # noqa: E731
    truths, guesses = [draw() for _ in range(60)], [(*draw(), 0.5) for _ in range(60)]
    pairs = [
        (
            judge.tiers.look_up(TaskProfile(category=a, level=b))[0],
            judge.tiers.look_up(TaskProfile(category=c, level=d))[0],
        )
        for (a, b), (c, d, _) in zip(truths, guesses, strict=True)
    ]
    found = judge.agreement(labelled(*truths, (LAW, None)), said(*guesses, (LAW, 1, 0.5)))
    assert found.prompts == 60
    assert found.agreement == pytest.approx(sum(a.name == b.name for a, b in pairs) / 60)
    usd = sum(b.cost_usd_per_1m_tokens - a.cost_usd_per_1m_tokens for a, b in pairs) / 60
    assert found.usd_per_1m_tokens == pytest.approx(usd)


def test_there_is_no_agreement_without_both_labels(judge) -> None:
    """Prompts that lack a label, or a classifier that gives levels alone, have no agreement."""
    assert judge.agreement(labelled((LAW, None)), said((LAW, 1, 1))) is None
    assert judge.agreement(labelled((LAW, 1)), Profiles.unknown(1)) is None
