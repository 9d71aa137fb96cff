"""Where tokens meet money."""

from __future__ import annotations

import subprocess
import sys

import pytest

from langchain_dynaroute import Candidate
from langchain_dynaroute.pricing import Price, cost_usd, mapped_price, price_map_entry

PLAIN = Price(input_usd_per_1m_tokens=2, output_usd_per_1m_tokens=8)
USAGE = {
    "input_tokens": 1000,
    "output_tokens": 500,
    "total_tokens": 1500,
    "input_token_details": {"cache_read": 400},
    "output_token_details": {"reasoning": 200},
}


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({}, 0.006),  # 1000 × 2 + 500 × 8
        ({"cached_input_usd_per_1m_tokens": 0.5}, 0.0054),  # 600 × 2 + 400 × 0.5 + 500 × 8
        ({"reasoning_usd_per_1m_tokens": 10}, 0.0064),  # 1000 × 2 + 300 × 8 + 200 × 10
        ({"cached_input_usd_per_1m_tokens": 0.5, "reasoning_usd_per_1m_tokens": 10}, 0.0058),
        ({"cached_input_usd_per_1m_tokens": 0, "reasoning_usd_per_1m_tokens": 0}, 0.0036),  # 600 × 2 + 300 × 8
    ],
)
def test_cached_and_reasoning_tokens_have_their_own_rates(rates, expected):
    """Cached and reasoning tokens cost their own rates where known, 0 included, else the plain ones."""
    assert pytest.approx(expected, rel=1e-12) == cost_usd(USAGE, PLAIN.model_copy(update=rates))


def test_usage_without_details_is_billed_plainly():
    """Usage that tells nothing of cached or reasoning tokens is billed at the plain rates."""
    usage = {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500, "input_token_details": None}

    assert pytest.approx(0.006, rel=1e-12) == cost_usd(usage, PLAIN)


@pytest.mark.parametrize(
    ("usage", "price"),
    [
        (None, PLAIN),
        ({}, PLAIN),
        (USAGE, Price()),
        (USAGE, Price(input_usd_per_1m_tokens=2)),
        (USAGE, Price(output_usd_per_1m_tokens=8)),
    ],
)
def test_an_unknown_bill_is_not_a_free_one(usage, price):
    """Without usage or without both prices the cost is None."""
    assert cost_usd(usage, price) is None


def test_a_free_model_costs_nothing():
    """A price of 0 is known: the cost is 0, not None."""
    assert 0.0 == cost_usd(USAGE, Price(input_usd_per_1m_tokens=0, output_usd_per_1m_tokens=0))


@pytest.mark.parametrize(("prices", "total"), [((0.1, 0.2), 0.3), ((15, 60), 75), ((None, 1), None), ((0, 0), 0)])
def test_the_total_is_input_plus_output(prices, total):
    """The paper's total cost is input + output, without binary dust, and None if one is unknown."""
    price = Price(input_usd_per_1m_tokens=prices[0], output_usd_per_1m_tokens=prices[1])

    assert total == price.total_usd_per_1m_tokens


@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf")])
def test_a_price_is_a_finite_number_from_zero(value):
    """A negative, NaN or infinite price cannot be built."""
    with pytest.raises(ValueError, match="input_usd_per_1m_tokens"):
        Price(input_usd_per_1m_tokens=value)


def test_the_price_map_is_per_million_tokens():
    """LiteLLM's rates per token come out per million, in full cents."""
    price = mapped_price("gpt-4.1")

    assert (2.0, 8.0) == (price.input_usd_per_1m_tokens, price.output_usd_per_1m_tokens)
    assert 0.5 == price.cached_input_usd_per_1m_tokens


def test_a_provider_prefix_does_not_hide_a_model():
    """`openai/gpt-4.1` is found under `gpt-4.1`; a model nobody knows has no price."""
    assert price_map_entry("gpt-4.1") == price_map_entry("openai/gpt-4.1") != {}
    assert Price() == mapped_price("nobody/knows-this")
    assert Price() == mapped_price("")


def test_billing_takes_special_rates_from_the_map_and_prices_from_the_candidate():
    """A candidate's own prices stand; LiteLLM's map adds only the rates it does not give."""
    own = {"input_usd_per_1m_tokens": 3, "output_usd_per_1m_tokens": 9}

    assert 0.5 == Candidate("A", "gpt-4.1", **own).billing_price.cached_input_usd_per_1m_tokens
    assert 3 == Candidate("A", "gpt-4.1", **own).billing_price.input_usd_per_1m_tokens
    given = Candidate("A", "gpt-4.1", cached_input_usd_per_1m_tokens=0, **own)
    assert 0 == given.billing_price.cached_input_usd_per_1m_tokens


def test_a_candidate_without_price_has_no_bill():
    """A price that was not given is not looked up: its bill is None."""
    assert cost_usd(USAGE, Candidate("A", "gpt-4.1").billing_price) is None


def test_the_price_map_is_read_without_importing_litellm():
    """Looking a price up imports no LiteLLM, which takes seconds and asks the network."""
    code = (
        "import sys; from langchain_dynaroute.pricing import mapped_price; "
        "assert mapped_price('gpt-4.1').input_usd_per_1m_tokens; print('litellm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert "False" == done.stdout.strip()
