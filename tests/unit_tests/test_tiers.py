"""Tiers: the paper's Table 6, z-scores, bounds, and what happens where figures are missing."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from langchain_dynaroute import BenchmarkTable, Candidate, Category, ModelPool, TaskProfile, TierTable
from langchain_dynaroute.benchmarks import CategoryMap
from langchain_dynaroute.decisions import Tier
from langchain_dynaroute.errors import TableError

MISC = Category.MISCELLANEOUS
TABLE_6 = list(csv.DictReader((Path(__file__).parent / "data" / "table6.csv").read_text(encoding="utf-8").splitlines()))


def scored(name, cost=None, *, last_resort=False, **percents):
    """A candidate of a total price, scored on benchmarks whose names are identifiers."""
    half = None if cost is None else cost / 2
    return Candidate(
        name, input_usd_per_1m_tokens=half, output_usd_per_1m_tokens=half, scores=percents, last_resort=last_resort
    )


def pool_of(*candidates, **benchmarks):
    """A pool whose map is Miscellaneous → HumanEval and SciCode, or what is given."""
    names = {Category[key]: value for key, value in benchmarks.items()} or {MISC: ("HumanEval", "SciCode")}
    return ModelPool(candidates, "mine", CategoryMap(names))


def names(ranking):
    """Names in order."""
    return [candidate.name for candidate in ranking]


@pytest.fixture(scope="module")
def paper():
    """The paper's pool."""
    return ModelPool.load("dynaroute-paper")


@pytest.fixture(scope="module")
def as_printed(paper):
    """The paper's pool, scored as its Table 6 is."""
    return TierTable.build(paper, scoring="mean")


@pytest.fixture(scope="module")
def default(paper):
    """The paper's pool with default scoring."""
    return TierTable.build(paper)


# -- Table 6 --------------------------------------------------------------------------------


def test_table_6_has_26_categories():
    """The copy of Table 6 is complete: all but the three categories without benchmarks."""
    missing = set(Category) - {Category(row["category"]) for row in TABLE_6}

    assert 26 == len(TABLE_6)
    assert {Category.CODE_EXPLANATION, Category.TEXT_FORMATTING_AND_EDITING, Category.ASTROLOGY} == missing


@pytest.mark.parametrize("row", TABLE_6, ids=lambda row: row["category"])
def test_the_papers_table_6_comes_out(as_printed, row):
    """Models, scores and costs of all three tiers are those the paper prints."""
    for tier in Tier:
        leader = as_printed.ranking(Category(row["category"]), tier)[0]

        assert row[f"{tier}_model"] == leader.name
        assert pytest.approx(float(row[f"{tier}_score"]), abs=0.005 + 1e-9) == leader.score
        assert float(row[f"{tier}_cost"]) == leader.cost_usd_per_1m_tokens


def test_the_upper_bound_belongs_to_the_moderate_tier(as_printed):
    """System Design's second bound is 5.5 exactly, the price of o4-mini (high), which is moderate."""
    tiers = as_printed.category(Category.SYSTEM_DESIGN)
    own = {candidate.name: candidate.tier for candidate in tiers.scored}

    assert 5.5 == tiers.thresholds[1]
    assert Tier.MODERATE is own["o4-mini (high)"]


def test_both_bounds_belong_to_the_tier_below():
    """A model on the low bound is low, on the high bound moderate, above it best."""
    pool = pool_of(*(scored(str(cost), cost, HumanEval=50 + cost) for cost in (1, 2, 3, 4, 5)))
    tiers = TierTable.build(pool, quantiles=(0.25, 0.75)).category(MISC)

    assert (2, 4) == tiers.thresholds
    assert dict(zip("12345", ("low", "low", "moderate", "moderate", "best"), strict=True)) == {
        candidate.name: candidate.tier for candidate in tiers.scored
    }


# -- scoring --------------------------------------------------------------------------------


