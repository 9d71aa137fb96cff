"""The router itself, for Studio and Server: a prompt in, the decision and the answer out."""

import os

from langchain_dynaroute import ModelPool, build_routing_graph

pool = ModelPool.load(os.environ.get("DYNAROUTE_POOL", "flagship"))
graph = build_routing_graph("optimum", pool).compile(name="router")
