"""Decisions: ranking, exclusions, reach, price bound and forced models come together."""

from __future__ import annotations

import pytest
from fakes import FixedClassifier, candidate
from langchain_core.messages import HumanMessage

from langchain_dynaroute import Candidate, Category, ModelPool, ScoredCandidate, TaskProfile
from langchain_dynaroute.errors import NoEligibleCandidateError, PoolError
from langchain_dynaroute.policy import RoutingPolicy
from langchain_dynaroute.pool import RequestNeeds
from langchain_dynaroute.routers import Router, TierTableRouter

HELLO = [HumanMessage("hello")]
PICTURE = [HumanMessage([{"type": "image", "url": "https://example.com/cat.png"}])]
SIMPLE = TaskProfile(category="Miscellaneous", level=1)
COMPLEX = TaskProfile(category="Miscellaneous", level=3)


def policy_of(pool, router="optimum", ratio=None):
    """A policy with a classifier that is never asked."""
    return RoutingPolicy.of(router, pool, FixedClassifier(), ratio)


def priced(name, total, percent=None, **fields):
    """A candidate of a total price and maybe an MMLU-Pro score."""
    return Candidate(
        name,
        input_usd_per_1m_tokens=total / 2,
        output_usd_per_1m_tokens=total / 2,
        scores={} if percent is None else {"MMLU-Pro": percent},
        **fields,
    )


def names(items):
    """Names in order."""
    return [item.name for item in items]


@pytest.fixture
def pool():
    """Three candidates: cheap and weak, in the middle, dear and strong."""
    return ModelPool([priced("cheap", 1, 40), priced("mid", 2, 50), priced("dear", 10, 60)], "mine")


def test_a_decision_says_what_it_was_made_from(pool):
    """Router, pool, profile and the whole ranking are in the decision."""
    decision = policy_of(pool, "low-cost").decide(HELLO, COMPLEX)

    assert ("low-cost", "mine", COMPLEX) == (decision.router, decision.pool, decision.profile)
    assert ["cheap", "mid", "dear"] == names(decision.ranking)
    assert ((), (), None) == (decision.rejected, decision.notes, decision.max_fallback_price_ratio)


def test_notes_reach_the_decision():
    """What was not as expected is told in the decision."""
    decision = policy_of("flagship").decide(HELLO, TaskProfile(category="Astrology", level=1))

    assert ("Astrology has no benchmarks: scored as Miscellaneous",) == decision.notes


def test_candidates_without_price_are_rejected_with_that_reason():
    """A candidate that no tier can hold is in the decision, among the rejected."""
    decision = policy_of("dynaroute-paper").decide(HELLO, SIMPLE)

    assert ["DeepSeek V3"] == names(decision.rejected)
    assert "no price" in decision.rejected[0].reason


def test_nobody_is_rejected_twice():
    """A candidate without price that also lacks an ability is named once."""
    pool = ModelPool([priced("A", 1), Candidate("B", image_input=False)])

    assert ["B"] == names(policy_of(pool).decide(PICTURE, SIMPLE).rejected)


# -- abilities and reach --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "needs", "lacks", "reason"),
    [
        (PICTURE, None, {"image_input": False}, "cannot read images"),
        (HELLO, RequestNeeds(tool_calling=True), {"tool_calling": False}, "cannot call tools"),
        (
            HELLO,
            RequestNeeds(structured_output=True),
            {"structured_output": False, "tool_calling": False},
            "cannot give structured output, by schema or by tool",
        ),
        (
            [HumanMessage("word " * 200)],
            None,
            {"max_input_tokens": 20},
            "context window of 20 tokens is too small for about 250",
        ),
    ],
)
def test_abilities_exclude_with_a_reason(messages, needs, lacks, reason):
    """Images, tools, structure and length each exclude the one that cannot, though it ranks first."""
    pool = ModelPool([priced("first", 1, 90, **lacks), priced("second", 2, 50), priced("third", 3, 40)])
    decision = policy_of(pool).decide(messages, SIMPLE, needs)

    assert "first" == policy_of(pool).decide(HELLO, SIMPLE).model
    assert ["second", "third"] == names(decision.ranking)
    assert [("first", reason)] == [(item.name, item.reason) for item in decision.rejected]


def test_when_all_are_excluded_every_reason_is_told():
    """A request that nobody may answer names each candidate with its reason."""
    pool = ModelPool([priced("A", 1, image_input=False), priced("B", 1, max_input_tokens=5), Candidate("C")])

    with pytest.raises(NoEligibleCandidateError) as caught:
        policy_of(pool).decide(PICTURE, SIMPLE)

    for line in ("- A: cannot read images", "- B: context window of 5 tokens", "- C: no price"):
        assert line in str(caught.value)


