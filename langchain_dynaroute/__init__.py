"""Pick the chat model for each prompt, and show why.

The public names load on first use, so importing the package is quick, silent and offline.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_dynaroute.benchmarks import BenchmarkTable
    from langchain_dynaroute.chat_models import DynaRouteChatModel
    from langchain_dynaroute.decisions import Attempt, RoutingDecision, ScoredCandidate
    from langchain_dynaroute.graph import build_routing_graph
    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.pool import Candidate, ModelPool
    from langchain_dynaroute.profiles import Category, DifficultyLevel, TaskProfile
    from langchain_dynaroute.tiers import TierTable

__version__ = "0.1.0"

__all__ = [
    "Attempt",
    "BenchmarkTable",
    "Candidate",
    "Category",
    "DifficultyLevel",
    "DynaRouteChatModel",
    "ModelPool",
    "OutcomeTable",
    "RoutingDecision",
    "ScoredCandidate",
    "TaskProfile",
    "TierTable",
    "__version__",
    "build_routing_graph",
]

_ROOMS = {
    "Attempt": "decisions",
    "BenchmarkTable": "benchmarks",
    "Candidate": "pool",
    "Category": "profiles",
    "DifficultyLevel": "profiles",
    "DynaRouteChatModel": "chat_models",
    "ModelPool": "pool",
    "OutcomeTable": "outcomes",
    "RoutingDecision": "decisions",
    "ScoredCandidate": "decisions",
    "TaskProfile": "profiles",
    "TierTable": "tiers",
    "build_routing_graph": "graph",
}


def __getattr__(name: str) -> object:
    """Load a public name from its room on first use (PEP 562)."""
    if name not in _ROOMS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return __all__
