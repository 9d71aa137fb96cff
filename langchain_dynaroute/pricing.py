"""The only place where tokens meet money, and the reader of LiteLLM's price map.

The map is read as a file: importing LiteLLM takes seconds and asks the network.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

_TOKENS_PER_PRICE = 1_000_000
_PRICE_MAP_FILE = "model_prices_and_context_window_backup.json"


class Price(BaseModel, frozen=True, extra="forbid"):
    """What a model charges, in USD per 1M tokens; None means unknown."""

    input_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    output_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cached_input_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Rate of input tokens read from the provider's cache; the input rate where unknown."""
    reasoning_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Rate of reasoning tokens; the output rate where unknown."""

    @property
    def total_usd_per_1m_tokens(self) -> float | None:
        """Input plus output price, the paper's total cost; None if either is unknown."""
        if self.input_usd_per_1m_tokens is None or self.output_usd_per_1m_tokens is None:
            return None
        return round(self.input_usd_per_1m_tokens + self.output_usd_per_1m_tokens, 9)


def cost_usd(usage: Mapping[str, Any] | None, price: Price) -> float | None:
    """Return the cost in USD of `usage`, a LangChain `UsageMetadata`, at `price`.

    Cached input and reasoning tokens are charged at their own rates where these are known.
    None when the price or the usage is unknown: an unknown bill is not a free one.
    """
    rate_in, rate_out = price.input_usd_per_1m_tokens, price.output_usd_per_1m_tokens
    if not usage or rate_in is None or rate_out is None:
        return None
    cached = (usage.get("input_token_details") or {}).get("cache_read") or 0
    reasoning = (usage.get("output_token_details") or {}).get("reasoning") or 0
    rate_cached = _first_known(price.cached_input_usd_per_1m_tokens, rate_in)
    rate_reasoning = _first_known(price.reasoning_usd_per_1m_tokens, rate_out)
    total = (
        (usage["input_tokens"] - cached) * rate_in
        + cached * rate_cached
        + (usage["output_tokens"] - reasoning) * rate_out
        + reasoning * rate_reasoning
    )
    return float(total / _TOKENS_PER_PRICE)


def tokens_cost_usd(
    input_tokens: NDArray[np.float64],
    output_tokens: NDArray[np.float64],
    input_usd_per_1m_tokens: NDArray[np.float64],
    output_usd_per_1m_tokens: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the cost in USD of many calls at once; the arrays are broadcast against each other."""
    total = input_tokens * input_usd_per_1m_tokens + output_tokens * output_usd_per_1m_tokens
    return total / _TOKENS_PER_PRICE


def _first_known(rate: float | None, default: float) -> float:
    return default if rate is None else rate


@cache
def price_map() -> dict[str, dict[str, Any]]:
    """Return LiteLLM's price map from its installed file; empty without LiteLLM."""
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    path = Path(spec.origin).parent / _PRICE_MAP_FILE
    if not path.is_file():
        return {}
    entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def price_map_entry(model: str) -> dict[str, Any]:
    """Return the price map's entry for a LiteLLM id, with or without its provider prefix."""
    entries = price_map()
    return entries.get(model) or entries.get(model.partition("/")[2]) or {}


@cache
def mapped_price(model: str) -> Price:
    """Return the price LiteLLM's map has for a LiteLLM id; unknown rates are None."""
    entry = price_map_entry(model)

    def rate(key: str) -> float | None:
        value = entry.get(key)
        return None if value is None else round(value * _TOKENS_PER_PRICE, 9)

    return Price(
        input_usd_per_1m_tokens=rate("input_cost_per_token"),
        output_usd_per_1m_tokens=rate("output_cost_per_token"),
        cached_input_usd_per_1m_tokens=rate("cache_read_input_token_cost"),
        reasoning_usd_per_1m_tokens=rate("output_cost_per_reasoning_token"),
    )
