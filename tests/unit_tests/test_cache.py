"""A cache of answers: the same question to the same policy is asked once, and to another policy again."""

import asyncio
from functools import reduce
from operator import add

import pytest
from fakes import FakeModel, FixedClassifier, candidate
from langchain_core.caches import InMemoryCache
from langchain_core.globals import set_llm_cache
from langchain_core.runnables import ConfigurableField
from test_chat_models import ANSWER, PROMPT, routed, three

from langchain_dynaroute import Candidate, Category, DynaRouteChatModel, ScoredCandidate, TaskProfile
from langchain_dynaroute.candidate_models import CallParameters
from langchain_dynaroute.classifiers import ChatModelClassifier
from langchain_dynaroute.graph import build_routing_graph
from langchain_dynaroute.routers import Router

WAYS = ("invoke", "ainvoke", "batch", "abatch")


async def ask(llm, way, **kwargs):
    """Ask in one of the four ways that a cache serves."""
    if way.endswith("batch"):
        call = llm.abatch([PROMPT], **kwargs) if way == "abatch" else asyncio.to_thread(llm.batch, [PROMPT], **kwargs)
        return (await call)[0]
    return await (
        llm.ainvoke(PROMPT, **kwargs) if way == "ainvoke" else asyncio.to_thread(llm.invoke, PROMPT, **kwargs)
    )


def asked(pool) -> int:
    """How many answers the models of a pool were asked for."""
    return sum(len(each.model.calls) for each in pool)


@pytest.mark.parametrize("way", WAYS)
async def test_the_same_question_is_asked_once(way) -> None:
    """Two chat models of one policy share an answer, with its record; the limiter and the models are left alone."""
    pool, cache = three(), InMemoryCache()
    first = await ask(routed(*pool, cache=cache), way)
    again = await ask(routed(*pool, cache=cache), way)
    assert 1 == asked(pool)
    assert (ANSWER, first.response_metadata) == (again.content, again.response_metadata)
    assert 0 == again.usage_metadata["total_cost"]


async def test_a_global_cache_serves_too() -> None:
    """The cache that is set for all of LangChain serves a chat model that has none, and not one with `cache=False`."""
    pool = three()
    set_llm_cache(InMemoryCache())
    try:
        for llm in (routed(*pool), routed(*pool), routed(*pool, cache=False)):
            llm.invoke(PROMPT)
    finally:
        set_llm_cache(None)
    assert 2 == asked(pool)


async def test_a_stream_is_never_cached() -> None:
    """As with LangChain's other chat models, a stream asks anew."""
    pool, cache = three(), InMemoryCache()
    for _ in range(2):
        assert ANSWER == reduce(add, routed(*pool, cache=cache).stream(PROMPT)).content
    assert 2 == asked(pool)


class FirstRouter(Router):
    """Ranks the pool as it is."""

    name = "first"
    needs_profile = False

    def rank(self, prompt, profile, pool):
        """Return the candidates in their order."""
        return tuple(ScoredCandidate(name=each.name, reason="first come") for each in pool)


class ThirdRouter(FirstRouter):
    """Another one of the same name."""

    def rank(self, prompt, profile, pool):
        """Return the candidates the other way round."""
        return super().rank(prompt, profile, pool)[::-1]


def priced(price: float, **fields) -> Candidate:
    """A candidate that is always the same model, at this price."""
    return Candidate(
        "only", FakeModel(label="only"), input_usd_per_1m_tokens=price, output_usd_per_1m_tokens=price, **fields
    )


def with_node(level: int) -> DynaRouteChatModel:
    """A chat model around a graph with a classifier node of a user's, which is a closure."""

    def classify(state):
        return {"profile": TaskProfile(category=Category.FACTS, level=level)}

    return around(nodes={"classify": classify})


def with_edge(node) -> DynaRouteChatModel:
    """A chat model around a graph to which a node was added."""
    graph = build_routing_graph("optimum", three(), FixedClassifier())
    graph.add_node("audit", node)
    graph.add_edge("look_up_tier", "audit")
    return DynaRouteChatModel(graph=graph)


def around(**fields) -> DynaRouteChatModel:
    """A chat model around a graph."""
    return DynaRouteChatModel(graph=build_routing_graph("optimum", three(), FixedClassifier(), **fields))


class Heated(FakeModel):
    """A chat model with a setting of its own."""

    heat: float = 0.0

    @property
    def _identifying_params(self):
        return {"heat": self.heat}


