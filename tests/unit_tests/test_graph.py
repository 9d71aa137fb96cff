"""The routing graph: drawn as it runs, alone, inside a host graph, and inside the chat model."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fakes import USAGE, FakeModel, FixedClassifier, candidate
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph

from langchain_dynaroute import DynaRouteChatModel, RoutingDecision, ScoredCandidate, TaskProfile, build_routing_graph
from langchain_dynaroute.candidate_models import CallParameters
from langchain_dynaroute.errors import AllCandidatesFailedError, InterruptedAnswerError, PoolError
from langchain_dynaroute.graph import RoutingContext
from langchain_dynaroute.routers import Router

PROMPT = {"messages": [("human", "How many primes are there?")]}
TOKENS = ["one ", "two ", "three"]
ANSWER = "".join(TOKENS)
STEPS = ["classify", "look_up_tier", "call_model"]
FALLBACK_STEPS = [*STEPS, "fall_back", "call_model"]
THREAD = {"configurable": {"thread_id": "1"}}


def three(**large):
    """Candidates of falling price; what is given goes to the first."""
    return [candidate("large", 3.0, **large), candidate("middle", 2.0), candidate("small", 1.0)]


def built(pool=None, router="best-performance", **more):
    """The graph, uncompiled, that asks the dearest candidate first."""
    return build_routing_graph(router, pool or three(), FixedClassifier(), **more)


def hosted(node, **more):
    """A host graph of one node, `host`."""
    graph = StateGraph(MessagesState)
    graph.add_node("host", node)
    graph.add_edge(START, "host")
    graph.add_edge("host", END)
    return graph.compile(**more)


def chat_node(llm, way):
    """A node that asks a chat model, sync or async."""
    if way == "astream":
        return RunnableLambda(lambda _: None, afunc=lambda state: _aask(llm, state))
    return lambda state: {"messages": [llm.invoke(state["messages"])]}


async def _aask(llm, state):
    return {"messages": [await llm.ainvoke(state["messages"])]}


async def events(graph, way, modes, config=None, given=PROMPT, **more):
    """Run a graph, and return what it streams, by mode."""
    if way == "stream":
        found = await asyncio.to_thread(lambda: list(graph.stream(given, config, stream_mode=modes, **more)))
    else:
        found = [event async for event in graph.astream(given, config, stream_mode=modes, **more)]
    return {mode: [event[-1] for event in found if event[-2] == mode] for mode in modes}


def texts(messages) -> list[str]:
    """The text of what the `messages` stream mode tells, where there is any."""
    return [message.content for message, _ in messages if message.content]


def steps(updates) -> list[str]:
    """Names of the nodes in updates, in their order."""
    return [name for update in updates for name in update]


def tried(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Who was tried, and how it went, of a state or a record."""
    return [(attempt["name"], attempt["status"]) for attempt in values["attempts"]]


# -- drawn ----------------------------------------------------------------------------------


class FirstRouter(Router):
    """Ranks the pool as it is, without a profile."""

    name = "first"
    needs_profile = False

    def rank(self, prompt, profile, pool):
        """Return the candidates in their order."""
        return tuple(ScoredCandidate(name=each.name, reason=f"read {len(prompt)} characters") for each in pool)


def test_the_drawing_is_exact() -> None:
    """The drawn graph has these nodes and edges, no other; the edges from `call_model` are conditional."""
    drawing = built().compile().get_graph().draw_mermaid()
    edges = set(re.findall(r"^\t(\w+) (-->|-\.->) (\w+);$", drawing, re.MULTILINE))
    nodes = set(re.findall(r"^\t(\w+)[(\[]", drawing, re.MULTILINE))
    assert {"__start__", "classify", "look_up_tier", "call_model", "fall_back", "__end__"} == nodes
    assert {
        ("__start__", "-->", "classify"),
        ("classify", "-->", "look_up_tier"),
        ("look_up_tier", "-->", "call_model"),
        ("call_model", "-.->", "__end__"),
        ("call_model", "-.->", "fall_back"),
        ("fall_back", "-->", "call_model"),
    } == edges


def test_a_router_without_profile_draws_no_classifier() -> None:
    """A router that needs no profile starts the graph, as `rank_models`, and decides alone."""
    graph = built(router=FirstRouter())
    assert {"rank_models", "call_model", "fall_back"} == set(graph.nodes)
    state = graph.compile().invoke(PROMPT)
    assert "profile" not in state
    assert "read 26 characters" == state["decision"]["ranking"][0]["reason"]


