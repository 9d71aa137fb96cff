"""Routers that learn: every one keeps the rules, and each learns what it says."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeModel
from langchain_core.embeddings import Embeddings
from own_router import CarelessRouter, LengthRouter

from langchain_dynaroute import Candidate, DynaRouteChatModel, ModelPool, OutcomeTable, build_routing_graph
from langchain_dynaroute.encoders import StaticEncoder
from langchain_dynaroute.errors import MissingExtraError, PoolError, RouterError
from langchain_dynaroute.routers import (
    BestSingleRouter,
    CheapestRouter,
    KNNRouter,
    LinearRouter,
    MLPRouter,
    RandomRouter,
    SVMRouter,
    as_router,
    check_router,
    load_router,
    make_router,
)
from langchain_dynaroute.routers.checks import small_outcomes
from langchain_dynaroute.routers.registry import LEARNED, router_class
from langchain_dynaroute.routers.ridge import fit_ridge

READING = ("knn", "linear", "mlp", "svm")


@pytest.fixture(scope="module")
def outcomes():
    """Three models, each best at one kind of prompt; the large one is the dearest."""
    return small_outcomes(240)


@pytest.fixture
def pool():
    """The three models of the outcomes, with a fake to answer for each."""
    return ModelPool(
        [
            Candidate(name, FakeModel(label=name), input_usd_per_1m_tokens=price, output_usd_per_1m_tokens=price)
            for name, price in (("small", 1), ("medium", 2), ("large", 9))
        ],
        name="three",
    )


def accuracy(router, outcomes):
    choice = router.predict_utility(outcomes.prompts).argmax(axis=1)
    return outcomes.quality[np.arange(len(outcomes)), choice].mean()


# -- the rules --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LEARNED)
def test_every_registered_router_keeps_the_rules(name):
    """Each of our routers passes the checks a user's must pass, and can be saved and swept."""
    report = check_router(router_class(name))

    assert {} == report.failed
    assert {"cost": True, "sweep": True, "save": True, "missing outcomes": True} == report.abilities


@pytest.mark.parametrize("router", [SVMRouter("linear"), SVMRouter("rbf"), KNNRouter(3, temperature=None, prior=0)])
def test_other_parameters_keep_the_rules(router):
    """So do the other kernels, and the plain nearest neighbours of RouterBench."""
    assert not check_router(router, outcomes=replace(small_outcomes(60), name="fewer")).failed


def test_a_routers_own_trade_off_keeps_the_rules():
    """A router with a cost weight passes, and what needs no costs is refused as it should be."""
    assert not check_router(LinearRouter(cost_weight=200.0)).failed


def test_a_users_router_is_checked_for_what_it_can():
    """A router of twenty lines passes, and can expect costs, be swept and be saved without a word of its own."""
    report = check_router(LengthRouter)

    assert {"cost": True, "sweep": True, "save": True, "missing outcomes": True} == report.abilities
    assert "length: 20 rules kept, 0 broken" in str(report)


def test_broken_rules_are_listed_with_the_way_out():
    """One error lists every rule that a careless router breaks, each with what to do."""
    with pytest.raises(RouterError) as told:
        check_router(CarelessRouter)
    for words in ("learn in `_fit`", "`random_state`", "no scaling by the batch", "`fit` sets ['helper']"):
        assert words in str(told.value)
    assert 4 <= str(told.value).count("BROKEN")


def test_what_is_no_router_is_told():
    """Something else, and a class that cannot be made, are refused before any check."""

    class Needy(LengthRouter):
        def __init__(self, border):
            super().__init__(border)

    with pytest.raises(RouterError, match="is no LearnedRouter"):
        check_router(int)
    with pytest.raises(RouterError, match="give every parameter a default"):
        check_router(Needy)


# -- what they learn --------------------------------------------------------------------------


@pytest.mark.parametrize("name", READING)
def test_it_learns_who_is_good_at_what(name, outcomes):
    """On prompts it has not seen, each router that reads does better than the best single model."""
    train, test = outcomes.split(0.7, seed=1)
    parameters = {"mlp": {"max_epochs": 300, "penalty": 0.01}, "svm": {"C": 1.0}, "linear": {"strength": 1.0}}
    router = make_router(name, **parameters.get(name, {})).fit(train)

    assert accuracy(router, test) > accuracy(BestSingleRouter().fit(train), test) + 0.1


@pytest.mark.parametrize("name", READING)
def test_unknown_outcomes_are_no_zeros(name, outcomes):
    """A model whose outcomes are half unknown is expected as good as it was where they are known."""
    holes = np.zeros(outcomes.quality.shape, dtype=bool)
    holes[::2, 0] = True
    partly = replace(outcomes, quality=np.where(holes, np.nan, outcomes.quality))
    known = np.nanmean(partly.quality[:, 0])
    expected = make_router(name).fit(partly).predict_quality(outcomes.prompts)[:, 0].mean()

    assert abs(known - expected) < 0.1