def test_a_score_is_the_mean_of_z_scores():
    """Over benchmarks of 40, 50, 60 and 1, 3, 2 the z-scores average as computed by hand."""
    pool = pool_of(
        scored("A", 1, HumanEval=40, SciCode=1),
        scored("B", 2, HumanEval=50, SciCode=3),
        scored("C", 3, HumanEval=60, SciCode=2),
    )
    z = math.sqrt(1.5)  # (60 - 50) ÷ the population standard deviation √(200/3)

    got = {candidate.name: candidate.score for candidate in TierTable.build(pool).ranking(MISC, Tier.BEST)}

    assert {"A": pytest.approx(-z), "B": pytest.approx(z / 2), "C": pytest.approx(z / 2)} == got


def test_equal_scores_go_to_the_cheaper():
    """Of two models with the same score the cheaper one is ahead."""
    pool = pool_of(scored("dear", 9, HumanEval=50), scored("cheap", 1, HumanEval=50), scored("weak", 5, HumanEval=40))

    assert ["cheap", "dear", "weak"] == names(TierTable.build(pool).ranking(MISC, Tier.BEST))


def test_one_easy_score_cannot_lead(as_printed, default):
    """GPT-4 leads Mathematics in the paper, on HumanEval alone; by default it stands behind the tiers."""
    profile = TaskProfile(category=Category.MATHEMATICS, level=3)
    gpt_4 = next(candidate for candidate in default.look_up(profile) if candidate.name == "GPT-4")

    assert "GPT-4" == as_printed.look_up(profile)[0].name
    assert "o4-mini (high)" == default.look_up(profile)[0].name
    assert gpt_4.tier is None
    assert "1 of 6 benchmarks of Mathematics, fewer than 60%" in gpt_4.reason


def test_min_coverage_is_what_keeps_it_back():
    """A model with the easy benchmark alone leads z-scores without `min_coverage`, and not with it."""
    pool = pool_of(
        scored("all-round", 1, HumanEval=80, SciCode=40),
        scored("weak", 2, HumanEval=70, SciCode=30),
        scored("easy", 3, HumanEval=99),
    )

    assert "easy" == TierTable.build(pool, min_coverage=0).ranking(MISC, Tier.BEST)[0].name
    assert ["all-round", "weak", "easy"] == names(TierTable.build(pool).ranking(MISC, Tier.BEST))
    assert "easy" == TierTable.build(pool, scoring="mean").ranking(MISC, Tier.BEST)[0].name


def test_coverage_on_the_limit_is_enough():
    """Three of five benchmarks are 60 %, which is enough."""
    five = ("HumanEval", "SciCode", "AIME", "BBH", "MELD")
    pool = pool_of(
        scored("three", 1, HumanEval=50, SciCode=50, AIME=50),
        scored("five", 1, HumanEval=10, SciCode=10, AIME=10, BBH=10, MELD=10),
        scored("two", 1, HumanEval=60, SciCode=60),
        scored("other", 1, HumanEval=1, SciCode=1, AIME=1, BBH=1, MELD=1),
        MISCELLANEOUS=five,
    )

    assert {"three", "five", "other"} == set(names(TierTable.build(pool).category(MISC).scored))


@pytest.mark.parametrize("flat", [50.0, 80.9, 33.3])
def test_a_flat_benchmark_adds_nothing(flat):
    """A benchmark on which all models score the same changes no score, and the notes say so."""
    percents = {"A": 10, "B": 30, "C": 20, "D": 25, "E": 12, "F": 17}
    without = pool_of(*(scored(name, 1, HumanEval=value) for name, value in percents.items()))
    beside = pool_of(*(scored(name, 1, HumanEval=value, SciCode=flat) for name, value in percents.items()))

    expected = {c.name: c.score for c in TierTable.build(without).category(MISC).scored}
    tiers = TierTable.build(beside).category(MISC)

    assert {name: pytest.approx(score) for name, score in expected.items()} == {c.name: c.score for c in tiers.scored}
    assert "SciCode without spread in mine: adds nothing" in tiers.notes