def test_a_run_cannot_choose_a_router_of_another_shape() -> None:
    """A router that would be another node than the one drawn is refused."""
    text = "The graph was drawn for a 'look_up_tier' node, and router 'first' is a 'rank_models' node."
    with pytest.raises(PoolError, match=re.escape(text)):
        built().compile().invoke(PROMPT, context={"router": FirstRouter()})


# -- alone ----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("error", [None, "429"])
async def test_the_graph_runs_as_it_is_drawn(way, error) -> None:
    """Each step is taken once, in order; the fallback edge is taken when a candidate fails."""
    found = await events(built(three(error=error)).compile(), way, ["messages", "updates", "custom"])
    assert (FALLBACK_STEPS if error else STEPS) == steps(found["updates"])
    assert TOKENS == texts(found["messages"])
    assert [] == found["custom"]


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_every_state_is_json(way) -> None:
    """Besides its messages, each state of a run is plain JSON, so that any checkpointer keeps it."""
    found = await events(built(three(error="429")).compile(), way, ["values"])
    for state in found["values"]:
        rest = {key: value for key, value in state.items() if key != "messages"}
        assert rest == json.loads(json.dumps(rest))
    last = found["values"][-1]
    assert {"messages", "profile", "decision", "position", "attempts"} == set(last)
    assert (1, [("large", "failed"), ("middle", "answered")]) == (last["position"], tried(last))


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_usage_is_counted_once(way) -> None:
    """In a graph the candidate's own run carries the tokens, and no other counts them again."""
    usage = UsageMetadataCallbackHandler()
    await events(built(three(error="429")).compile(), way, ["updates"], {"callbacks": [usage]})
    assert {"middle-model": USAGE} == usage.usage_metadata


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_the_answer_carries_the_record(way) -> None:
    """The answer in the state names its model, and carries decision, attempts and cost."""
    found = await events(built(three(error="429")).compile(), way, ["values"])
    metadata = found["values"][-1]["messages"][-1].response_metadata
    assert ("middle-model", "fake-provider") == (metadata["model_name"], metadata["model_provider"])
    assert [("large", "failed"), ("middle", "answered")] == tried(metadata["routing"])
    assert (30 + 20) * 2.0 / 1e6 == pytest.approx(metadata["routing"]["cost_usd"])


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_an_answer_that_breaks_off_is_the_end(way) -> None:
    """Once a listener has had a token, a failure raises, and nobody else is called."""
    pool = three(break_after=1)
    with pytest.raises(InterruptedAnswerError) as caught:
        await events(built(pool).compile(), way, ["messages"])
    assert "one " == caught.value.received
    assert ([], []) == (pool[1].model.calls, pool[2].model.calls)


async def test_when_all_fail_the_error_names_each() -> None:
    """When no candidate answers, the error names every one with its failure."""
    graph = built([candidate("large", 3.0, error="429"), candidate("small", 1.0, error="500")]).compile()
    text = "of 2 in the ranking:\n  - large: RuntimeError: 429\n  - small: RuntimeError: 500"
    with pytest.raises(AllCandidatesFailedError, match=text):
        graph.invoke(PROMPT)
    with pytest.raises(AllCandidatesFailedError, match=text):
        await graph.ainvoke(PROMPT)


@dataclass
class HostContext:
    """A host's own context, with something of ours in it."""

    user: str = "Ada"
    model: str = "small"


@pytest.mark.parametrize(
    ("context", "answered_by"),
    [
        (None, "large"),
        ({"router": "low-cost"}, "small"),
        ({"model": "middle"}, "middle"),
        ({"model": "small", "fallback": True}, "small"),
        (RoutingContext(model="small"), "small"),
    ],
)
@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_run_may_choose(way, context, answered_by) -> None:
    """Router and model can be chosen by the run's context, as a dictionary or as an object."""
    found = await events(built().compile(), way, ["values"], context=context)
    assert answered_by == found["values"][-1]["messages"][-1].response_metadata["routing"]["answered_by"]


def test_a_hosts_context_counts_for_what_it_has_in_common() -> None:
    """A host graph's own context object chooses for a routing graph in it."""
    host = StateGraph(MessagesState, context_schema=HostContext)
    host.add_node("route", built().compile())
    host.add_edge(START, "route")
    answer = host.compile().invoke(PROMPT, context=HostContext())["messages"][-1]
    assert "small" == answer.response_metadata["routing"]["answered_by"]