def test_reach_never_moves_a_candidate(monkeypatch):
    """Without any key the ranking is the same; each place says what is missing."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    hard_sums = TaskProfile(category="Mathematics", level=3)
    with_key = policy_of("flagship").decide(HELLO, hard_sums)
    monkeypatch.delenv("OPENAI_API_KEY")
    without = policy_of("flagship").decide(HELLO, hard_sums)

    assert names(with_key.ranking) == names(without.ranking)
    assert () == without.rejected
    assert ("GPT-5", True, None) == (with_key.model, with_key.chosen.reachable, with_key.chosen.missing)
    assert ("GPT-5", False, "OPENAI_API_KEY") == (without.model, without.chosen.reachable, without.chosen.missing)


def test_the_last_resort_is_behind_every_router():
    """A last resort stays last for all three routers."""
    pool = ModelPool([priced("local", 0, 99, last_resort=True), priced("A", 1, 40), priced("B", 9, 50)])

    assert {"local"} == {
        policy_of(pool, router).decide(HELLO, SIMPLE).ranking[-1].name
        for router in ("optimum", "low-cost", "best-performance")
    }


# -- the price of falling back --------------------------------------------------------------


def test_a_fallback_above_the_bound_is_rejected_with_the_sum(pool):
    """`max_fallback_price_ratio` takes out what costs more than so many times the first choice."""
    decision = policy_of(pool, ratio=2).decide(HELLO, SIMPLE)

    assert ["cheap", "mid"] == names(decision.ranking)
    assert [("dear", "$10 per 1M tokens, above max_fallback_price_ratio 2 × $1")] == [
        (item.name, item.reason) for item in decision.rejected
    ]
    assert 2 == decision.max_fallback_price_ratio


def test_the_bound_belongs_to_what_is_allowed():
    """Exactly three times the price is not above three times the price, in floating point too."""
    pool = ModelPool([priced("first", 0.7, 90), priced("thrice", 2.1, 50)])

    assert ["first", "thrice"] == names(policy_of(pool, ratio=3).decide(HELLO, SIMPLE).ranking)


def test_cheaper_fallbacks_are_never_bounded(pool):
    """From a dear first choice all cheaper ones stay, whatever the ratio."""
    assert ["dear", "mid", "cheap"] == names(policy_of(pool, ratio=1).decide(HELLO, COMPLEX).ranking)


def test_the_bound_is_over_the_first_that_may_answer():
    """When the cheapest is excluded, the bound is a multiple of the one that takes its place."""
    pool = ModelPool([priced("blind", 1, 90, image_input=False), priced("next", 5, 50), priced("dear", 9, 40)])

    assert ["next", "dear"] == names(policy_of(pool, ratio=2).decide(PICTURE, SIMPLE).ranking)


def test_without_prices_there_is_no_bound():
    """A pool without any price is not bounded."""
    pool = ModelPool([Candidate("A"), Candidate("B")])

    assert ["A", "B"] == names(policy_of(pool, ratio=1).decide(HELLO, SIMPLE).ranking)


@pytest.mark.parametrize("ratio", [0, 0.5, -1, float("nan")])
def test_a_ratio_below_one_is_refused(pool, ratio):
    """A ratio under which not even the first choice could answer is an error."""
    with pytest.raises(PoolError, match="max_fallback_price_ratio"):
        policy_of(pool, ratio=ratio)


# -- a model of the caller's choice ---------------------------------------------------------


def test_a_forced_model_has_no_fallback(pool):
    """A forced candidate is the whole ranking, and says who chose it."""
    decision = policy_of(pool).decide(HELLO, SIMPLE, model="dear")

    assert ["dear"] == names(decision.ranking)
    assert ("chosen by the caller", 10) == (decision.reason, decision.chosen.cost_usd_per_1m_tokens)


def test_a_forced_model_with_fallback_goes_first(pool):
    """With fallback the rest of the ranking follows, the forced one not twice."""
    decision = policy_of(pool).decide(HELLO, SIMPLE, model="dear", fallback=True)

    assert ["dear", "cheap", "mid"] == names(decision.ranking)


@pytest.mark.parametrize("fallback", [False, True])
def test_a_forced_model_may_be_one_that_was_left_out(fallback):
    """A candidate without price can be forced, and is then not among the rejected."""
    decision = policy_of("dynaroute-paper").decide(HELLO, SIMPLE, model="DeepSeek V3", fallback=fallback)

    assert "DeepSeek V3" == decision.model
    assert () == decision.rejected
    assert (38 if fallback else 1) == len(decision.ranking)


def test_a_forced_model_may_lack_what_the_request_needs():
    """Who forces a candidate that cannot read images gets it; those behind it still must be able to."""
    pool = ModelPool([priced("A", 1, 50, image_input=False), priced("B", 1, image_input=False), priced("C", 1)])
    decision = policy_of(pool).decide(PICTURE, SIMPLE, model="A", fallback=True)

    assert (["A", "C"], ["B"]) == (names(decision.ranking), names(decision.rejected))


def test_a_forced_model_answers_where_nobody_else_may():
    """Fallback behind a forced candidate may be empty without being an error."""
    pool = ModelPool([priced("A", 1, image_input=False), priced("B", 1, image_input=False)])
    decision = policy_of(pool).decide(PICTURE, SIMPLE, model="A", fallback=True)

    assert (["A"], ["B"]) == (names(decision.ranking), names(decision.rejected))


def test_the_bound_holds_behind_a_forced_model(pool):
    """A fallback behind a forced model costs at most the ratio times that model, and the rest is told."""
    decision = policy_of(pool, "best-performance", ratio=2).decide(HELLO, SIMPLE, model="cheap", fallback=True)

    assert ["cheap", "mid"] == names(decision.ranking)
    assert ["dear"] == names(decision.rejected)


def test_a_forced_model_is_named_or_given_by_id(monkeypatch):
    """A LiteLLM id will do, reach is told, and an unknown name is guessed."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    policy = policy_of("flagship")

    assert "GPT-5" == policy.decide(HELLO, SIMPLE, model="gpt-5").model
    assert "OPENAI_API_KEY" == policy.decide(HELLO, SIMPLE, model="GPT-5").chosen.missing
    with pytest.raises(PoolError, match="Did you mean 'Kimi-K2'"):
        policy.decide(HELLO, SIMPLE, model="Kimi-2")