def test_a_category_that_is_flat_throughout_still_ranks():
    """When no benchmark of a category tells the models apart, the cheaper is ahead, without a NaN."""
    pool = pool_of(scored("dear", 2, HumanEval=50), scored("cheap", 1, HumanEval=50))
    ranking = TierTable.build(pool).ranking(MISC, Tier.BEST)

    assert [("cheap", 0), ("dear", 0)] == [(candidate.name, candidate.score) for candidate in ranking]


# -- costs ----------------------------------------------------------------------------------


SIZES = {"MMLU-Pro": 3000, "Humanity's Last Exam": 2158, "AIME": 60, "LiveMathBench": 121}
"""Prompts of the flagship benchmarks that speak for Mathematics (LLMRouterBench, Table 9)."""


def test_measured_cost_is_usd_per_prompt_recomputed_by_hand():
    """`cost="measured"` bounds and fills the tiers by mean USD ÷ prompts over the category's benchmarks."""
    path = Path(__file__).parents[2] / "tables" / "pools" / "flagship.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    by_hand = {
        row["name"]: sum(float(row[f"usd_per_benchmark:{name}"]) / size for name, size in SIZES.items()) / len(SIZES)
        for row in rows
    }
    low, high = np.quantile(list(by_hand.values()), (0.33, 0.66))
    tiers = TierTable.build(BenchmarkTable.load("flagship"), cost="measured").category(Category.MATHEMATICS)

    assert set(SIZES) == set(tiers.benchmarks)
    assert pytest.approx((36.17 / 3000 + 137.59 / 2158 + 4.57 / 60 + 4.09 / 121) / 4) == by_hand["GPT-5"]
    assert (pytest.approx(low), pytest.approx(high)) == tiers.thresholds
    assert {name: "low" if c <= low else "moderate" if c <= high else "best" for name, c in by_hand.items()} == {
        candidate.name: candidate.tier for candidate in tiers.scored
    }


def test_measured_cost_leaves_out_what_was_not_measured():
    """GPT-5-Chat has no τ²-Bench bill: its Business cost is the mean of the two bills it has."""
    tiers = TierTable.build(BenchmarkTable.load("flagship"), cost="measured").category(Category.BUSINESS)
    reason = next(candidate.reason for candidate in tiers.scored if candidate.name == "GPT-5-Chat")

    assert {"MMLU-Pro", "Humanity's Last Exam", "τ²-Bench"} == set(tiers.benchmarks)
    assert f"${(13.44 / 3000 + 18.41 / 2158) / 2:.4g} per prompt as measured" in reason
    assert "2 of 3 benchmarks" in reason


def test_measured_and_list_price_disagree():
    """GPT-5-Chat and Gemini-Pro have one list price; measured, they are tiers apart in Mathematics."""
    table = BenchmarkTable.load("flagship")
    rungs = {
        cost: {c.name: c.tier for c in TierTable.build(table, cost=cost).category(Category.MATHEMATICS).scored}
        for cost in ("list", "measured")
    }

    assert rungs["list"]["GPT-5-Chat"] == rungs["list"]["Gemini-Pro"]
    assert ("moderate", "best") == (rungs["measured"]["GPT-5-Chat"], rungs["measured"]["Gemini-Pro"])


def test_measured_cost_needs_measurements(paper):
    """A pool in which nothing was measured refuses `cost="measured"` and names the way out."""
    with pytest.raises(TableError, match=r"dynaroute-paper: has no measured costs\. Use cost='list'"):
        TierTable.build(paper, cost="measured")


# -- tiers ----------------------------------------------------------------------------------


def test_cumulative_tiers_hold_the_cheaper_ones():
    """`tiers="cumulative"`: moderate holds the low tier too; as bands it does not."""
    pool = pool_of(scored("low", 1, HumanEval=90), scored("mid", 2, HumanEval=50), scored("top", 3, HumanEval=70))
    band, cumulative = TierTable.build(pool), TierTable.build(pool, tiers="cumulative")

    assert ["mid", "top", "low"] == names(band.ranking(MISC, Tier.MODERATE))
    assert ["low", "mid", "top"] == names(cumulative.ranking(MISC, Tier.MODERATE))
    assert names(band.ranking(MISC, Tier.LOW)) == names(cumulative.ranking(MISC, Tier.LOW)) == ["low", "mid", "top"]
    assert names(band.ranking(MISC, Tier.BEST)) == names(cumulative.ranking(MISC, Tier.BEST)) == ["low", "top", "mid"]