# -- inside a host graph --------------------------------------------------------------------


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("subgraphs", [False, True])
@pytest.mark.parametrize("saver", [None, InMemorySaver], ids=["no-saver", "saver"])
async def test_a_subgraph_tells_each_token_once(way, subgraphs, saver) -> None:
    """A host sees the answer of a nested routing graph once, its steps nested, and nothing on `custom`."""
    host = hosted(built(three(error="429")).compile(), checkpointer=saver and saver())
    found = await events(host, way, ["messages", "updates", "custom"], THREAD, subgraphs=subgraphs)
    assert (TOKENS if subgraphs else [ANSWER]) == texts(found["messages"])
    assert ([*FALLBACK_STEPS, "host"] if subgraphs else ["host"]) == steps(found["updates"])
    assert [] == found["custom"]
    (update,) = [update for update in found["updates"] if "host" in update]
    assert [PROMPT["messages"][0][1], ANSWER] == [message.content for message in update["host"]["messages"]]


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("subgraphs", [False, True])
@pytest.mark.parametrize("saver", [None, InMemorySaver], ids=["no-saver", "saver"])
async def test_a_chat_model_in_a_node_tells_each_token_once(way, subgraphs, saver) -> None:
    """A host sees each token of a chat model in its node once, the steps nested, and nothing on `custom`."""
    llm = DynaRouteChatModel(graph=built(three(error="429")))
    host = hosted(chat_node(llm, way), checkpointer=saver and saver())
    found = await events(host, way, ["messages", "updates", "custom"], THREAD, subgraphs=subgraphs)
    assert TOKENS == texts(found["messages"])
    assert ([*FALLBACK_STEPS, "host"] if subgraphs else ["host"]) == steps(found["updates"])
    assert [] == found["custom"]


class Eager(FakeModel):
    """Streams without ever letting others have a turn."""

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        yield from map(self._chunk, range(len(self.words)))

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        for place in range(len(self.words)):
            yield self._chunk(place)


class Slow(BaseCallbackHandler):
    """A listener that takes its time over each token."""

    run_inline = True

    def on_llm_new_token(self, token, **_):
        """Sleep."""
        time.sleep(0.05)


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_slow_listener_is_told_each_token_once(way) -> None:
    """A candidate that is done before the first token is heard of tells nothing twice, and in order."""
    host = hosted(chat_node(DynaRouteChatModel(graph=built(three(kind=Eager))), way))
    found = await events(host, way, ["messages"], {"callbacks": [Slow()]}, subgraphs=True)
    assert TOKENS == texts(found["messages"])
    assert 1 == len({message.id for message, _ in found["messages"]})


@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_chat_model_keeps_no_checkpoints(way) -> None:
    """A host's thread holds the host's own checkpoints only, and each message once."""
    saver, llm = InMemorySaver(), DynaRouteChatModel(graph=built())
    host = hosted(chat_node(llm, way), checkpointer=saver)
    for _ in range(2):
        await events(host, way, ["messages"], THREAD)
    assert [PROMPT["messages"][0][1], ANSWER] * 2 == [m.content for m in host.get_state(THREAD).values["messages"]]
    assert {""} == {kept.config["configurable"]["checkpoint_ns"] for kept in saver.list(None)}


@pytest.mark.parametrize("way", ["decide", "adecide"])
@pytest.mark.parametrize("saver", [None, InMemorySaver], ids=["no-saver", "saver"])
async def test_a_node_may_ask_for_a_decision(way, saver) -> None:
    """`decide` in a host's node returns the decision, and the host goes on."""
    llm = DynaRouteChatModel(graph=built())

    async def adecide(state):
        return {"messages": [AIMessage((await llm.adecide(state["messages"])).model)]}

    def decide(state):
        return {"messages": [AIMessage(llm.decide(state["messages"]).model)]}

    host = hosted(adecide if way == "adecide" else decide, checkpointer=saver and saver())
    found = await events(host, "astream", ["updates", "messages", "custom"], THREAD)
    assert ["host"] == steps(found["updates"])
    assert (["large"], []) == (texts(found["messages"]), found["custom"])


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("nested", [False, True])
async def test_each_turn_of_a_thread_starts_afresh(way, nested) -> None:
    """On a thread, attempts and place in the ranking begin anew each turn, also after a turn that failed."""
    pool = [candidate("large", 3.0, error="429"), candidate("small", 1.0)]
    saver = InMemorySaver()
    graph = built(pool).compile(checkpointer=True if nested else saver)
    graph = hosted(graph, checkpointer=saver) if nested else graph
    records = []
    for error in (None, "500", None):
        pool[1].model.error = error
        if error:
            with pytest.raises(AllCandidatesFailedError) as caught:
                await events(graph, way, ["values"], THREAD)
            assert ["large", "small"] == [attempt.name for attempt in caught.value.attempts]
        else:
            found = await events(graph, way, ["values"], THREAD)
            records.append(found["values"][-1]["messages"][-1].response_metadata["routing"])
    assert [[("large", "failed"), ("small", "answered")]] * 2 == [tried(record) for record in records]
    assert [1, 3, 4] == [len(call["messages"]) for call in pool[1].model.calls]