# -- what a policy is made of ---------------------------------------------------------------


def test_nothing_given_is_the_default():
    """Without router and pool a policy is `optimum` over `flagship`, without a bound."""
    policy = RoutingPolicy.of(classifier=FixedClassifier())

    assert ("optimum", "flagship", None) == (policy.router.name, policy.pool.name, policy.max_fallback_price_ratio)


def test_candidates_are_a_pool():
    """A list of candidates is taken as a pool, in its order where nothing is known of them."""
    policy = policy_of([candidate("A", price=2), candidate("B", price=1)])

    assert ["A", "B"] == names(policy.pool)
    assert ["B", "A"] == names(policy.decide(HELLO, SIMPLE).ranking)


def test_another_router_keeps_the_rest(pool):
    """`with_router` changes the router alone; its own name and None change nothing."""
    policy = policy_of(pool, TierTableRouter("optimum", scoring="mean"), ratio=3)

    assert policy is policy.with_router(None) is policy.with_router("optimum")
    other = policy.with_router("low-cost")
    assert ("low-cost", pool, 3) == (other.router.name, other.pool, other.max_fallback_price_ratio)
    with pytest.raises(PoolError, match="low-cost"):
        policy.with_router("low-cots")


def test_a_router_of_another_node_does_not_fit_the_graph(pool):
    """A router whose node has another name cannot take over a graph that was drawn."""

    class Other(Router):
        name = "other"

        def rank(self, prompt, profile, pool):
            return tuple(ScoredCandidate(name=item.name) for item in pool)

    with pytest.raises(PoolError, match=r"'look_up_tier'.*'other'.*'rank_models'"):
        policy_of(pool).with_router(Other())
    assert ["cheap", "mid", "dear"] == names(policy_of(pool, Other()).decide(HELLO, None).ranking)


def test_the_best_single_is_the_pools():
    """The reference of a policy is the pool's best model over all benchmarks, whatever the router."""
    assert {"GPT-5"} == {
        policy_of("flagship", router).best_single.name for router in ("optimum", "low-cost", "best-performance")
    }
    assert policy_of([Candidate("A")]).best_single is None


@pytest.mark.parametrize("pool", ["flagship", "dynaroute-paper", "lightweight"])
def test_every_decision_accounts_for_every_candidate(pool):
    """For all categories and levels each candidate is ranked or rejected, exactly once."""
    policy = policy_of(pool)
    everybody = sorted(names(policy.pool))

    for category in Category:
        for level in (1, 2, 3):
            decision = policy.decide(HELLO, TaskProfile(category=category, level=level))

            assert everybody == sorted(names(decision.ranking) + names(decision.rejected))