def test_nearest_neighbours_are_averaged():
    """With k = 2 and no prior, the expected quality is the mean of the two most alike prompts' known outcomes."""
    quality = np.array([[1.0, 0.0], [0.0, np.nan], [0.0, 1.0]])
    prompts = ("Add 3 and 4.", "Add 30 and 41.", "Write a poem about the sea.")
    table = OutcomeTable(("a", "b", "c"), prompts, ("d",) * 3, ("x", "y"), quality)
    router = KNNRouter(2, temperature=None, prior=0).fit(table)

    assert np.allclose([[0.5, 0.0]], router.predict_quality(["Add 7 and 8."]))


def test_the_earlier_of_equal_prompts_is_nearer():
    """Ties are settled by place, so that rounding in a batch cannot change the neighbours."""
    quality = np.array([[1.0], [0.0], [0.0]])
    table = OutcomeTable(("a", "b", "c"), ("same",) * 3, ("d",) * 3, ("x",), quality)
    router = KNNRouter(1, temperature=None, prior=0).fit(table)

    assert np.allclose([[1.0]] * 9, router.predict_quality(["same"] * 9))


def test_ridge_with_holes_is_the_fit_on_the_known_rows():
    """A target with holes gets the same weights as on its known rows alone, which satisfy the normal equations."""
    rng = np.random.default_rng(3)
    rows, targets = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
    holed = targets.copy()
    holed[::3, 1] = np.nan
    known = ~np.isnan(holed[:, 1])
    fitted, alone = fit_ridge(rows, holed, 2.0), fit_ridge(rows[known], targets[known, 1:], 2.0)
    residual = targets[:, 0] - fitted.predict(rows)[:, 0]

    assert np.allclose(fitted.weights[:, 1:], alone.weights)
    assert np.allclose(rows.T @ residual, 2.0 * fitted.weights[:, 0])
    assert abs(residual.sum()) < 1e-9


def test_expected_costs_add_up(outcomes):
    """Over the training prompts, the expected cost of each model is what it cost in all."""
    router = LinearRouter().fit(outcomes)

    assert np.allclose(outcomes.costs().sum(axis=0), router.predict_cost(outcomes.prompts).sum(axis=0))


def test_the_cost_weight_trades(outcomes):
    """A large λ chooses the cheapest model for every prompt, λ = 0 the best."""
    dear = KNNRouter(cost_weight=1e6).fit(outcomes)

    assert {0} == set(dear.predict_utility(outcomes.prompts).argmax(axis=1).tolist())
    assert accuracy(KNNRouter().fit(outcomes), outcomes) > accuracy(dear, outcomes)


def test_an_exact_rbf_machine_is_not_fitted_on_many_prompts(outcomes, pool, monkeypatch):
    """Beyond the limit `nystroem` takes its place, and the decision's notes say so."""
    monkeypatch.setattr("langchain_dynaroute.routers.svm.MOST_EXACT", 100)
    (note,) = SVMRouter("rbf").fit(outcomes).notes(None, pool)

    assert "kernel nystroem in place of rbf, since 240 prompts are more than the 100" in note


def test_baselines_are_what_they_are_called(outcomes):
    """Best single, cheapest and random: the highest mean, the lowest cost, and any model by the seed."""
    prompts = outcomes.prompts
    best = BestSingleRouter().fit(outcomes).predict_utility(prompts).argmax(axis=1)
    cheapest = CheapestRouter().fit(outcomes).predict_utility(prompts).argmax(axis=1)
    drawn = RandomRouter().fit(outcomes).predict_utility(prompts).argmax(axis=1)
    again = RandomRouter(random_state=7).fit(outcomes).predict_utility(prompts).argmax(axis=1)

    assert {int(outcomes.quality.mean(axis=0).argmax())} == set(best.tolist())
    assert {0} == set(cheapest.tolist())
    assert min(np.bincount(drawn, minlength=3)) > 50
    assert (drawn != again).any()


@pytest.mark.parametrize("router", [MLPRouter(), SVMRouter()])
def test_fitting_without_scikit_learn_names_the_extra(router, outcomes, monkeypatch):
    """Where scikit-learn is missing, `fit` says which extra brings it."""
    for name in ("sklearn", "sklearn.svm", "sklearn.neural_network"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"langchain-dynaroute\[bench\]"):
        router.fit(outcomes)


