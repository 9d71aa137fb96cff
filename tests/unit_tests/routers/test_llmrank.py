"""LLMRank: its network, its losses, its profiles, and models that come and go."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeModel, FixedClassifier

from langchain_dynaroute import Candidate, Category, DynaRouteChatModel, ModelPool, TaskProfile, build_routing_graph
from langchain_dynaroute.classifiers.base import as_text
from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier
from langchain_dynaroute.errors import MissingExtraError, OutcomeError, RouterError
from langchain_dynaroute.routers import BestSingleRouter, LLMRankRouter, check_router, load_router, make_router
from langchain_dynaroute.routers.checks import small_outcomes
from langchain_dynaroute.routers.ranking_network import RankingNetwork
from langchain_dynaroute.routers.ranking_training import Scale, TrainingSettings, _Loss, _module

torch = pytest.importorskip("torch")
MATHEMATICS = TaskProfile(category=Category.MATHEMATICS, level=3)
LAW = TaskProfile(category=Category.LAW, level=1)


class NamedClassifier(FixedClassifier):
    """Profiles by the first letter, under a name and version of its own."""

    name, version = "by letter", "1"

    def classify(self, prompt):
        return MATHEMATICS if as_text(prompt).startswith("A") else LAW


@pytest.fixture(scope="module")
def outcomes():
    """Three models, each best at one kind of prompt; the large one is the dearest."""
    return small_outcomes(240)


@pytest.fixture(scope="module")
def fitted(outcomes):
    """A router fitted with profiles, at a λ that trades."""
    return LLMRankRouter(20.0, classifier=NamedClassifier(), epochs=30, n_networks=2).fit(outcomes)


@pytest.fixture
def pool():
    """The three models, with a fake to answer for each."""
    return ModelPool(
        [
            Candidate(name, FakeModel(label=name), input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=1)
            for name in ("small", "medium", "large")
        ],
        name="three",
    )


def small_settings(**changed):
    return TrainingSettings(hidden=7, width=5, **changed)


# -- the network and the losses ---------------------------------------------------------------


def test_numpy_and_torch_give_the_same_scores():
    """The numpy network with the weights of the torch module scores as that does, and averages several."""
    rng = np.random.default_rng(0)
    inputs = {"features": rng.normal(size=(6, 4)), "text": rng.normal(size=(6, 9))}
    inputs = {name: x.astype(np.float32) for name, x in inputs.items()}
    networks, expected = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        module = _module(torch, {"features": 4, "text": 9}, 3, small_settings()).eval()
        with torch.no_grad():
            expected.append(module({name: torch.from_numpy(x) for name, x in inputs.items()}).numpy())
        weights = {
            name: value.numpy().T[None] if value.ndim == 2 else value.numpy()[None, None]
            for name, value in module.state_dict().items()
        }
        networks.append(RankingNetwork(weights))

    assert np.allclose(expected[0], networks[0].scores(inputs), atol=1e-5)
    assert np.allclose(np.mean(expected, axis=0), RankingNetwork.average_of(networks).scores(inputs), atol=1e-5)


@pytest.mark.parametrize("terms", [(True, False), (False, True), (True, True)])
def test_unknown_outcomes_are_in_no_loss(terms):
    """The squared error and the divergence are those of the known cells alone, computed one by one."""
    rng = np.random.default_rng(1)
    utility = rng.normal(size=(5, 4))
    utility[rng.random(utility.shape) < 0.3] = np.nan
    utility[0] = [0.5, np.nan, np.nan, np.nan]
    scale = Scale.of(utility)
    targets, scores = scale.standardised(utility), rng.normal(size=(5, 4)).astype(np.float32)
    settings = small_settings(pointwise=terms[0], listwise=terms[1])
    found = float(_Loss(torch, scale, settings)(torch.from_numpy(scores), torch.from_numpy(targets)))
    squares, divergences = [], []
    for row, wanted in zip(scores, targets, strict=True):
        known = ~np.isnan(wanted)
        squares += ((row - wanted)[known] ** 2).tolist()
        p, q = (
            np.exp(part) / np.exp(part).sum()
            for part in (scale.utility(values)[known] / scale.listwise / 0.5 for values in (wanted, row))
        )
        divergences.append(float((p * np.log(p / q)).sum()))

    assert terms[0] * np.mean(squares) + terms[1] * np.mean(divergences) == pytest.approx(found, rel=1e-4)


def test_standardising_is_undone():
    """Utilities come back from the network's scale as they were, also of a model that never varies."""
    utility = np.column_stack((np.linspace(-900, 5, 20), np.full(20, 0.25), np.linspace(0, 1, 20)))
    scale = Scale.of(utility)

    assert np.allclose(utility, scale.utility(scale.standardised(utility)), rtol=1e-4, atol=1e-4)


