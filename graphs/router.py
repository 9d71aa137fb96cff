"""The router itself, for Studio and Server: one prompt in, the decision and the answer out."""

from langchain_dynaroute import ModelPool, build_routing_graph

graph = build_routing_graph("optimum", ModelPool.load("flagship").updated("local")).compile(name="router")
