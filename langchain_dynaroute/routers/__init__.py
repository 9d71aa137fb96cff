"""Routers: from a prompt and its profile to a ranking of candidates."""

from langchain_dynaroute.routers.base import Router
from langchain_dynaroute.routers.tier_table import POLICIES, TierTableRouter, as_router

__all__ = ["POLICIES", "Router", "TierTableRouter", "as_router"]