# -- what it learns ---------------------------------------------------------------------------


@pytest.mark.parametrize("changed", [{}, {"proxy": "neighbours"}, {"inputs": "features"}, {"inputs": "text"}])
def test_it_keeps_the_rules_of_a_router(changed):
    """Each way to read a prompt passes the checks of every router, saved and loaded without torch."""
    report = check_router(LLMRankRouter(epochs=3, n_networks=2, **changed))

    assert {} == report.failed
    assert all(report.abilities.values())


def test_it_learns_who_is_good_at_what(outcomes):
    """On prompts it has not seen it chooses better than the best single model."""
    train, test = outcomes.split(0.7, seed=1)
    rows = np.arange(len(test))
    got, best = (
        test.quality[rows, router.fit(train).predict_utility(test.prompts).argmax(axis=1)].mean()
        for router in (LLMRankRouter(n_networks=2), BestSingleRouter())
    )

    assert got > best + 0.1


def test_noise_is_not_trusted(outcomes):
    """Where the outcomes are noise, every prompt goes to the model with the best mean."""
    rng = np.random.default_rng(5)
    chances = np.array([0.3, 0.5, 0.7])
    noise = replace(outcomes, quality=(rng.random(outcomes.quality.shape) < chances).astype(float))
    router = LLMRankRouter(n_networks=2, epochs=40).fit(noise)

    assert {2} == set(router.predict_utility(small_outcomes(60, seed=9).prompts).argmax(axis=1).tolist())


def test_validation_prompts_stop_it(outcomes):
    """With validation prompts every network learns from all training prompts, and is told of each epoch."""
    train, held = outcomes.split(0.8, seed=3)
    told = []
    router = LLMRankRouter(n_networks=1, epochs=4)
    router.fit(train, validation=held, report=lambda epoch, *losses: told.append((epoch, *losses)))

    assert [1, 2, 3, 4] == [epoch for epoch, *_ in told]
    assert all(np.isfinite(losses).all() for _, *losses in told)
    assert router.epochs_[0] in {1, 2, 3, 4}
    blank = replace(held, quality=np.full(held.quality.shape, np.nan))
    with pytest.raises(RouterError, match="the validation prompts have no outcome"):
        router.fit(train, validation=blank)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_tiny_data_is_enough(n, outcomes):
    """A handful of prompts, with an unknown outcome among them, gives finite predictions."""
    few = outcomes.take(range(n))
    quality = few.quality.copy()
    if n > 2:
        quality[0] = np.nan
    for networks in (1, 3):
        router = LLMRankRouter(n_networks=networks, epochs=2).fit(replace(few, quality=quality))
        assert np.isfinite(router.predict_utility(outcomes.prompts[:5])).all()


def test_without_costs_it_ranks_by_quality(outcomes):
    """Outcomes without costs are learned from at λ = 0, and no cost is expected."""
    router = LLMRankRouter(epochs=3, n_networks=1).fit(replace(outcomes, cost_usd=None, cost_source=None))

    assert router.predict(["x"])[1] is None
    with pytest.raises(RouterError, match="without costs"):
        router.predict_cost(["x"])


