"""LLMRank: readable features and the text, a neural ranking, and a reason for each choice (Agrawal and Gupta)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np

from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.features import FEATURE_NAMES, feature_matrix
from langchain_dynaroute.features.proxy import as_proxy
from langchain_dynaroute.routers.input_scale import InputScale
from langchain_dynaroute.routers.network_router import NetworkRouter
from langchain_dynaroute.routers.ranking_network import RankingNetwork
from langchain_dynaroute.routers.ranking_training import Scale, TrainingSet, TrainingSettings, train_network
from langchain_dynaroute.routers.score_difference import ScoreDifference
from langchain_dynaroute.routers.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.decisions import ScoreExplanation
    from langchain_dynaroute.encoders.base import Encoder
    from langchain_dynaroute.features.proxy import ProxySolver
    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.pool import ModelPool
    from langchain_dynaroute.profiles import TaskProfile

PRESETS = {"perf": 0.0, "balanced": 1e3, "cost": 1e5}
"""Name → λ per USD per prompt (section 3)."""
_VALIDATION_SHARE = 0.15
"""Of the training prompts, where no validation prompts are given; 15/85 of them would be the paper's own share."""
_TEXT_SCALE = 0.1
"""Spread of the text's numbers, of which there are twice as many as features, beside the features' 1.

At equal spread they drown the features when prompts are few. Of 1, 0.3 and 0.1 this earned most on RouterBench's
0-shot set; that choice was made on the prompts that its figures are measured on.
"""
_LEAST_FOLD = 2
_LAST = "fusion.1.weight"
"""A learned array that is another one after every fit."""


class Profiler(Protocol):
    """What is needed of a task classifier."""

    name: str

    def classify(self, prompt: str) -> TaskProfile:
        """Return a prompt's profile."""
        ...