def test_an_empty_tier_falls_to_the_next_and_says_so():
    """Of two models none is moderate: the dearer one leads level 2, and the notes tell why."""
    table = TierTable.build(pool_of(scored("cheap", 1, HumanEval=50), scored("dear", 9, HumanEval=60)))

    assert ["dear", "cheap"] == names(table.look_up(TaskProfile(category=MISC, level=2)))
    assert ("the moderate tier of Miscellaneous is empty: taken from the next",) == table.notes(MISC, Tier.MODERATE)
    assert () == table.notes(MISC, Tier.LOW) == table.notes(MISC, Tier.BEST)


def test_a_cumulative_moderate_tier_is_never_empty():
    """With `tiers="cumulative"` the low tier fills the moderate one, and no note is due."""
    pool = pool_of(scored("cheap", 1, HumanEval=50), scored("dear", 9, HumanEval=60))
    table = TierTable.build(pool, tiers="cumulative")

    assert "cheap" == table.ranking(MISC, Tier.MODERATE)[0].name
    assert () == table.notes(MISC, Tier.MODERATE)


def test_a_level_looks_its_tier_up(default):
    """Levels 1, 2 and 3 are the low, the moderate and the best tier."""
    for level, tier in enumerate(Tier, start=1):
        looked_up = default.look_up(TaskProfile(category="Physics", level=level))

        assert default.ranking(Category.PHYSICS, tier) == looked_up
        assert tier is looked_up[0].tier


def test_quantiles_move_the_bounds(paper):
    """Other quantiles bound other tiers."""
    everything_low = TierTable.build(paper, quantiles=(1, 1)).category(MISC)

    assert {Tier.LOW} == {candidate.tier for candidate in everything_low.scored}


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ({"scoring": "median"}, "scoring='median'; choose from zscore, mean"),
        ({"tiers": "bands"}, "tiers='bands'; choose from band, cumulative"),
        ({"cost": "free"}, "cost='free'; choose from list, measured"),
        ({"quantiles": (0.7, 0.3)}, "must rise"),
        ({"quantiles": (-0.1, 0.5)}, "within 0 and 1"),
        ({"min_coverage": 1.5}, "share from 0 to 1"),
        ({"min_coverage": math.nan}, "share from 0 to 1"),
    ],
)
def test_a_setting_without_meaning_is_refused(paper, setting, text):
    """A wrong setting is an error that names it and the choices."""
    with pytest.raises(TableError, match=text.replace("(", r"\(")):
        TierTable.build(paper, **setting)


# -- what is missing ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CODE_EXPLANATION", "TEXT_FORMATTING_AND_EDITING", "ASTROLOGY"])
def test_a_category_without_benchmarks_is_scored_as_miscellaneous(default, name):
    """The three categories for which the paper lists nothing rank like Miscellaneous, and say so."""
    category = Category[name]

    for tier in Tier:
        assert names(default.ranking(MISC, tier)) == names(default.ranking(category, tier))
        assert f"{category.value} has no benchmarks: scored as Miscellaneous" in default.notes(category, tier)


def test_a_category_whose_benchmarks_the_pool_lacks_is_scored_as_miscellaneous():
    """Language Translation needs the Multilingual Index, which `flagship` has not: the notes name it."""
    table = TierTable.build(ModelPool.load("flagship"))
    notes = table.notes(Category.LANGUAGE_TRANSLATION, Tier.BEST)

    assert "none of its benchmarks (Multilingual Index) in flagship: scored as Miscellaneous" in notes[0]
    assert table.category(MISC).benchmarks == table.category(Category.LANGUAGE_TRANSLATION).benchmarks


