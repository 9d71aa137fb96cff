"""The router with a person before the dearest model, and one more way to fall back: an empty answer."""

import os
from typing import Any, Literal

from langgraph.types import interrupt

from langchain_dynaroute import ModelPool, RoutingDecision, build_routing_graph
from langchain_dynaroute.graph import RoutingState

pool = ModelPool.load(os.environ.get("DYNAROUTE_POOL", "flagship"))
dearest = max(pool, key=lambda candidate: candidate.price.total_usd_per_1m_tokens or 0.0)


def approve(state: RoutingState) -> dict[str, Any]:
    """Ask before the dearest model is called; a no passes it over."""
    ranking = RoutingDecision.model_validate(state["decision"]).ranking
    position = state["position"]
    candidate = ranking[position]
    if candidate.name != dearest.name or not candidate.reachable or position + 1 == len(ranking):
        return {}
    price = candidate.cost_usd_per_1m_tokens
    if (
        interrupt({"question": f"Call {candidate.name} at ${price:g} per 1M tokens?", "answers": ["yes", "no"]})
        == "yes"
    ):
        return {}
    refused = {"name": candidate.name, "status": "skipped", "error": "not approved"}
    return {"position": position + 1, "attempts": [*state["attempts"], refused]}


def after_empty_answer(state: RoutingState) -> Literal["fall_back", "__end__"]:
    """Take the fallback edge when a model answered with nothing at all."""
    last = state["messages"][-1]
    answered = last.type == "ai" and not last.text.strip() and not last.tool_calls
    return "fall_back" if answered else "__end__"


builder = build_routing_graph("optimum", pool, before_call={"approve": approve})
builder.add_conditional_edges("call_model", after_empty_answer)
graph = builder.compile(name="approval")