# -- changed by its user --------------------------------------------------------------------


def easy(state):
    """Find every prompt easy."""
    return {"profile": TaskProfile(category="Facts", level=1)}


def shout(state):
    """Answer in capitals, without any model."""
    return {"messages": [AIMessage(str(state["messages"][-1].content).upper())]}


async def a_shout(state):
    """Answer in capitals, async."""
    return shout(state)


def give_up(state):
    """Go to the last of the ranking at once."""
    return {"position": len(state["decision"]["ranking"]) - 1}


def as_function(node):
    """A node as a plain function."""
    return node


@pytest.mark.parametrize("form", [as_function, RunnableLambda])
class TestReplacedNodes:
    """A node can be replaced by a plain function or by a Runnable, and the graph is drawn as before."""

    async def test_classify(self, form) -> None:
        """A replaced `classify` decides with its own profile, given as the object."""
        graph = built(router="optimum", nodes={"classify": form(easy)})
        for state in (graph.compile().invoke(PROMPT), await graph.compile().ainvoke(PROMPT)):
            assert {"category": "Facts", "level": 1}.items() <= state["decision"]["profile"].items()
            assert "small" == state["decision"]["ranking"][0]["name"]

    async def test_look_up_tier(self, form) -> None:
        """A replaced `look_up_tier` decides by itself."""
        decision = DynaRouteChatModel(graph=built(router="low-cost")).decide("Hello")

        def decide(state):
            return {"decision": decision, "position": 0, "attempts": []}

        graph = built(nodes={"look_up_tier": form(decide)}).compile()
        for state in (graph.invoke(PROMPT), await graph.ainvoke(PROMPT)):
            assert [("small", "answered")] == tried(state)

    async def test_fall_back(self, form) -> None:
        """A replaced `fall_back` chooses who is next."""
        graph = built(three(error="429"), nodes={"fall_back": form(give_up)}).compile()
        for state in (graph.invoke(PROMPT), await graph.ainvoke(PROMPT)):
            assert [("large", "failed"), ("small", "answered")] == tried(state)

    async def test_call_model(self, form) -> None:
        """A replaced `call_model` gives the answer, and no candidate is called."""
        pool = three()
        graph = built(pool, nodes={"call_model": form(shout)}).compile()
        for state in (graph.invoke(PROMPT), await graph.ainvoke(PROMPT)):
            assert "HOW MANY PRIMES ARE THERE?" == state["messages"][-1].content
        assert [[], [], []] == [each.model.calls for each in pool]

    def test_the_drawing_stays(self, form) -> None:
        """The drawing is that of the graph as it comes."""
        assert (
            built().compile().get_graph().draw_mermaid()
            == built(nodes={"classify": form(easy), "call_model": form(shout)}).compile().get_graph().draw_mermaid()
        )


async def test_decide_returns_what_the_state_says() -> None:
    """A node put around ours has the last word, also in `decide`; without one, ours is read back unchanged."""
    graph = built()
    plain = DynaRouteChatModel(graph=graph).decide(PROMPT["messages"])
    assert plain == RoutingDecision.model_validate(json.loads(json.dumps(plain.to_json())))
    ours = graph.nodes["look_up_tier"].runnable

    def turn_round(state):
        update = ours.invoke(state)
        return {**update, "decision": {**update["decision"], "ranking": update["decision"]["ranking"][::-1]}}

    graph.nodes["look_up_tier"] = replace(graph.nodes["look_up_tier"], runnable=RunnableLambda(turn_round))
    llm = DynaRouteChatModel(graph=graph)
    for decision in (llm.decide(PROMPT["messages"]), await llm.adecide(PROMPT["messages"])):
        assert plain.ranking[::-1] == decision.ranking


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
async def test_a_chat_model_gives_the_answer_of_a_replaced_call(way) -> None:
    """The chat model returns what a replaced `call_model` answers."""
    llm = DynaRouteChatModel(graph=built(nodes={"call_model": RunnableLambda(shout, afunc=a_shout)}))
    if way == "invoke":
        answer = llm.invoke("hello").content
    elif way == "ainvoke":
        answer = (await llm.ainvoke("hello")).content
    elif way == "stream":
        answer = "".join(chunk.content for chunk in llm.stream("hello"))
    else:
        answer = "".join([chunk.content async for chunk in llm.astream("hello")])
    assert "HELLO" == answer


