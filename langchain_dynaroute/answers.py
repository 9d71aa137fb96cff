"""What an answer says of itself: who gave it, why they were chosen, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.pricing import cost_usd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import AIMessage
    from langchain_core.messages.ai import UsageMetadata

    from langchain_dynaroute.decisions import Attempt, RoutingDecision
    from langchain_dynaroute.policy import RoutingPolicy
    from langchain_dynaroute.pool import Candidate

_DROPPED = ("response_cost", "model", "token_usage")
"""Said again by `routing`, `model_name` and `usage_metadata`, there in one form for all."""


def answer_metadata(own: dict[str, Any], candidate: Candidate, routing: dict[str, Any]) -> dict[str, Any]:
    """Return the `response_metadata` of an answer: the model's `own`, with the truth about who it is."""
    kept = {key: value for key, value in own.items() if key not in _DROPPED and value is not None}
    named = isinstance(candidate.model, str)
    return {
        **kept,
        "model_name": candidate.model_id if named else kept.get("model_name") or candidate.model_id,
        "model_provider": candidate.provider if named else kept.get("model_provider") or candidate.provider,
        "routing": routing,
    }


def routing_record(
    decision: RoutingDecision | None,
    attempts: Sequence[Attempt],
    usage: UsageMetadata | None,
    candidate: Candidate,
    policy: RoutingPolicy,
) -> dict[str, Any]:
    """Return decision, attempts and cost as plain JSON values (`response_metadata["routing"]`)."""
    best = policy.best_single
    return {
        **(decision.to_json() if decision else {}),
        "answered_by": candidate.name,
        "attempts": [attempt.model_dump(mode="json", exclude_none=True) for attempt in attempts],
        "cost_usd": cost_usd(usage, candidate.billing_price),
        "router_cost_usd": _router_cost(decision),
        "best_single": best.name if best else None,
        "cost_usd_best_single": cost_usd(usage, best.billing_price) if best else None,
    }


def _router_cost(decision: RoutingDecision | None) -> float | None:
    """Return what deciding cost: nothing, unless a model made the profile."""
    profile = decision.profile if decision else None
    return 0.0 if profile is None or profile.usage is None else profile.cost_usd


def describe_answer(message: AIMessage) -> str:
    """Return one line on an answer: the model, why it answered, what it cost."""
    routing = message.response_metadata.get("routing") or {}
    name = routing.get("answered_by", "an unknown model")
    place: dict[str, Any] = next((item for item in routing.get("ranking", ()) if item["name"] == name), {})
    cost = routing.get("cost_usd")
    paid = "cost unknown" if cost is None else f"${cost:.6f}"
    best, best_cost = routing.get("best_single"), routing.get("cost_usd_best_single")
    versus = f" (the same tokens at {best}: ${best_cost:.6f})" if best_cost is not None and best != name else ""
    return f"{name} · {place.get('reason', 'no reason recorded')} · {paid}{versus}"