def test_without_miscellaneous_benchmarks_all_of_the_pool_count():
    """A pool that covers neither a category nor Miscellaneous is scored by all it has, and says both."""
    pool = pool_of(scored("A", 1, AIME=50), scored("B", 1, AIME=60), LAW=("BBH",), MISCELLANEOUS=("MELD",))
    table = TierTable.build(pool)

    assert ["B", "A"] == names(table.ranking(Category.LAW, Tier.BEST))
    assert ("AIME",) == table.category(Category.LAW).benchmarks
    assert [True, True] == [
        text in " ".join(table.notes(Category.LAW, Tier.BEST))
        for text in ("(BBH) in mine: scored as Miscellaneous", "(MELD) in mine: scored by all benchmarks of mine")
    ]


def test_a_covered_category_needs_no_note(default):
    """A category that is scored by its own benchmarks leaves no note."""
    assert () == default.notes(Category.PHYSICS, Tier.LOW)


def test_a_candidate_without_price_is_left_out_with_that_reason(default):
    """DeepSeek V3 has no price in the paper: it is in no ranking, and the reason says what to give."""
    rejected = {candidate.name: candidate.reason for candidate in default.rejected}

    assert ["DeepSeek V3"] == list(rejected)
    assert "no price: left out of the tiers (give input_usd_per_1m_tokens" in rejected["DeepSeek V3"]
    assert "DeepSeek V3" not in names(default.ranking(Category.PHYSICS, Tier.BEST))


def test_half_a_price_is_no_price():
    """A candidate with only an input price is left out like one with none."""
    half = Candidate("half", input_usd_per_1m_tokens=1, scores={"HumanEval": 90})
    table = TierTable.build(pool_of(half, scored("whole", 2, HumanEval=50)))

    assert ["half"] == names(table.rejected)
    assert ["whole"] == names(table.ranking(MISC, Tier.LOW))


def test_a_priced_candidate_without_score_stays_behind_the_tiers(default):
    """GPT-3.5 Turbo has a price and no score: it is ranked behind every scored model."""
    tiers = default.category(Category.PHYSICS)
    last = next(candidate for candidate in tiers.tail if candidate.name == "GPT-3.5 Turbo")

    assert (None, None, 2.0) == (last.score, last.tier, last.cost_usd_per_1m_tokens)
    assert "no score for Physics: behind the tiers" in last.reason
    assert sorted(c.cost_usd_per_1m_tokens for c in tiers.tail) == [c.cost_usd_per_1m_tokens for c in tiers.tail]


def test_a_pool_without_any_price_is_ranked_by_score():
    """Without a price there are no tiers: every level is ranked by score, and the notes say so."""
    table = TierTable.build(pool_of(scored("B", HumanEval=50), scored("none"), scored("A", HumanEval=60)))

    for tier in Tier:
        assert ["A", "B", "none"] == names(table.ranking(MISC, tier))
        assert "no model of mine has a price: there are no tiers, only scores" in table.notes(MISC, tier)
    assert () == table.rejected
    assert (None, None, None) == tuple(candidate.tier for candidate in table.ranking(MISC, Tier.LOW))


@pytest.mark.parametrize("scoring", ["zscore", "mean"])
def test_a_pool_without_any_score_is_ranked_by_price(scoring):
    """Without a score the price stands in for it: cheap at level 1, dear at level 3, and the notes say so."""
    table = TierTable.build(pool_of(scored("mid", 2), scored("dear", 3), scored("cheap", 1)), scoring=scoring)

    assert [["cheap", "mid", "dear"], ["mid", "dear", "cheap"], ["dear", "mid", "cheap"]] == [
        names(table.ranking(MISC, tier)) for tier in Tier
    ]
    assert {None} == {candidate.score for candidate in table.ranking(MISC, Tier.BEST)}
    assert "mine has no benchmark scores: ranked by price alone, dearer taken as better" in table.notes(MISC, Tier.LOW)


