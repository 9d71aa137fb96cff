"""Proxy solvers: what neighbours' outcomes and a cheap model's answers tell of a prompt."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from fakes import FakeModel

from langchain_dynaroute import OutcomeTable
from langchain_dynaroute.encoders import StaticEncoder
from langchain_dynaroute.features.proxy import AnswerProxy, NeighbourProxy, ProxySolver, as_proxy
from langchain_dynaroute.routers import LLMRankRouter, check_router, load_router
from langchain_dynaroute.routers.checks import small_outcomes

PROMPTS = ("Add 3 and 4.", "Add 30 and 41.", "Write a poem about the sea.")


@pytest.fixture
def outcomes():
    """Three prompts, two models; the second is the cheaper."""
    quality = np.array([[1.0, 0.0], [0.5, np.nan], [0.0, 1.0]])
    return OutcomeTable(("a", "b", "c"), PROMPTS, ("d",) * 3, ("x", "y"), quality, np.array([[2.0, 1.0]] * 3))


def signals(proxy, outcomes, prompts, **more):
    encode = StaticEncoder().encode
    learned = proxy.learned(outcomes, encode(outcomes.prompts))
    found = proxy.signals(prompts, encode(prompts), learned, **more)
    return [dict(zip(proxy.names, row, strict=True)) for row in found.tolist()]


def test_neighbours_tell_their_outcomes(outcomes):
    """With one neighbour the signals are the statistics of its outcomes, and of how alike it is."""
    (found,) = signals(NeighbourProxy(1), outcomes, ["Add 3 and 4."])

    assert [1.0, 0.5, 0.5, 0.0] == [
        found[f"neighbours_{name}"] for name in ("best_quality", "mean_quality", "spread", "cheapest_quality")
    ]
    assert 1.0 == pytest.approx(found["neighbours_similarity"])


def test_a_training_prompt_does_not_see_its_own_outcome(outcomes):
    """While fitting, the nearest neighbour of a prompt is another one."""
    found = signals(NeighbourProxy(1), outcomes, PROMPTS, is_training=True)

    assert 0.5 == found[0]["neighbours_best_quality"]
    assert found[0]["neighbours_similarity"] < 0.999


def test_a_single_training_prompt_has_no_neighbour(outcomes):
    """Fitted on one prompt, its signals are finite."""
    (found,) = signals(NeighbourProxy(), outcomes.take([0]), PROMPTS[:1], is_training=True)

    assert all(math.isfinite(value) for value in found.values())


def test_answers_that_differ_are_told():
    """Entropy is 0 and agreement 1 for equal answers, whatever their case; 1 and a third for three different ones."""
    endless = itertools.count()
    same = AnswerProxy(lambda _: ("Paris.", "paris")[next(endless) % 2]).signals(["x"], None, {})
    different = AnswerProxy(lambda _: str(next(endless))).signals(["x"], None, {})

    assert [[0.0, 1.0]] == same.tolist()
    assert [[1.0, 1 / 3]] == [pytest.approx(row) for row in different.tolist()]
    assert (0, 2) == AnswerProxy(str).signals([], None, {}).shape


def test_a_chat_model_can_answer():
    """A LangChain chat model is asked as it is."""
    assert [[0.0, 1.0]] == AnswerProxy(FakeModel(label="x"), n=2).signals(["Hello"], None, {}).tolist()


def test_a_router_reads_a_proxy_of_ones_own(tmp_path):
    """A user's proxy solver passes the checks in a router, and is given anew on load."""

    class Digits(ProxySolver):
        names = ("digits",)

        def signals(self, prompts, vectors, learned, *, is_training=False):
            return np.array([[sum(map(str.isdigit, prompt))] for prompt in prompts], dtype=np.float32).reshape(-1, 1)

    router = LLMRankRouter(proxy=Digits(), epochs=2, n_networks=1)
    outcomes = small_outcomes(60)
    check_router(router)
    again = load_router(router.fit(outcomes).save(tmp_path), proxy=Digits())

    assert "digits" == again.readable[-1]
    assert np.allclose(router.predict_utility(PROMPTS), again.predict_utility(PROMPTS))


def test_a_name_is_a_proxy():
    """`"neighbours"` is the neighbours' proxy, and a proxy is itself."""
    mine = NeighbourProxy(3)

    assert isinstance(as_proxy("neighbours"), NeighbourProxy)
    assert mine is as_proxy(mine)
    assert as_proxy(None) is None