def test_presets_have_names():
    """λ can be given by the paper's names: perf 0, balanced 10³, cost 10⁵."""
    assert [0.0, 1e3, 1e5] == [LLMRankRouter(name).cost_weight for name in ("perf", "balanced", "cost")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cost_weight": "thrifty"}, "one of perf, balanced, cost"),
        ({"cost_weight": -1.0}, "a number of 0 or more"),
        ({"inputs": "words"}, "choose from both, features, text"),
        ({"pointwise": False, "listwise": False}, "Both losses are switched off"),
        ({"n_networks": 0}, "both are 1 or more"),
        ({"proxy": "oracle"}, "give 'neighbours', or a ProxySolver"),
    ],
)
def test_a_wrong_parameter_is_told_at_fit(wrong, words, outcomes):
    """A parameter out of range is an error of `fit` that names the choices."""
    with pytest.raises(RouterError, match=words):
        LLMRankRouter(**wrong).fit(outcomes)


def test_fitting_without_torch_names_the_extra(outcomes, monkeypatch):
    """Where torch is missing, `fit` says which extra brings it."""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"langchain-dynaroute\[train\]"):
        LLMRankRouter().fit(outcomes)


# -- the classifier ---------------------------------------------------------------------------


def test_the_given_profile_counts(fitted, pool):
    """`rank` reads the profile it is given, and asks its own classifier only where none is given."""
    given, other, none = (
        [item.score for item in fitted.rank("Add 3 and 4.", profile, pool)] for profile in (MATHEMATICS, LAW, None)
    )

    assert given == none
    assert given != other


def test_without_a_classifier_profiles_are_ignored(outcomes, pool):
    """A router that learned from no profiles is not moved by one, and its graph has no `classify` node."""
    router = LLMRankRouter(epochs=3, n_networks=1).fit(outcomes)
    given, none = ([i.score for i in router.rank("Add 3 and 4.", profile, pool)] for profile in (LAW, None))

    assert given == none
    assert "classify" not in build_routing_graph(router, pool).compile().get_graph().nodes


def test_a_router_by_name_has_the_embedded_classifier(outcomes, tmp_path, pool):
    """Made, loaded or given to the chat model as a path, it has the embedded classifier; the file tells its version."""
    router = make_router("llmrank", epochs=3, n_networks=1).fit(outcomes)
    saved = router.save(tmp_path / "saved")
    learned = json.loads((saved / "router.json").read_text())["learned"]
    llm = DynaRouteChatModel(router=str(saved), pool=pool)
    decision = llm.decide("Add 3 and 4.")

    assert f"embedded {EmbeddedClassifier().version}" == learned["classifier_"]
    assert load_router(saved).fingerprint() == router.fingerprint()
    assert router.rank("Add 3 and 4.", None, pool)[0].name == decision.model
    assert decision.profile == EmbeddedClassifier().classify("Add 3 and 4.")


def test_another_classifier_is_refused(fitted, tmp_path, pool):
    """Loaded with another classifier it is an error that names both; with none, a graph's profile serves."""
    saved = fitted.save(tmp_path)

    with pytest.raises(RouterError, match=r"classifier by letter 1, but is given embedded \w+"):
        load_router(saved, classifier=EmbeddedClassifier())
    bare = load_router(saved)
    with pytest.raises(RouterError, match="has none now"):
        bare.predict_utility(["x"])
    decision = DynaRouteChatModel(router=bare, pool=pool, classifier=NamedClassifier()).decide("Add 3 and 4.")
    assert fitted.rank("Add 3 and 4.", None, pool)[0].name == decision.model


def test_another_proxy_is_refused(outcomes, tmp_path):
    """A router is not loaded with other signals than it was fitted with."""
    saved = LLMRankRouter(proxy="neighbours", epochs=2, n_networks=1).fit(outcomes).save(tmp_path)

    with pytest.raises(RouterError, match="was fitted with the proxy's signals"):
        load_router(saved, proxy=None)


# -- models come and go -----------------------------------------------------------------------


def test_models_come_and_go(outcomes):
    """Dropped and added back from scored prompts, a model is ranked again; the others' scores never change."""
    router = LLMRankRouter(20.0, n_networks=2).fit(outcomes)
    before, cost = router.predict_utility(outcomes.prompts), router.predict_cost(outcomes.prompts)
    router.drop_model("medium")
    without = router.predict_utility(outcomes.prompts)
    router.add_model("medium", outcomes)
    after = router.predict_utility(outcomes.prompts)

    assert ("small", "large", "medium") == router.models_
    assert np.allclose(before[:, [0, 2]], without)
    assert np.allclose(without, after[:, :2])
    assert np.corrcoef(before[:, 1], after[:, 2])[0, 1] > 0.6
    assert np.allclose(cost[:, [0, 2, 1]], router.predict_cost(outcomes.prompts))


