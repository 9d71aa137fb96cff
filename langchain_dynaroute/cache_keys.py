"""What an answer depends on, so that a cached one never crosses policies, pools or graphs; no secrets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.base import TaskClassifier
from langchain_dynaroute.pool import Candidate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_dynaroute.graph import RoutingGraph
    from langchain_dynaroute.policy import RoutingPolicy

_HASH_LENGTH = 16
_SHOWN = ("temperature", "max_tokens", "top_p", "seed")
"""Parameters that a trace shows; another may be a credential, and is hashed."""


def policy_facts(policy: RoutingPolicy, graph: RoutingGraph) -> dict[str, Any]:
    """Return what tells a policy, with the graph that carries it out, from another, as plain values."""
    return {
        "router": policy.router.name,
        "policy": _digest([_kind(policy.router), policy.router.fingerprint()]),
        "pool": policy.pool.name,
        "candidates": _digest([_candidate_fields(candidate) for candidate in policy.pool]),
        "classifier": _classifier_facts(policy),
        "graph": graph.fingerprint,
        "max_fallback_price_ratio": policy.max_fallback_price_ratio,
    }


def parameter_facts(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that go to whichever model answers: the well-known by name, the others as a hash."""
    others = {key: value for key, value in parameters.items() if key not in _SHOWN}
    return {**{name: parameters.get(name) for name in _SHOWN}, "parameters": _digest(others) if others else ""}


def own_models(policy: RoutingPolicy) -> list[str]:
    """Return the cache keys of those candidates that are LangChain chat models: their settings are their own."""
    models = [candidate.model for candidate in policy.pool if not isinstance(candidate.model, str | None)]
    return [_digest(model._get_llm_string()) for model in models]  # noqa: SLF001 - LangChain's own key


def _classifier_facts(policy: RoutingPolicy) -> str:
    """Return which classifier a decision depends on; none where the router asks for no profile."""
    classifier = policy.classifier
    if not policy.router.needs_profile:
        return ""
    return f"{classifier.name}-{getattr(classifier, 'version', '')}-{_digest(_fields(classifier))}"


def _kind(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _fields(thing: object) -> dict[str, Any]:
    """Return what a classifier was made with; its private fields are what it has loaded since."""
    told: dict[str, Any] = {"type": _kind(thing)}
    for key, value in vars(thing).items():
        if not key.startswith("_"):
            told[key] = _plain(value)
    return told


def _plain(value: object) -> Any:
    if isinstance(value, TaskClassifier):  # a cascade's
        return _fields(value)
    return _candidate_fields(value) if isinstance(value, Candidate) else str(value)


def _candidate_fields(candidate: Candidate) -> dict[str, Any]:
    return candidate.model_dump(mode="python", exclude={"api_key", "model"}) | {"model": candidate.model_id}


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:_HASH_LENGTH]