@pytest.mark.parametrize(
    ("router", "words"),
    [
        (KNNRouter(0), "k is 1 or more"),
        (LinearRouter(0), "strength is above 0"),
        (SVMRouter("poly"), "kernel is one of linear, nystroem, rbf"),
        (LinearRouter(cost_weight=1.0), "has no costs"),
        (CheapestRouter(), "does not know a cost of every model"),
    ],
)
def test_a_wrong_parameter_is_told_at_fit(router, words, outcomes):
    """A parameter out of range, or one that needs costs, is an error of `fit`."""
    with pytest.raises(RouterError, match=words):
        router.fit(replace(outcomes, cost_usd=None, cost_source=None))


def test_a_model_without_any_outcome_is_told(outcomes):
    """A model of which nothing is known is named, with the way out."""
    quality = outcomes.quality.copy()
    quality[:, 1] = np.nan
    with pytest.raises(RouterError, match=r"has no outcome of medium\. Leave it out with `of_models`"):
        KNNRouter().fit(replace(outcomes, quality=quality))


# -- names, saving and loading ----------------------------------------------------------------


def test_a_name_makes_a_router():
    """A registered name or a user's `module:Class` makes a router; misspellings are guessed."""
    assert 5 == make_router("knn", k=5).k
    assert isinstance(make_router("own_router:LengthRouter", border=9), LengthRouter)
    with pytest.raises(RouterError, match="Did you mean 'linear'"):
        make_router("linaer")
    with pytest.raises(RouterError, match="KNNRouter has no parameter 'kk'"):
        make_router("knn", kk=5)
    with pytest.raises(RouterError, match="cannot be imported"):
        make_router("no_such_module:Router")
    with pytest.raises(RouterError, match="is no LearnedRouter"):
        make_router("pathlib:Path")


@pytest.mark.parametrize("name", LEARNED)
def test_what_is_saved_is_loaded(name, outcomes, tmp_path):
    """A saved router has JSON and safetensors alone, and comes back with parameters, predictions and fingerprint."""
    router = make_router(name).fit(outcomes)
    again = load_router(router.save(tmp_path / "saved"))

    assert type(again) is type(router)
    assert router.parameters() == again.parameters()
    assert np.allclose(router.predict_utility(outcomes.prompts), again.predict_utility(outcomes.prompts))
    assert router.fingerprint() == again.fingerprint()
    assert ["router.json", "router.safetensors"] == sorted(path.name for path in (tmp_path / "saved").iterdir())


def test_parameters_may_be_changed_on_load(outcomes, tmp_path):
    """λ can be set anew without fitting; the fingerprint tells the two apart."""
    saved = KNNRouter().fit(outcomes).save(tmp_path)
    plain, thrifty = load_router(saved), load_router(saved, cost_weight=50.0)

    assert 50.0 == thrifty.cost_weight
    assert plain.fingerprint() != thrifty.fingerprint()


def test_only_registered_classes_are_imported(outcomes, tmp_path):
    """A file that names another class is refused; with that class in hand it is loaded."""
    saved = LengthRouter().fit(outcomes).save(tmp_path)

    with pytest.raises(RouterError, match=r"own_router:LengthRouter, which is none of ours.*LengthRouter\.load"):
        load_router(saved)
    assert isinstance(load_router(saved, LengthRouter), LengthRouter)
    with pytest.raises(RouterError, match="holds a own_router:LengthRouter, not a"):
        KNNRouter.load(saved)


def test_another_encoder_is_refused(outcomes, tmp_path):
    """A router is not loaded with an encoder whose vectors cannot be compared with those it was fitted on."""

    class Other(StaticEncoder):
        name = "other"

    saved = KNNRouter(encoder=Other()).fit(outcomes).save(tmp_path)

    with pytest.raises(RouterError, match=r"fitted with the encoder other@\w+, but is given static@\w+.*encoder=…"):
        load_router(saved)
    assert isinstance(load_router(saved, encoder=Other()).encoder, Other)


def test_langchain_embeddings_are_an_encoder(outcomes):
    """Any LangChain `Embeddings` can be given as they are."""

    class Initials(Embeddings):
        def embed_documents(self, texts):
            return [[float(text[1:2] == letter) for letter in "drhx"] for text in texts]

        def embed_query(self, text):
            return self.embed_documents([text])[0]

    assert accuracy(KNNRouter(encoder=Initials()).fit(outcomes), outcomes) > 0.7


