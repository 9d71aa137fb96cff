"""SmolLM2 answers through a real llama.cpp server, LiteLLM and the graph, like any other model."""

from __future__ import annotations

import subprocess
import sys

import pytest
from langchain_core.callbacks import UsageMetadataCallbackHandler
from pydantic import BaseModel

from langchain_dynaroute import DynaRouteChatModel, ModelPool, local_model

pytestmark = [
    pytest.mark.local_model,
    pytest.mark.skipif(
        local_model.missing("local/smollm2") is not None, reason=f"needs {local_model.missing('local/smollm2')}"
    ),
]


class Capital(BaseModel):
    """The capital of a country."""

    country: str
    capital: str


@pytest.fixture
def llm(monkeypatch):
    """The flagship pool without a key, and the local model behind it."""
    for candidate in ModelPool.load("flagship"):
        for name in candidate.key_env.split("|"):
            monkeypatch.delenv(name, raising=False)
    return DynaRouteChatModel(pool=ModelPool.load("flagship").updated("local"), temperature=0.0, max_tokens=24)


def test_the_fallback_edge_ends_at_the_local_model(llm) -> None:
    """Every hosted model is passed over without a request, the local one answers, and it costs nothing."""
    usage = UsageMetadataCallbackHandler()
    answer = llm.invoke("What is the capital of France?", config={"callbacks": [usage]})
    routing = answer.response_metadata["routing"]
    assert "Paris" in answer.text
    assert ("local/smollm2", 0.0) == (routing["answered_by"], routing["cost_usd"])
    assert ["skipped"] * 13 + ["answered"] == [attempt["status"] for attempt in routing["attempts"]]
    assert answer.usage_metadata["total_tokens"] == usage.usage_metadata["local/smollm2"]["total_tokens"]


def test_it_streams(llm) -> None:
    """Tokens arrive one by one."""
    words = [chunk.text for chunk in llm.stream("What is the capital of France?")]
    assert len([word for word in words if word]) > 3
    assert "Paris" in "".join(words)


async def test_it_streams_async(llm) -> None:
    """Tokens arrive one by one, async."""
    words = [chunk.text async for chunk in llm.astream("What is the capital of France?")]
    assert len([word for word in words if word]) > 3
    assert "Paris" in "".join(words)


def test_it_gives_valid_structured_output(llm) -> None:
    """A schema binds even this model: llama.cpp turns it into a grammar."""
    capital = llm.with_structured_output(Capital)
    assert isinstance(capital.invoke("What is the capital of France?", max_tokens=80), Capital)


def test_a_process_that_used_it_ends(tmp_path) -> None:
    """The server ends with the process that started it."""
    code = "from langchain_dynaroute import local_model; print(local_model.api_base('local/smollm2'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("http://127.0.0.1:")
