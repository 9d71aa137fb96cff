"""An agent as it is written for any chat model: it streams, calls tools, and ends in a structured reply."""

import os
from datetime import date
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import tool
from pydantic import BaseModel, Field

from langchain_dynaroute import DynaRouteChatModel


class Reply(BaseModel):
    """What the assistant hands back to the program that asked."""

    answer: str = Field(description="The answer, in one or two sentences.")
    tools_used: list[str] = Field(description="Names of the tools that the answer rests on.")


@tool
def split_bill(total: float, people: int) -> float:
    """Work out what each of a number of people pays of a bill."""
    return round(total / people, 2)


@tool
def days_between(start: date, end: date) -> int:
    """Count the days from one date to another."""
    return (end - start).days


def build(model: BaseChatModel) -> Any:
    """Return the agent around a chat model, whichever it is."""
    return create_agent(
        model,
        tools=[split_bill, days_between],
        system_prompt="You help with money and dates. Work numbers out with your tools.",
        response_format=Reply,
        name="assistant",
    )


# The one line that differs from `model = init_chat_model("openai:gpt-4.1")`:
model = DynaRouteChatModel(router="optimum", pool=os.environ.get("DYNAROUTE_POOL", "flagship"))
graph = build(model)