def heated(heat: float) -> Candidate:
    """A candidate whose chat model has its own setting."""
    return candidate("only", kind=Heated, heat=heat)


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: routed(*three()), lambda: routed(*three(), router="low-cost")),
        (lambda: routed(*three(), router=FirstRouter()), lambda: routed(*three(), router=ThirdRouter())),
        (lambda: routed(*three()), lambda: routed(*three()[1:])),
        (lambda: routed(priced(1.0)), lambda: routed(priced(2.0))),
        (lambda: routed(priced(1.0)), lambda: routed(priced(1.0, scores={"AIME": 3}))),
        (lambda: routed(priced(1.0)), lambda: routed(priced(1.0, params={"reasoning_effort": "high"}))),
        (lambda: routed(heated(0.0)), lambda: routed(heated(1.0))),
        (lambda: routed(*three()), lambda: routed(*three(), classifier=FixedClassifier(level=1))),
        (
            lambda: routed(*three(), classifier=ChatModelClassifier(priced(1.0))),
            lambda: routed(*three(), classifier=ChatModelClassifier(priced(1.0, params={"temperature": 1}))),
        ),
        (lambda: routed(*three()), lambda: routed(*three(), max_fallback_price_ratio=1.0)),
        (lambda: routed(*three()), lambda: routed(*three(), temperature=1.0)),
        (lambda: routed(*three()), lambda: routed(*three(), stop=["END"])),
        (around, lambda: with_node(1)),
        (lambda: with_node(1), lambda: with_node(2)),
        (around, lambda: with_edge(lambda _: {})),
        (lambda: with_edge(lambda _: {}), lambda: with_edge(lambda _: {})),
        (around, lambda: around(before_call={"log": lambda _: {}})),
        (around, lambda: around(parameters=CallParameters(extra={"temperature": 1.0}))),
        (around, lambda: around(parameters=CallParameters(extra={"effort": "high"}))),
    ],
    ids=[
        *("router", "router of the same name", "pool", "price", "scores", "parameters", "a model's own setting"),
        *("classifier", "classifier's model", "bound", "temperature", "stop"),
        *("graph", "node", "edge", "edges alike", "before_call", "the graph's temperature", "the graph's parameter"),
    ],
)
async def test_an_answer_does_not_cross(one, other, way) -> None:
    """What decides who answers, and how, keeps answers apart; the same again finds its own."""
    cache = InMemoryCache()
    models = [one(), other()]
    for llm in (*models, *models):
        llm.cache = cache
        await ask(llm, way)
    assert [1, 1] == [asked(llm.model_pool) for llm in models]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("by", ["call", "configurable"])
async def test_a_choice_of_the_call_does_not_cross(by, way) -> None:
    """A model or router chosen for one call keeps its answer apart, by the call and by its config alike."""
    pool = three()
    llm = routed(*pool, cache=InMemoryCache())
    for choice, answered_by in (
        ({}, "large"),
        ({"model": "small"}, "small"),
        ({"model": "middle"}, "middle"),
        ({"router": "low-cost"}, "small"),
    ) * 2:
        kwargs = choice if by == "call" else {"config": {"configurable": choice}}
        assert answered_by == (await ask(llm, way, **kwargs)).response_metadata["routing"]["answered_by"]
    assert [1, 1, 2] == [len(each.model.calls) for each in pool]


def test_a_configured_field_does_not_cross() -> None:
    """A configurable router keeps answers apart as the router itself does."""
    pool = three()
    llm = routed(*pool, cache=InMemoryCache()).configurable_fields(router=ConfigurableField(id="policy"))
    for policy in ("best-performance", "low-cost") * 2:
        llm.invoke(PROMPT, {"configurable": {"policy": policy}})
    assert [1, 0, 1] == [len(each.model.calls) for each in pool]


def test_a_graph_is_the_same_to_itself() -> None:
    """Two chat models around one changed graph share answers: it is the same graph."""
    graph = build_routing_graph("optimum", pool := three(), FixedClassifier(), before_call={"log": lambda _: {}})
    cache = InMemoryCache()
    for _ in range(2):
        DynaRouteChatModel(graph=graph, cache=cache).invoke(PROMPT)
    assert 1 == asked(pool)


def test_a_key_holds_no_secret() -> None:
    """Neither the cache's key nor what a trace shows holds a key, a credential or a graph's own parameter."""
    secret = "swordfish-1234"
    pool = [priced(1.0, api_key=secret, params={"aws_secret_access_key": secret, "extra_headers": {"x": secret}})]
    graph = build_routing_graph("optimum", pool, parameters=CallParameters(extra={"api_key": secret}))
    llm = DynaRouteChatModel(graph=graph)
    assert secret not in f"{llm._get_llm_string()} {llm._identifying_params} {llm._get_ls_params()} {llm!r} {llm}"
