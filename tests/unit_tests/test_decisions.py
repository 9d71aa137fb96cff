"""The values that explain a decision."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from langchain_dynaroute import Attempt, RoutingDecision, ScoredCandidate, TaskProfile
from langchain_dynaroute.decisions import RejectedCandidate, Tier


@pytest.fixture
def decision():
    """A decision with a second choice out of reach, one exclusion and one note."""
    return RoutingDecision(
        router="optimum",
        pool="mine",
        profile=TaskProfile(category="Law", level=3),
        ranking=(
            ScoredCandidate(name="A", score=0.5, tier=Tier.BEST, cost_usd_per_1m_tokens=11.25, reason="best of all"),
            ScoredCandidate(name="B", reachable=False, missing="B_KEY", reason="next"),
        ),
        rejected=(RejectedCandidate(name="C", reason="cannot read images"),),
        notes=("an odd thing",),
    )


def test_the_first_of_the_ranking_is_chosen(decision):
    """`model` and `reason` are those of the first candidate."""
    assert ("A", "best of all") == (decision.model, decision.reason)
    assert decision.ranking[0] is decision.chosen


def test_a_decision_has_at_least_one_candidate():
    """A decision without a candidate cannot be built."""
    with pytest.raises(ValidationError, match="ranking"):
        RoutingDecision(router="optimum", pool="mine", ranking=())


def test_a_decision_is_a_value(decision):
    """A decision cannot be changed after the fact."""
    with pytest.raises(ValidationError, match="frozen"):
        decision.router = "low-cost"


def test_the_json_form_is_plain_and_complete(decision):
    """`to_json` holds JSON values only, and the decision comes back from it unchanged."""
    plain = json.loads(json.dumps(decision.to_json()))

    assert plain == decision.to_json()
    assert decision == RoutingDecision.model_validate(plain)
    assert "best" == plain["ranking"][0]["tier"]
    assert {"category": "Law", "level": 3} == {key: plain["profile"][key] for key in ("category", "level")}


def test_the_explanation_tells_everything(decision):
    """`explain` shows profile, every candidate in order, reach, exclusions, notes and the bound."""
    expected = [
        "optimum router, pool mine",
        "profile: Law, level 3 complex",
        "note: an odd thing",
        "  1. A: best of all",
        "  2. B: next [unreachable: B_KEY]",
        "  –  C: cannot read images",
        "fallback price bound: none",
    ]

    assert expected == decision.explain().splitlines()


def test_the_explanation_tells_the_bound(decision):
    """A bound on fallback prices is shown as a multiple of the first choice."""
    bounded = decision.model_copy(update={"max_fallback_price_ratio": 2.5})

    assert "fallback price bound: 2.5 × the first choice" == bounded.explain().splitlines()[-1]


def test_an_attempt_has_one_of_four_ends():
    """An attempt answered, failed, was skipped or was interrupted; nothing else."""
    for status in ("answered", "failed", "skipped", "interrupted"):
        assert status == Attempt(name="A", status=status).status
    with pytest.raises(ValidationError, match="status"):
        Attempt(name="A", status="pending")
