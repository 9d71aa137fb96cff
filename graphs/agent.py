"""An agent with tools whose model is the routing graph, as a subgraph: every step is routed anew."""

import ast
import operator
import os

from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from langchain_dynaroute import ModelPool, build_routing_graph

_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


@tool
def calculate(expression: str) -> float:
    """Work out an arithmetic expression of numbers, + - * / and parentheses."""

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return float(_OPERATORS[type(node.op)](value(node.left), value(node.right)))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        msg = f"cannot work out {ast.unparse(node)!r}"
        raise ValueError(msg)

    return value(ast.parse(expression, mode="eval").body)


tools = [calculate]
pool = ModelPool.load(os.environ.get("DYNAROUTE_POOL", "flagship"))
builder = StateGraph(MessagesState)
builder.add_node("router", build_routing_graph("optimum", pool, tools=tools).compile())
builder.add_node("tools", ToolNode(tools))
builder.add_edge(START, "router")
builder.add_conditional_edges("router", tools_condition)
builder.add_edge("tools", "router")
graph = builder.compile(name="agent")
