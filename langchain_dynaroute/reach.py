"""What a LiteLLM id needs before it can be called: whose it is, and which variable holds the key."""

from __future__ import annotations

import os
from functools import lru_cache

from langchain_dynaroute import local_model
from langchain_dynaroute.benchmarks import provider_keys
from langchain_dynaroute.installed import is_installed
from langchain_dynaroute.pricing import price_map_entry

_IDS_KEPT = 1024
"""More ids than any pool has; what is found for one depends on the shipped tables alone."""


def missing(model: str, variables: tuple[str, ...]) -> str | None:
    """Return what keeps a LiteLLM id from being reached now, or None. No request is made."""
    if model.startswith(local_model.PREFIX):
        return local_model.missing(model)
    if not is_installed("litellm"):
        return "the package litellm"
    if not variables or any(map(os.environ.get, variables)):
        return None
    return variables[0]


@lru_cache(_IDS_KEPT)
def key_variables(model: str, custom_provider: str | None = None) -> tuple[str, ...]:
    """Return the environment variables of which one holds the key of a LiteLLM id."""
    return split_variables(provider_keys().get(litellm_provider(model, custom_provider), ""))


@lru_cache(_IDS_KEPT)
def split_variables(alternatives: str) -> tuple[str, ...]:
    """Return the names in a list of variables, with `|` between alternatives."""
    return tuple(filter(None, alternatives.split("|")))


@lru_cache(_IDS_KEPT)
def litellm_provider(model: str, custom_provider: str | None = None) -> str:
    """Name LiteLLM's provider of an id, without importing LiteLLM."""
    if custom_provider:
        return custom_provider
    prefix = model.partition("/")[0] if "/" in model else ""
    if prefix in provider_keys() or prefix == local_model.PREFIX.rstrip("/"):
        return prefix
    listed = str(price_map_entry(model).get("litellm_provider") or prefix or "openai")
    family = listed.split("-", 1)[0].removesuffix("_converse")
    return family if family in provider_keys() else listed
