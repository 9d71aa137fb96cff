"""Routers: from a prompt and its profile to a ranking of candidates."""

from importlib import import_module
from typing import TYPE_CHECKING

from langchain_dynaroute.routers.base import Router
from langchain_dynaroute.routers.registry import as_router, load_router, make_router
from langchain_dynaroute.routers.tier_table import POLICIES, TierTableRouter

if TYPE_CHECKING:
    from langchain_dynaroute.routers.baselines import BestSingleRouter, CheapestRouter, RandomRouter
    from langchain_dynaroute.routers.checks import check_router
    from langchain_dynaroute.routers.knn import KNNRouter
    from langchain_dynaroute.routers.learned import LearnedRouter
    from langchain_dynaroute.routers.linear import LinearRouter
    from langchain_dynaroute.routers.llmrank import LLMRankRouter
    from langchain_dynaroute.routers.mlp import MLPRouter
    from langchain_dynaroute.routers.svm import SVMRouter

__all__ = [
    "POLICIES",
    "BestSingleRouter",
    "CheapestRouter",
    "KNNRouter",
    "LLMRankRouter",
    "LearnedRouter",
    "LinearRouter",
    "MLPRouter",
    "RandomRouter",
    "Router",
    "SVMRouter",
    "TierTableRouter",
    "as_router",
    "check_router",
    "load_router",
    "make_router",
]

_ROOMS = {
    "BestSingleRouter": "baselines",
    "CheapestRouter": "baselines",
    "KNNRouter": "knn",
    "LLMRankRouter": "llmrank",
    "LearnedRouter": "learned",
    "LinearRouter": "linear",
    "MLPRouter": "mlp",
    "RandomRouter": "baselines",
    "SVMRouter": "svm",
    "check_router": "checks",
}


def __getattr__(name: str) -> object:
    """Load a learned router on first use; the tier table's need none of them."""
    if name not in _ROOMS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