class LLMRankRouter(NetworkRouter):
    """Predicts every model's utility, quality − λ · cost, from readable features and the text's vector.

    The network and its losses are the paper's (sections 5.2 and 5.3); torch trains it, numpy runs it.
    Beside the features the text counts a tenth at first, since otherwise its many numbers drown them.
    The paper trains one network a λ, and so does this; its choices at other λ in a sweep are an
    addition of ours: the predicted utility plus or minus the expected cost.
    """

    name = "llmrank"
    epochs_: tuple[int, ...]
    """At which epoch each network was stopped."""
    trust_: tuple[float, ...]
    """How much of what the networks say of a prompt is kept; see `Trust`."""
    classifier_: str | None
    """Name and version of the classifier whose profiles it learned from."""
    proxy_: tuple[str, ...]
    """The names of the proxy solver's signals."""
    input_mean_: NDArray[np.float32]
    input_spread_: NDArray[np.float32]

    def __init__(  # noqa: PLR0913 - the knobs of the paper's method
        self,
        cost_weight: float | Literal["perf", "balanced", "cost"] = 0.0,
        *,
        encoder: Encoder | str = "static",
        classifier: Profiler | None = None,
        proxy: ProxySolver | Literal["neighbours"] | None = None,
        inputs: Literal["both", "features", "text"] = "both",
        pointwise: bool = True,
        listwise: bool = True,
        epochs: int = 100,
        n_networks: int = 5,
        random_state: int = 42,
        unknown_models: Literal["error", "leave_out"] = "error",
    ) -> None:
        """Store the parameters.

        Args:
            cost_weight: λ, quality given up per USD per prompt, or a preset: `"perf"` 0,
                `"balanced"` 10³, `"cost"` 10⁵.
            encoder: `"static"`, `"minilm"`, an `Encoder`, or LangChain `Embeddings`.
            classifier: Profiles the prompts of `fit` and of predictions on their own; in a graph
                the `classify` node does. None leaves the profile's features even. A router made
                or loaded by name has the embedded one.
            proxy: Whose signals stand beside the features: `"neighbours"`, or a `ProxySolver`.
            inputs: Both encoders, or one of them (ablation).
            pointwise: Whether the squared error counts (ablation).
            listwise: Whether the listwise loss counts (ablation).
            epochs: At most; early stopping may end sooner.
            n_networks: Networks whose scores are averaged; 1 is the paper's. Each is stopped by a
                part of the prompts that the others learned from.
            random_state: Seed of the networks.
            unknown_models: What to do with candidates it was not fitted on.
        """
        self.cost_weight = PRESETS.get(cost_weight, cost_weight)  # type: ignore[arg-type]
        self.encoder = encoder
        self.classifier = classifier
        self.proxy = proxy
        self.inputs: Literal["both", "features", "text"] = inputs
        self.pointwise = pointwise
        self.listwise = listwise
        self.epochs = epochs
        self.n_networks = n_networks
        self.random_state = random_state
        self.unknown_models = unknown_models
        self.needs_profile = classifier is not None

    # -- fitting ----------------------------------------------------------------------------------

    def fit(
        self,
        outcomes: OutcomeTable,
        validation: OutcomeTable | None = None,
        report: Callable[[int, float, float], None] | None = None,
    ) -> Self:
        """Learn from outcomes, and return self.

        Args:
            outcomes: Training prompts.
            validation: What early stopping watches; None sets parts of the training prompts aside.
            report: Called after each epoch with its number, the training and the validation loss.

        Raises:
            RouterError: as of every router, and for a parameter out of range, or both losses
                switched off.
            MissingExtraError: without torch (extra `train`).
        """
        self._check_parameters()
        self._validation, self._report = validation, report
        try:
            return super().fit(outcomes)
        finally:
            del self._validation, self._report

    def _check_parameters(self) -> None:
        if not isinstance(self.cost_weight, (int, float)) or not 0 <= self.cost_weight < np.inf:
            msg = f"cost_weight={self.cost_weight!r}: give a number of 0 or more, or one of {', '.join(PRESETS)}."
            raise RouterError(msg)
        if self.inputs not in {"both", "features", "text"}:
            msg = f"inputs={self.inputs!r}: choose from both, features, text."
            raise RouterError(msg)
        if not (self.pointwise or self.listwise):
            msg = "Both losses are switched off, so there is nothing to learn by. Switch pointwise or listwise on."
            raise RouterError(msg)
        if self.epochs < 1 or self.n_networks < 1:
            msg = f"epochs={self.epochs!r}, n_networks={self.n_networks!r}: both are 1 or more."
            raise RouterError(msg)

    def _fit(self, outcomes: OutcomeTable) -> None:
        self.fitted_cost_weight_ = float(self.cost_weight)
        self.classifier_ = None if self.classifier is None else named(self.classifier)
        if self.has_costs_:
            self._learn_cost(outcomes)
        outcomes = self._judged(outcomes)
        self._learn_proxy(outcomes)
        utility = outcomes.utility(self.cost_weight)
        scale = Scale.of(utility)
        raw = self._raw_inputs(outcomes.prompts, self._profiles(outcomes.prompts), is_training=True)
        self.input_mean_, self.input_spread_ = self._input_scale(raw)
        data = TrainingSet(self._branches(raw), scale.standardised(utility))
        parts = self._parts(outcomes, data, scale)
        trained = [self._trained(train, stop, scale, number) for number, (train, stop) in enumerate(parts)]
        self.epochs_ = tuple(epoch for _, epoch in trained)
        trust = Trust.measured([(network, stop) for (network, _), (_, stop) in zip(trained, parts, strict=True)], scale)
        self.trust_ = tuple(trust)
        self.scale_mean_, self.scale_spread_ = scale.mean, scale.spread
        self._keep(trust.applied(RankingNetwork.average_of([network for network, _ in trained])))

    def _input_scale(self, raw: NDArray[np.float32]) -> InputScale:
        """Return the scale of the inputs; beside features, the text's are a tenth as wide as those."""
        mean, spread = InputScale.of(raw)
        if self.readable:
            spread[len(self.readable) :] /= _TEXT_SCALE
        return InputScale(mean, spread)

    def _judged(self, outcomes: OutcomeTable) -> OutcomeTable:
        """Return the prompts on which something is known of some model."""
        return outcomes.take(~np.isnan(outcomes.utility(self.cost_weight)).all(axis=1))

    def _parts(self, outcomes: OutcomeTable, data: TrainingSet, scale: Scale) -> list[tuple[TrainingSet, TrainingSet]]:
        """Return what each network learns from, and what stops it."""
        if self._validation is None:
            return [(data.without(rows), data.only(rows)) for rows in self._folds(outcomes)]
        held = self._judged(self._validation.of_models(outcomes.models))
        if not len(held):
            msg = f"{self.name}: the validation prompts have no outcome. Leave them out, and a part of the training prompts is taken."
            raise RouterError(msg)
        inputs = self._branches(self._raw_inputs(held.prompts, self._profiles(held.prompts)))
        return [(data, TrainingSet(inputs, scale.standardised(held.utility(self.cost_weight))))] * self.n_networks

    def _trained(self, train: TrainingSet, stop: TrainingSet, scale: Scale, number: int) -> tuple[RankingNetwork, int]:
        settings = TrainingSettings(epochs=self.epochs, pointwise=self.pointwise, listwise=self.listwise)
        seed = self.random_state + number
        return train_network(train, stop, scale, settings, seed=seed, report=self._report)

    def _folds(self, outcomes: OutcomeTable) -> Sequence[NDArray[np.intp]]:
        """Return the rows that stop each network: parts of the prompts, or 15 % of them for a single one."""
        every = [np.arange(len(outcomes))] * self.n_networks
        if len(outcomes) < _LEAST_FOLD * self.n_networks:  # too few to set any aside
            return every
        if self.n_networks == 1:
            folds = [outcomes.split_rows((1 - _VALIDATION_SHARE, _VALIDATION_SHARE), self.random_state)[1]]
        else:
            folds = list(outcomes.split_rows([1 / self.n_networks] * self.n_networks, self.random_state))
        return folds if all(len(rows) for rows in folds) else every

    def _learn_proxy(self, outcomes: OutcomeTable) -> None:
        proxy = as_proxy(self.proxy)
        self.proxy_ = () if proxy is None else proxy.names
        if proxy is not None:
            for name, value in proxy.learned(outcomes, self.used_encoder.encode(outcomes.prompts)).items():
                setattr(self, f"proxy_{name}_", value)

    # -- what it reads ----------------------------------------------------------------------------

    def _raw_inputs(
        self, prompts: Sequence[str], profiles: Sequence[TaskProfile | None], *, is_training: bool = False
    ) -> NDArray[np.float32]:
        """Return features, signals and vector side by side, shape (n, d); what is not used is left out."""
        vectors = self.used_encoder.encode(prompts) if self.inputs != "features" or self.proxy_ else None
        parts = []
        if self.inputs != "text":
            parts.append(feature_matrix(prompts, profiles))
        proxy = as_proxy(self.proxy)
        if proxy is not None and vectors is not None and self.inputs != "text":
            state = {name: getattr(self, f"proxy_{name}_") for name in proxy.learned_names}
            parts.append(proxy.signals(prompts, vectors, state, is_training=is_training))
        if vectors is not None and self.inputs != "features":
            parts.append(vectors)
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _reading(self, prompts: Sequence[str], profiles: Sequence[TaskProfile | None]) -> NDArray[np.float32]:
        """Return the inputs of prompts; the last single one is kept, since an explanation follows a ranking."""
        if len(prompts) != 1:
            return self._raw_inputs(prompts, profiles)
        asked = (prompts[0], profiles[0], self.network.weights[_LAST])
        kept: tuple[tuple[object, ...], NDArray[np.float32]] | None = self.__dict__.get("_kept_reading")
        if kept is None or kept[0][:2] != asked[:2] or kept[0][2] is not asked[2]:
            kept = self._kept_reading = (asked, self._raw_inputs(prompts, profiles))
        return kept[1]

    def _profiles(self, prompts: Sequence[str]) -> list[TaskProfile | None]:
        if self.classifier_ is None:
            return [None] * len(prompts)
        if self.classifier is None:
            msg = (
                f"{self.name} was fitted on profiles of the classifier {self.classifier_}, and has none now. "
                "Give it one: load(path, classifier=…)."
            )
            raise RouterError(msg)
        return [self.classifier.classify(prompt) for prompt in prompts]

    @property
    def readable(self) -> tuple[str, ...]:
        """The names of the readable features, the proxy's signals last; none for text alone."""
        return () if self.inputs == "text" else (*FEATURE_NAMES, *self.proxy_)

    def _branches(self, inputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return branch → standardised inputs; 0 is the average prompt."""
        standard = InputScale(self.input_mean_, self.input_spread_).standardised(inputs)
        split = len(self.readable)
        found = {"features": standard[:, :split], "text": standard[:, split:]}
        return {name: np.ascontiguousarray(x) for name, x in found.items() if x.shape[1]}

    def _hidden(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        return self.network.hidden(self._branches(self._raw_inputs(prompts, self._profiles(prompts))))

    # -- predicting -------------------------------------------------------------------------------

    def predict(self, prompts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return expected quality and cost, each of shape (n_prompts, n_models)."""
        self.check_is_fitted()
        return self._predicted(prompts, self._profiles(prompts))

    def predict_profiled(
        self, prompt: str, profile: TaskProfile | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return the same of one prompt whose profile is known, each of shape (1, n_models)."""
        return self._predicted([prompt], self._profile(prompt, profile))

    def _profile(self, prompt: str, profile: TaskProfile | None) -> list[TaskProfile | None]:
        """Return the given profile; none if it learned from none, the classifier's if none is given."""
        return [profile] if profile is not None and self.classifier_ is not None else self._profiles([prompt])

    def _predicted(
        self, prompts: Sequence[str], profiles: Sequence[TaskProfile | None]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        raw = self._reading(prompts, profiles)
        scores = self.network.scores(self._branches(raw))
        utility = self.scale_mean_ + self.scale_spread_ * scores
        if not self.has_costs_:
            return utility, None
        vectors = raw[:, len(self.readable) :] if self.inputs != "features" else self.used_encoder.encode(prompts)
        cost = self._cost(vectors, prompts)
        return utility + self.fitted_cost_weight_ * cost, cost

    def predict_quality(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return the quality each model is expected to reach, shape (n_prompts, n_models)."""
        return self.predict(prompts)[0]

    def explain(
        self, prompt: str, profile: TaskProfile | None, pool: ModelPool, chosen: str, runner_up: str
    ) -> ScoreExplanation | None:
        """Return what put one candidate before another."""
        known = self.known_candidates(pool)
        raw = self._reading([prompt], self._profile(prompt, profile))
        difference = ScoreDifference.between(self, known[chosen], known[runner_up])
        extra_usd = 0.0
        if self.cost_weight != self.fitted_cost_weight_:
            cost = self.predict_cost([prompt])[0]
            extra_usd = float(cost[known[chosen]] - cost[known[runner_up]])
        shift = -(self.cost_weight - self.fitted_cost_weight_) * extra_usd
        return difference.explanation((chosen, runner_up), raw[0], self._branches(raw), shift)

    def influence(self, prompts: Sequence[str]) -> list[dict[str, Any]]:
        """Return which feature moves which model on these prompts: a row a feature and model.

        A model's contribution is to its own utility, over the mean of all models: what changes
        the ranking. The text as a whole has no correlation, which is None.
        """
        self.check_is_fitted()
        raw = self._raw_inputs(prompts, self._profiles(prompts))
        return ScoreDifference.influences(self, raw, self._branches(raw))

    # -- saving and loading -----------------------------------------------------------------------

    def check_encoder(self, fitted_with: str | None, path: str) -> None:
        """Raise a `RouterError` unless encoder, classifier and proxy are those it was fitted with."""
        super().check_encoder(fitted_with, path)
        self.needs_profile = self.classifier_ is not None
        given = None if self.classifier is None else named(self.classifier)
        if given is not None and given != self.classifier_:
            msg = (
                f"{path} was fitted on profiles of the classifier {self.classifier_}, but is given {given}. "
                "Give the same one, `load_router(path, classifier=…)`, or fit the router again."
            )
            raise RouterError(msg)
        proxy = as_proxy(self.proxy)
        names = () if proxy is None else proxy.names
        if names != tuple(self.proxy_):
            msg = f"{path} was fitted with the proxy's signals {self.proxy_}, but is given {names}. Give it: load(path, proxy=…)."
            raise RouterError(msg)


def named(classifier: Profiler) -> str:
    """Return a classifier's name and version."""
    return f"{classifier.name} {getattr(classifier, 'version', '')}".strip()