def test_an_added_model_is_saved(outcomes, tmp_path):
    """A router whose models have changed comes back as it is."""
    router = LLMRankRouter(epochs=3, n_networks=2).fit(outcomes.of_models(["small", "large"]))
    router.add_model("medium", outcomes.take(range(30)))
    again = load_router(router.save(tmp_path))

    assert ("small", "large", "medium") == again.models_
    assert np.allclose(router.predict_utility(outcomes.prompts), again.predict_utility(outcomes.prompts))


def test_a_model_that_cannot_come_or_go_is_told(outcomes):
    """A known model, one without outcomes, an unknown one, and the last one are refused by name."""
    router = LLMRankRouter(epochs=2, n_networks=1).fit(outcomes.of_models(["small", "large"]))
    blank = replace(outcomes, quality=np.full(outcomes.quality.shape, np.nan))

    with pytest.raises(RouterError, match="knows 'small' already"):
        router.add_model("small", outcomes)
    with pytest.raises(RouterError, match="'medium' was scored on no prompt"):
        router.add_model("medium", blank)
    with pytest.raises(OutcomeError, match="there is no model 'huge'"):
        router.add_model("huge", outcomes)
    with pytest.raises(RouterError, match="cannot drop 'huge'"):
        router.drop_model("huge")
    with pytest.raises(RouterError, match="cannot drop 'large'"):
        router.drop_model("small").drop_model("large")


# -- explanations -----------------------------------------------------------------------------


@pytest.mark.parametrize("cost_weight", [20.0, 500.0])
@pytest.mark.parametrize("changed", [{}, {"inputs": "text"}, {"proxy": "neighbours"}])
def test_contributions_add_up(changed, cost_weight, outcomes, pool):
    """Baseline and contributions add up to the difference of the two scores, also at another λ than the fit's."""
    router = LLMRankRouter(20.0, epochs=20, n_networks=2, **changed).fit(outcomes)
    router.cost_weight = cost_weight
    for prompt in (*outcomes.prompts[:9], "", "什么是量子纠缠?"):
        first, second = router.rank(prompt, None, pool)[:2]
        told = router.explain(prompt, None, pool, first.name, second.name)

        assert first.score - second.score == pytest.approx(told.difference, abs=1e-4)
        assert told.difference == pytest.approx(told.baseline + sum(c.utility for c in told.contributions), abs=1e-4)


def test_a_decision_carries_its_explanation(fitted, pool):
    """Decision, text and answer's metadata tell what spoke for the first choice; a forced model has no explanation."""
    llm = DynaRouteChatModel(router=fitted, pool=pool, classifier=NamedClassifier())
    decision = llm.decide("Add 3 and 4 and show the sum.")
    record = llm.invoke("Add 3 and 4 and show the sum.").response_metadata["routing"]["explanation"]
    told = decision.explanation

    assert [item.name for item in decision.ranking[:2]] == [told.chosen, told.runner_up]
    assert record == decision.to_json()["explanation"]
    assert f"why: {told.chosen} scores" in decision.explain()
    assert all(item.about for item in told.contributions)
    assert llm.decide("x", model="small").explanation is None


def test_other_routers_explain_nothing(outcomes, pool):
    """A router without contributions leaves the explanation out of the decision's JSON."""
    decision = DynaRouteChatModel(router=BestSingleRouter().fit(outcomes), pool=pool).decide("x")

    assert decision.explanation is None
    assert "explanation" not in decision.to_json()


def test_influence_tells_each_feature_of_each_model(fitted, outcomes):
    """Each feature has a mean contribution to each model, and over all models contributions cancel out."""
    rows = fitted.influence(outcomes.prompts[:20])
    pairs = {(row["feature"], row["model"]) for row in rows}

    assert len(pairs) == len(rows) == 3 * (len(fitted.readable) + 1)
    assert all(row["mean_contribution"] >= 0 for row in rows)
    assert all(abs(row["correlation"]) <= 1 + 1e-6 for row in rows if row["feature"] in fitted.readable)
