"""A real LangGraph server runs the graphs of `graphs/`, and Studio's questions get their answers."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from langgraph_sdk import get_sync_client
from scripted_model import GREETING
from scripted_server import KEY, ScriptedServer

ROOT = Path(__file__).parents[2]
PROMPT = {"messages": [{"role": "user", "content": "Prove that the square root of 2 is irrational."}]}
POOL = """name,model,params,input_usd_per_1m_tokens,output_usd_per_1m_tokens,tool_calling,percent:MMLU-Pro
cheap,openai/cheap,"{{""api_base"": ""{base}"", ""api_key"": ""{key}""}}",0.1,0.2,true,50
middle,openai/middle,"{{""api_base"": ""{base}"", ""api_key"": ""{key}""}}",1,2,true,60
dear,openai/dear,"{{""api_base"": ""{base}"", ""api_key"": ""{key}""}}",5,20,true,90
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def provider():
    """The provider behind every model of the pool."""
    server = ScriptedServer("middle")
    yield server
    server.close()


@pytest.fixture(scope="module")
def client(provider: ScriptedServer, tmp_path_factory: pytest.TempPathFactory):
    """A client of `langgraph dev`, which this fixture starts and stops."""
    folder = tmp_path_factory.mktemp("server")
    pool = folder / "pool.csv"
    pool.write_text(POOL.format(base=provider.api_base, key=KEY), encoding="utf-8")
    shutil.copytree(ROOT / "graphs", folder / "graphs")
    shutil.copy(ROOT / "langgraph.json", folder)
    port = free_port()
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--host", "127.0.0.1"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH", "LANGCHAIN"))}
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**clean, "DYNAROUTE_POOL": str(pool), "LANGSMITH_TRACING": "false"},
    )
    try:
        client = get_sync_client(url=f"http://127.0.0.1:{port}")
        _wait(client, process, folder / "log")
        yield client
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait(client, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        with contextlib.suppress(Exception):
            if client.assistants.search():
                return
        if process.poll() is not None:
            break
        time.sleep(0.5)
    pytest.fail(f"the server did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


def assistant(client, graph: str) -> str:
    (found,) = client.assistants.search(graph_id=graph)
    return found["assistant_id"]


def test_studio_draws_the_graph_that_runs(client) -> None:
    """The drawn nodes and edges are the routing graph's, the fallback edge among them."""
    drawn = client.assistants.get_graph(assistant(client, "router"))
    assert {"classify", "look_up_tier", "call_model", "fall_back"} <= {node["id"] for node in drawn["nodes"]}
    edges = {(edge["source"], edge["target"], bool(edge.get("conditional"))) for edge in drawn["edges"]}
    assert {("call_model", "fall_back", True), ("fall_back", "call_model", False)} <= edges


def test_studio_has_forms_for_input_and_context(client) -> None:
    """Input asks for messages; context offers the routers by name, and a model to force."""
    schemas = client.assistants.get_schemas(assistant(client, "router"))
    assert list(schemas["input_schema"]["properties"]) == ["messages"]
    context = schemas["context_schema"]["properties"]
    assert {"router", "model", "fallback"} == set(context)
    assert {"optimum", "low-cost", "best-performance"} == set(context["router"]["anyOf"][0]["enum"])


def test_a_streamed_run_leaves_its_decision_in_the_state(client) -> None:
    """A streamed run sends tokens, and the thread's state holds profile, decision and attempts."""
    thread = client.threads.create()["thread_id"]
    context, modes = {"router": "best-performance"}, ["messages-tuple", "updates"]
    router = assistant(client, "router")
    parts = list(client.runs.stream(thread, router, input=PROMPT, context=context, stream_mode=modes))
    tokens = [part.data[0]["content"] for part in parts if part.event == "messages"]
    assert "".join(tokens) == GREETING
    state = client.threads.get_state(thread)["values"]
    assert state["decision"]["ranking"][0]["name"] == "dear"
    assert state["profile"]["category"] == "Mathematics"
    assert [attempt["status"] for attempt in state["attempts"]] == ["answered"]


def test_the_fallback_edge_is_taken_on_the_server(client) -> None:
    """A model that fails is recorded, and the next one of the ranking answers."""
    thread = client.threads.create()["thread_id"]
    state = client.runs.wait(
        thread, assistant(client, "router"), input=PROMPT, context={"model": "middle", "fallback": True}
    )
    assert [("middle", "failed"), ("dear", "answered")] == [(a["name"], a["status"]) for a in state["attempts"]]


def test_context_forces_a_router_and_a_model(client) -> None:
    """What the form offers is honoured: the low-cost router, and a forced model."""
    router = assistant(client, "router")
    cheap = client.runs.wait(None, router, input=PROMPT, context={"router": "low-cost"})
    assert ("low-cost", "cheap") == (cheap["decision"]["router"], cheap["decision"]["ranking"][0]["name"])
    forced = client.runs.wait(None, router, input=PROMPT, context={"model": "openai/cheap"})
    assert ["cheap"] == [item["name"] for item in forced["decision"]["ranking"]]


@pytest.mark.parametrize(("answer", "model"), [("yes", "openai/dear"), ("no", "openai/cheap")])
def test_a_person_approves_the_dearest_model(client, answer: str, model: str) -> None:
    """The run stops before the dearest model; resumed with yes it is called, with no it is passed over."""
    thread = client.threads.create()["thread_id"]
    approval = assistant(client, "approval")
    client.runs.wait(thread, approval, input=PROMPT)
    waiting = client.threads.get_state(thread)
    assert "Call dear at $25" in waiting["tasks"][0]["interrupts"][0]["value"]["question"]
    done = client.runs.wait(thread, approval, command={"resume": answer})
    assert model == done["messages"][-1]["response_metadata"]["model_name"]


def test_an_earlier_checkpoint_runs_again_with_another_router(client) -> None:
    """From the checkpoint after `classify`, the same prompt is routed anew by the low-cost router."""
    thread = client.threads.create()["thread_id"]
    router = assistant(client, "router")
    client.runs.wait(thread, router, input=PROMPT)
    history = client.threads.get_history(thread)
    before = next(state for state in history if state["next"] == ["look_up_tier"])
    done = client.runs.wait(thread, router, checkpoint=before["checkpoint"], context={"router": "low-cost"})
    assert "openai/cheap" == done["messages"][-1]["response_metadata"]["model_name"]


def test_the_agent_uses_the_router_as_a_subgraph(client) -> None:
    """The agent's drawing holds the router as a node, and its run answers with the decision recorded."""
    agent = assistant(client, "agent")
    inner = client.assistants.get_graph(agent, xray=True)
    assert "router:look_up_tier" in {node["id"] for node in inner["nodes"]}
    done = client.runs.wait(None, agent, input=PROMPT)
    assert "dear" == done["messages"][-1]["response_metadata"]["routing"]["answered_by"]


def test_the_assistant_streams_calls_tools_and_replies(client, provider) -> None:
    """The agent around the chat model calls both tools and ends in its reply; each call is streamed once, and billed."""
    thread = client.threads.create()["thread_id"]
    question = "Split 90 euros among 3 people, and count the days from '2026-01-01' to '2026-01-31'."
    given, modes = {"messages": [{"role": "user", "content": question}]}, ["messages-tuple"]
    provider.requests.clear()
    parts = list(client.runs.stream(thread, assistant(client, "assistant"), input=given, stream_mode=modes))
    chunks = [call for part in parts if part.event == "messages" for call in part.data[0].get("tool_call_chunks") or ()]
    state = client.threads.get_state(thread)["values"]
    answers = [message for message in state["messages"] if message["type"] == "ai"]
    called = [call["name"] for message in answers for call in message["tool_calls"]]
    assert ["split_bill", "days_between", "Reply"] == called == [call["name"] for call in chunks if call["name"]]
    assert json.loads("[" + "".join(call["args"] for call in chunks).replace("}{", "},{") + "]") == [
        call["args"] for message in answers for call in message["tool_calls"]
    ]
    assert {"30.0", "30"} <= {message["content"] for message in state["messages"] if message["type"] == "tool"}
    assert "2026-01-01" == state["structured_response"]["answer"]
    assert len(answers) == sum(request["model"] != "middle" for request in provider.requests)
    assert all(message["response_metadata"]["routing"]["cost_usd"] > 0 for message in answers)