@pytest.mark.parametrize("damage", ["missing", "json", "format", "arrays", "parameters"])
def test_a_damaged_folder_is_named(damage, outcomes, tmp_path):
    """What cannot be read is a RouterError that names the folder, never another error."""
    if damage != "missing":
        LinearRouter().fit(outcomes).save(tmp_path)
    settings = tmp_path / "router.json"
    if damage == "json":
        settings.write_text("{")
    elif damage == "format":
        settings.write_text(json.dumps({**json.loads(settings.read_text()), "format": 99}))
    elif damage == "arrays":
        (tmp_path / "router.safetensors").write_bytes(b"nothing")
    elif damage == "parameters":
        settings.write_text(json.dumps({**json.loads(settings.read_text()), "parameters": {"gone": 1}}))
    with pytest.raises(RouterError, match=re.escape(str(tmp_path))):
        load_router(tmp_path)


# -- in the graph and the chat model ----------------------------------------------------------


def test_a_path_is_a_router(outcomes, tmp_path):
    """`as_router` takes a saved router's folder as text or path; a name that must be fitted first says how."""
    saved = KNNRouter().fit(outcomes).save(tmp_path / "saved")

    assert isinstance(as_router(str(saved)), KNNRouter)
    assert isinstance(as_router(saved), KNNRouter)
    with pytest.raises(PoolError, match="dynaroute fit knn"):
        as_router("knn")
    with pytest.raises(RouterError, match="holds no saved router"):
        as_router("no/such/folder")


def test_a_learned_router_is_drawn_without_a_classifier(outcomes, tmp_path, pool):
    """The graph of a saved router has a `rank_models` node and no `classify` node."""
    saved = LinearRouter().fit(outcomes).save(tmp_path)
    nodes = set(build_routing_graph(str(saved), pool).compile().get_graph().nodes)

    assert {"rank_models", "call_model", "fall_back"} <= nodes
    assert not {"classify", "look_up_tier"} & nodes


@pytest.mark.parametrize("given", ["path", "router"])
def test_the_chat_model_answers_by_a_learned_router(given, outcomes, tmp_path, pool):
    """The first of the ranking answers, and decision and answer tell router, expected quality and cost."""
    saved = KNNRouter().fit(outcomes).save(tmp_path)
    llm = DynaRouteChatModel(router=str(saved) if given == "path" else KNNRouter.load(saved), pool=pool)
    decision = llm.decide("Write a Python function f7(x) of 9 lines.")
    answer = llm.invoke("Write a Python function f7(x) of 9 lines.")

    assert ("knn", "medium", None) == (decision.router, decision.model, decision.profile)
    assert {"small", "medium", "large"} == {item.name for item in decision.ranking}
    assert all(
        re.fullmatch(r"knn: expected quality 0\.\d\d, cost \$[\d.e-]+ a call", c.reason) for c in decision.ranking
    )
    assert "knn" == answer.response_metadata["routing"]["router"]
    assert "medium" == answer.response_metadata["routing"]["attempts"][-1]["name"]


async def test_it_decides_async_too(outcomes, pool):
    """`adecide` and `ainvoke` choose as `decide` does."""
    llm = DynaRouteChatModel(router=LinearRouter(strength=1.0).fit(outcomes), pool=pool)
    decision = await llm.adecide("Who ruled in 1200 after 8?")

    assert llm.decide("Who ruled in 1200 after 8?") == decision
    assert (
        decision.model
        == (await llm.ainvoke("Who ruled in 1200 after 8?")).response_metadata["routing"]["attempts"][-1]["name"]
    )


def test_an_unfitted_router_in_a_chat_model_is_told(pool) -> None:
    """A router that was not fitted is told as such by the first decision, not by an attribute it lacks."""
    with pytest.raises(RouterError, match="knn is not fitted yet"):
        DynaRouteChatModel(router=KNNRouter(), pool=pool).decide("x")


def test_a_stranger_in_the_pool(outcomes, pool):
    """An unknown candidate is an error that names it; left out, it is among the rejected with the reason."""
    stranger = Candidate("new", FakeModel(label="new"), input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=1)
    wider = ModelPool([*pool, stranger], name="four")

    with pytest.raises(RouterError, match="knn was not fitted on new; it knows small, medium, large"):
        DynaRouteChatModel(router=KNNRouter().fit(outcomes), pool=wider).decide("x")
    decision = DynaRouteChatModel(router=KNNRouter(unknown_models="leave_out").fit(outcomes), pool=wider).decide("x")
    assert [("new", "knn was not fitted on it")] == [(item.name, item.reason) for item in decision.rejected]


def test_two_fits_do_not_share_a_cache(outcomes, pool):
    """The key of LangChain's cache differs between routers that learned something else."""
    first = DynaRouteChatModel(router=KNNRouter().fit(outcomes), pool=pool)
    same = DynaRouteChatModel(router=KNNRouter().fit(outcomes), pool=pool)
    other = DynaRouteChatModel(router=KNNRouter().fit(outcomes.take(range(200))), pool=pool)

    assert first._get_llm_string() == same._get_llm_string()
    assert first._get_llm_string() != other._get_llm_string()