def test_a_pool_without_price_and_score_keeps_its_order():
    """Where nothing is known, candidates stand in the order given."""
    table = TierTable.build(pool_of(scored("first"), scored("second"), scored("third")))

    assert [["first", "second", "third"]] * 3 == [names(table.ranking(MISC, tier)) for tier in Tier]


def test_the_last_resort_is_last():
    """A last resort stands behind all others, however well it scores, and bounds no tier."""
    others = [scored("A", 10, HumanEval=50), scored("B", 20, HumanEval=60), scored("unscored", 30)]
    best = scored("local", 0, last_resort=True, HumanEval=99)
    table = TierTable.build(pool_of(best, *others))

    for tier in Tier:
        assert "local" == table.ranking(MISC, tier)[-1].name
        assert 4 == len(table.ranking(MISC, tier))
    assert "last resort" in table.ranking(MISC, Tier.LOW)[-1].reason
    assert TierTable.build(pool_of(*others)).category(MISC).thresholds == table.category(MISC).thresholds


def test_a_last_resort_needs_no_price():
    """A last resort without price is ranked last, and not rejected for it."""
    table = TierTable.build(pool_of(scored("local", last_resort=True), scored("A", 1, HumanEval=50)))

    assert ["A", "local"] == names(table.ranking(MISC, Tier.LOW))
    assert () == table.rejected


def test_a_last_resort_alone_still_answers():
    """A pool of nothing but a last resort ranks it."""
    table = TierTable.build(pool_of(scored("local", 0, last_resort=True)))

    assert [["local"]] * 3 == [names(table.ranking(MISC, tier)) for tier in Tier]


def test_the_best_single_has_the_best_mean_over_all_benchmarks():
    """The reference model is the best over all benchmarks, among those with a price and coverage."""
    pool = pool_of(
        scored("A", 1, HumanEval=60, SciCode=60, AIME=60),
        scored("B", 1, HumanEval=50, SciCode=70, AIME=90),
        scored("easy", 1, HumanEval=99),
        scored("unpriced", HumanEval=99, SciCode=99, AIME=99),
        scored("local", 0, last_resort=True, HumanEval=99, SciCode=99, AIME=99),
    )

    assert "B" == TierTable.build(pool).best_single
    assert TierTable.build(pool_of(scored("A", 1))).best_single is None


def test_the_flagships_best_single_is_gpt_5():
    """GPT-5 has the best mean z-score of the flagship pool."""
    assert "GPT-5" == TierTable.build(ModelPool.load("flagship")).best_single


# -- every ranking --------------------------------------------------------------------------


@pytest.mark.parametrize("tiers", ["band", "cumulative"])
@pytest.mark.parametrize("scoring", ["zscore", "mean"])
@pytest.mark.parametrize("name", ["flagship", "dynaroute-paper", "lightweight"])
def test_every_ranking_holds_every_priced_candidate_once(name, scoring, tiers):
    """For all 29 categories and 3 levels no priced candidate is lost or doubled, and no other is in."""
    pool = ModelPool.load(name)
    table = TierTable.build(pool, scoring=scoring, tiers=tiers)
    priced = sorted(c.name for c in pool if c.price.total_usd_per_1m_tokens is not None)

    for category in Category:
        for level in (1, 2, 3):
            ranking = table.look_up(TaskProfile(category=category, level=level))

            assert priced == sorted(names(ranking))
            assert all(candidate.reason for candidate in ranking)
            assert not any(candidate.score is not None and math.isnan(candidate.score) for candidate in ranking)
    assert {candidate.name for candidate in pool} - set(priced) == set(names(table.rejected))


def test_measured_rankings_hold_every_candidate_once():
    """With measured costs too, all 13 flagships are in each of the 87 rankings."""
    pool = ModelPool.load("flagship")
    table = TierTable.build(pool, cost="measured")

    assert {tuple(sorted(candidate.name for candidate in pool))} == {
        tuple(sorted(names(table.ranking(category, tier)))) for category in Category for tier in Tier
    }