@pytest.mark.parametrize(
    ("name", "hint"),
    [("clasify", "Did you mean 'classify'?"), ("xyz", "Choose from: classify, look_up_tier, call_model")],
)
def test_an_unknown_node_cannot_be_replaced(name, hint) -> None:
    """A node that the graph does not have is an error that names the nearest, or all."""
    with pytest.raises(PoolError, match=re.escape(f"no node {name!r} to replace. {hint}")):
        built(nodes={name: easy})


@pytest.mark.parametrize("ask", ["graph", "chat model"])
def test_nodes_and_edges_can_be_added(ask) -> None:
    """A node added between two of ours runs, in the compiled graph and inside the chat model."""
    seen = []

    def audit(state):
        seen.append(state["decision"]["ranking"][0]["name"])
        return {}

    graph = built()
    graph.add_node("audit", audit)
    graph.add_edge("look_up_tier", "audit")
    if ask == "graph":
        answer = graph.compile().invoke(PROMPT)["messages"][-1]
    else:
        answer = DynaRouteChatModel(graph=graph).invoke(PROMPT["messages"])
    assert (["large"], ANSWER) == (seen, answer.content)


# -- handed to the chat model ---------------------------------------------------------------


def test_a_chat_model_takes_the_graphs_policy() -> None:
    """A chat model that is given a graph decides and answers by that graph's router, pool and classifier."""
    graph = built(router="low-cost")
    llm = DynaRouteChatModel(graph=graph)
    assert graph.policy is llm.policy
    assert "small" == llm.invoke("Hello").response_metadata["routing"]["answered_by"]
    assert "low-cost" == llm.decide("Hello").router


@pytest.mark.parametrize(
    ("graph", "kind"), [(built().compile(), "CompiledStateGraph"), (StateGraph(MessagesState), "StateGraph")]
)
def test_another_graph_is_refused(graph, kind) -> None:
    """A compiled graph, or one of another make, is an error that says what to give instead."""
    text = f"graph is a {kind}. Give what build_routing_graph() returned, before compile()"
    with pytest.raises(PoolError, match=re.escape(text)):
        DynaRouteChatModel(graph=graph)


def test_chat_models_that_share_a_graph_keep_their_parameters() -> None:
    """Two chat models around one graph each send their own parameters."""
    pool = three()
    graph = built(pool)
    cold, warm = DynaRouteChatModel(graph=graph, temperature=0.0), DynaRouteChatModel(graph=graph, temperature=0.9)
    for llm in (cold, warm, cold):
        llm.invoke("Hello")
    assert [0.0, 0.9, 0.0] == [call["temperature"] for call in pool[0].model.calls]


def test_a_graphs_own_parameters_hold() -> None:
    """Parameters that the graph was built with go to the candidate, alone and inside a chat model."""
    pool = three()
    graph = built(pool, parameters=CallParameters(timeout=3.0, extra={"temperature": 0.1}))
    graph.compile().invoke(PROMPT)
    DynaRouteChatModel(graph=graph).invoke("Hello")
    assert [(3.0, 0.1)] * 2 == [(call.get("timeout"), call.get("temperature")) for call in pool[0].model.calls]


@pytest.mark.parametrize("form", ["graph", "chat model"])
@pytest.mark.parametrize("way", ["stream", "astream"])
async def test_a_routing_graph_in_a_node_of_another_keeps_to_itself(form, way) -> None:
    """What a call chooses is the outer graph's alone; a routing graph in one of its nodes decides for itself."""
    pool = [candidate("inner", 1.0, words=("inside",))]
    inner = built(pool).compile() if form == "graph" else DynaRouteChatModel(graph=built(pool))

    def classify(state):
        inner.invoke(PROMPT if form == "graph" else PROMPT["messages"])
        return easy(state)

    llm = DynaRouteChatModel(graph=built(nodes={"classify": classify}))
    if way == "stream":
        streamed = list(llm.stream("Hello", model="middle"))
    else:
        streamed = [chunk async for chunk in llm.astream("Hello", model="middle")]
    assert TOKENS == [chunk.content for chunk in streamed if chunk.content]
    assert "middle" == streamed[-1].response_metadata["routing"]["answered_by"]
    assert 1 == len(pool[0].model.calls)


def test_a_candidates_message_reaches_the_state_once() -> None:
    """The state of a run ends with one new message, the answer, under the id that was streamed."""
    graph = built([candidate("only")]).compile()
    found = list(graph.stream(PROMPT, stream_mode=["messages", "values"]))
    streamed = {event[0].id for mode, event in found if mode == "messages"}
    messages = found[-1][1]["messages"]
    assert 2 == len(messages)
    assert {messages[-1].id} == streamed
