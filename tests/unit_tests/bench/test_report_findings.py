"""What a report says in sentences, and how it writes numbers."""

from __future__ import annotations

import math

import pytest
from bench_results import make_results

from langchain_dynaroute.bench.report import findings, openings
from langchain_dynaroute.bench.report.formats import clean, decimal, interval, listed, percent, short, usd
from langchain_dynaroute.bench.report.roster import Roster


def small(**choices):
    """Return a run that is quick to make."""
    return make_results(**({"models": 4, "routers": 3, "datasets": 4, "seeds": 3, "sweep": 11} | choices))


def with_differences(*bounds, **choices) -> Roster:
    """Return a run whose routers' intervals are these."""
    results = small(routers=len(bounds), **choices)
    board = results.leaderboard
    for place, (low, high) in enumerate(bounds):
        board.loc[place, ["difference", "difference_low", "difference_high"]] = [(low + high) / 2, low, high]
    return Roster(results)


def test_routers_are_told_apart_by_where_their_interval_lies() -> None:
    """Wholly above zero beats, wholly below is worse, across is unclear; a bound of zero does not beat."""
    roster = with_differences((0.01, 0.03), (-0.03, -0.01), (0.0, 0.04))
    above, below, across = findings.by_verdict(roster)
    assert ["Avengers-Pro"] == [row["router"] for row in above]
    assert ["kNN (k = 20)"] == [row["router"] for row in below]
    assert ["EmbedLLM"] == [row["router"] for row in across]
    assert "1 of 3 routers beats the best single model, GPT-5" in findings.verdict(roster)
    assert "kNN (k = 20) (−2.0 points) is worse than that model beyond the interval." == findings.worse(roster)
    assert findings.unclear(roster).startswith("For EmbedLLM (+2.0 points) the interval includes zero")


def test_it_says_so_when_no_router_beats_the_best_single_model() -> None:
    """The unpleasant finding comes first, in plain words."""
    told = findings.findings(with_differences((-0.01, 0.02), (-0.03, -0.01)))
    assert told[0].startswith("No router beats the best single model, GPT-5, known from training: none of 2 routers")


def test_without_intervals_nothing_is_claimed() -> None:
    """A run without intervals names the best router and says that chance is not ruled out."""
    roster = with_differences((math.nan, math.nan))
    roster.results.leaderboard.loc[0, "difference"] = 0.02
    told = findings.verdict(Roster(roster.results))
    assert told.endswith("there are no intervals, so chance is not ruled out.")
    assert findings.chance(roster) == ""


def test_savings_say_on_how_many_splits_they_rest() -> None:
    """A router that matches the best single model on some splits only is told with their number."""
    results = small()
    results.leaderboard.loc[:2, ["cost_save", "cost_save_n"]] = [[0.5, 3], [0.25, 2], [math.nan, 0]]
    told = findings.saving(Roster(results))
    assert "Avengers-Pro 50 % and kNN (k = 20) 25 % (on 2 of 3 splits)." in told
    assert "EmbedLLM has no configuration as accurate as the best single model." == findings.never(Roster(results))


def test_estimated_costs_are_called_estimated() -> None:
    """Every sentence about money says when it is estimated."""
    roster = Roster(small(costs="estimated"))
    assert "(estimated)" in findings.saving(roster)
    assert "is estimated to cost" in findings.price(roster)
    assert "an estimated" in openings.matched_cost(roster)
    assert "Estimated cost, USD per 1,000 prompts" == roster.cost_title


def test_without_costs_no_sentence_is_about_money() -> None:
    """A run without costs has no sentence about USD, saving or cost."""
    roster = Roster(small(costs=None))
    told = " ".join([*findings.findings(roster), openings.gains(roster)]).lower()
    assert not any(word in told for word in ("usd", "cost", "saved", "money"))


def test_the_way_to_the_oracle_is_told() -> None:
    """The share that is won is the gain over best single, over the oracle's."""
    results = small()
    board = results.leaderboard.set_index("router")
    for name, value in {"Avengers-Pro": 0.6, "Best single": 0.5, "Oracle": 0.9, "Dataset oracle": 0.7}.items():
        results.leaderboard.loc[board.index.get_loc(name), "avg_acc"] = value
    results.leaderboard.loc[1:2, "avg_acc"] = 0.4
    roster = Roster(results)
    assert findings.ceiling(roster).endswith(
        "30.0 points are left; of the way from the best single model in hindsight to it, 25 % is won."
    )
    assert findings.dataset_oracle(roster).endswith("Avengers-Pro stays 10.0 points below it.")


def test_every_opening_is_one_paragraph_of_words() -> None:
    """Each section opens with a sentence without a missing figure."""
    roster = Roster(small())
    told = [getattr(openings, name)(roster) for name in (
        "leaderboard", "frontier", "gains", "datasets", "hardness", "shares", "matched_cost", "curation", "latency",
    )]  # fmt: skip
    assert all(sentence.endswith(".") and "nan" not in sentence and "–" not in sentence for sentence in told)


def test_the_hardness_sentence_weighs_by_prompts() -> None:
    """Accuracy on 1 to 3 right models is a mean over prompts, not over bars."""
    results = small(routers=1)
    keep = results.hardness
    keep = keep[keep["kind"] == "router"].head(3).reset_index(drop=True)
    keep["n_correct"], keep["prompts"], keep["accuracy"] = [0, 1, 2], [10, 30, 10], [0.0, 0.2, 0.6]
    results.hardness = keep
    assert openings.hardness(Roster(results)) == (
        "On the 40 prompts (80.0 %) that only 1 to 3 models answer, Avengers-Pro is right on 30.0 %."
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0123, "12.3"),
        (0.00000123, "0.00123"),
        (1.5, "1,500"),
        (0.0, "0"),
        (math.nan, "–"),
        (None, "–"),
        (0.000999, "0.999"),
    ],
)
def test_money_is_told_for_a_thousand_prompts(value, told) -> None:
    """USD a prompt becomes USD for a thousand, to about three figures."""
    assert told == usd(value)


def test_numbers_have_a_true_minus_and_no_signed_zero() -> None:
    """−1.2 has the minus sign of typography; what rounds to zero has no sign."""
    assert ("−1.2", "0.0", "+1.0", "–") == (
        decimal(-1.23), decimal(-0.01, sign=True), percent(0.01, sign=True), decimal(math.inf),
    )  # fmt: skip


def test_a_bound_shows_its_side_of_zero() -> None:
    """A bound that rounds to zero gets more digits, so that a reader sees whether zero is inside."""
    assert "[+0.02, +2.4]" == interval(0.0002, 0.024)
    assert "[−0.02, 0.0]" == interval(-0.0002, 0.0)
    assert "" == interval(math.nan, 0.1)


def test_names_lose_control_characters_and_are_cut_politely() -> None:
    """Line breaks, zero-width and direction marks go; long names end in an ellipsis."""
    assert "a b🚀" == clean("a\n\u202eb\u200b🚀")
    assert "" == clean(math.nan)
    assert "Qwen3-235B…" == short("Qwen3-235B-A22B-Thinking", 12)
    assert "a, b, c and 3 more" == listed("abcdef")
