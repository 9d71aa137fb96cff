"""LangChain's standard unit suite; and what LangChain builds around a chat model: fallbacks, retries, agents."""

from functools import reduce
from operator import add

import pytest
from fakes import FixedClassifier
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.load import load as core_load
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.fallbacks import RunnableWithFallbacks
from langchain_tests.unit_tests import ChatModelUnitTests
from pydantic import BaseModel
from scripted_model import GREETING, ScriptedModel

from langchain_dynaroute import Candidate, DynaRouteChatModel
