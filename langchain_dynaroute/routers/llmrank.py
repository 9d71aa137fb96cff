"""LLMRank: readable features and the text, a neural ranking, and a reason for each choice (Agrawal and Gupta)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, Self

import numpy as np

from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.features import FEATURE_NAMES, feature_matrix
from langchain_dynaroute.routers.ranking_network import RankingNetwork
from langchain_dynaroute.routers.ranking_training import Scale, TrainingSet, TrainingSettings, train_network
from langchain_dynaroute.routers.ridge import fit_ridge
from langchain_dynaroute.routers.vector import VectorRouter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.encoders.base import Encoder
    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.pool import ModelPool
    from langchain_dynaroute.profiles import TaskProfile

PRESETS = {"perf": 0.0, "balanced": 1e3, "cost": 1e5}
"""Name → λ per USD per prompt (section 3)."""
_VALIDATION_SHARE = 0.15
"""Of the training prompts, where no validation prompts are given; 15/85 of them would be the paper's own share."""
_LEAST_FOLD = 2
_NEW_MODEL_STRENGTH = 10.0
_LEAST_SPREAD = 1e-6


class Profiler(Protocol):
    """What is needed of a task classifier."""

    name: str

    @property
    def version(self) -> str:
        """Tells apart what classifies differently."""
        ...

    def classify(self, prompt: str) -> TaskProfile:
        """Return a prompt's profile."""
        ...


class LLMRankRouter(VectorRouter):
    """Predicts every model's utility, quality − λ · cost, from readable features and the text's vector.

    The network and its losses are the paper's (sections 5.2 and 5.3); torch trains it, numpy runs it.
    The paper trains one network a λ, and so does this; its choices at other λ in a sweep are an
    addition of ours: the predicted utility plus or minus the expected cost.
    """

    name = "llmrank"
    needs_profile = True
    unsaved: ClassVar[tuple[str, ...]] = ("classifier",)
    epochs_: tuple[int, ...]
    """At which epoch each network was stopped."""
    trust_: tuple[float, ...]
    """How much of what the networks say of a prompt is kept; see `Trust`."""
    classifier_: str | None
    scale_mean_: NDArray[np.float64]
    scale_spread_: NDArray[np.float64]
    input_mean_: NDArray[np.float32]
    input_spread_: NDArray[np.float32]

    def __init__(  # noqa: PLR0913 - the knobs of the paper's method
        self,
        cost_weight: float | Literal["perf", "balanced", "cost"] = 0.0,
        *,
        encoder: Encoder | str = "static",
        classifier: Profiler | None = None,
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
                the `classify` node does. None leaves the profile's features even.
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
        self.inputs: Literal["both", "features", "text"] = inputs
        self.pointwise = pointwise
        self.listwise = listwise
        self.epochs = epochs
        self.n_networks = n_networks
        self.random_state = random_state
        self.unknown_models = unknown_models

    def fit(
        self,
        outcomes: OutcomeTable,
        validation: OutcomeTable | None = None,
        report: Callable[[int, float, float], None] | None = None,
    ) -> Self:
        """Learn from outcomes, and return self.

        Args:
            outcomes: Training prompts.
            validation: What early stopping watches; None sets 15 % of the training prompts aside.
            report: Called after each epoch with its number, the training and the validation loss.

        Raises:
            RouterError: as of every router, and for an unknown `cost_weight` or `inputs`, or both
                losses switched off.
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

    def _fit(self, outcomes: OutcomeTable) -> None:
        if self.has_costs_:
            self._learn_cost(self.used_encoder.encode(outcomes.prompts), outcomes)
        self.classifier_ = None if self.classifier is None else f"{self.classifier.name} {self.classifier.version}"
        held = self._validation
        together = outcomes.utility(self.cost_weight)
        scale = Scale.of(together)
        raw = self._raw_inputs(outcomes.prompts, None)
        self._learn_input_scale(raw)
        data = TrainingSet(self._branches(raw), scale.standardised(together))
        if held is None:
            parts = [(data.without(rows), data.only(rows)) for rows in self._folds(outcomes)]
        else:
            utility = held.of_models(outcomes.models).utility(self.cost_weight)
            inputs = self._branches(self._raw_inputs(held.prompts, None))
            parts = [(data, TrainingSet(inputs, scale.standardised(utility)))] * self.n_networks
        trained = [self._trained(train, stop, scale, number) for number, (train, stop) in enumerate(parts)]
        self.epochs_ = tuple(epoch for _, epoch in trained)
        trust = Trust.measured([(network, stop) for (network, _), (_, stop) in zip(trained, parts, strict=True)])
        self.trust_ = tuple(trust)
        self.scale_mean_, self.scale_spread_ = scale.mean, scale.spread
        self._keep(trust.applied(RankingNetwork.average_of([network for network, _ in trained])))

    def _trained(self, train: TrainingSet, stop: TrainingSet, scale: Scale, number: int) -> tuple[RankingNetwork, int]:
        settings = TrainingSettings(epochs=self.epochs, pointwise=self.pointwise, listwise=self.listwise)
        seed = self.random_state + number
        return train_network(train, stop, scale, settings, seed=seed, report=self._report)

    def _folds(self, outcomes: OutcomeTable) -> Sequence[NDArray[np.intp]]:
        """Return the rows that stop each network: parts of the prompts, or 15 % of them for a single one."""
        if len(outcomes) < _LEAST_FOLD * self.n_networks:  # too few to set any aside
            return [np.arange(len(outcomes))] * self.n_networks
        if self.n_networks == 1:
            return [outcomes.split_rows((1 - _VALIDATION_SHARE, _VALIDATION_SHARE), self.random_state)[1]]
        folds = outcomes.split_rows([1 / self.n_networks] * self.n_networks, self.random_state)
        return folds if all(len(rows) for rows in folds) else [np.arange(len(outcomes))] * self.n_networks

    def _fit_quality(self, vectors: NDArray[np.float32], quality: NDArray[np.float64]) -> None:
        raise NotImplementedError  # _fit does it all

    def _learn_cost(self, vectors: NDArray[np.float32], outcomes: OutcomeTable) -> None:
        from langchain_dynaroute.routers.vector import _with_length

        self._fit_cost(_with_length(vectors, outcomes.prompts), outcomes.costs())

    def _raw_inputs(self, prompts: Sequence[str], profiles: Sequence[TaskProfile | None] | None) -> NDArray[np.float32]:
        """Return features and vector side by side, shape (n, n_features + d); what is not used is left out."""
        parts = []
        if self.inputs != "text":
            parts.append(feature_matrix(prompts, self._profiles(prompts) if profiles is None else profiles))
        if self.inputs != "features":
            parts.append(self.used_encoder.encode(prompts))
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _profiles(self, prompts: Sequence[str]) -> list[TaskProfile | None]:
        if self.classifier is None:
            if getattr(self, "classifier_", None) is not None:
                msg = (
                    f"{self.name} was fitted on profiles of the classifier {self.classifier_}, and has none now. "
                    "Give it one: load(path, classifier=…)."
                )
                raise RouterError(msg)
            return [None] * len(prompts)
        return [self.classifier.classify(prompt) for prompt in prompts]

    def _learn_input_scale(self, inputs: NDArray[np.float32]) -> None:
        self.input_mean_ = inputs.mean(axis=0)
        spread = inputs.std(axis=0)
        self.input_spread_ = np.where(spread > _LEAST_SPREAD, spread, 1.0).astype(np.float32)

    def _branches(self, inputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return branch → standardised inputs; 0 is the average prompt."""
        standard = np.clip((inputs - self.input_mean_) / self.input_spread_, -10, 10)
        split = 0 if self.inputs == "text" else len(FEATURE_NAMES)
        found = {"features": standard[..., :split], "text": standard[..., split:]}
        return {name: np.ascontiguousarray(x) for name, x in found.items() if x.shape[-1]}

    def _keep(self, network: RankingNetwork) -> None:
        """Store the weights as learned attributes, so that they are saved and loaded with the others."""
        for name, value in network.weights.items():
            setattr(self, f"{name.replace('.', '_')}_", value)

    @property
    def network(self) -> RankingNetwork:
        """The fitted network."""
        self.check_is_fitted()
        weights = {}
        for layer in ("features.0", "features.1", "text.0", "text.1", "fusion.0", "fusion.1"):
            for kind in ("weight", "bias"):
                value = getattr(self, f"{layer.replace('.', '_')}_{kind}_", None)
                if value is not None:
                    weights[f"{layer}.{kind}"] = value
        return RankingNetwork(weights)

    def predict(self, prompts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return expected quality and cost, each of shape (n_prompts, n_models)."""
        self.check_is_fitted()
        return self._predicted(prompts, None)

    def _predicted(
        self, prompts: Sequence[str], profiles: Sequence[TaskProfile | None] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        utility = self._scaled(self._raw_inputs(prompts, profiles))
        if not self.has_costs_:
            return utility, None
        cost = self._cost(self.used_encoder.encode(prompts), prompts)
        return utility + self.cost_weight * cost, cost

    def _scaled(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        scores = self.network.scores(self._branches(inputs))
        return self.scale_mean_ + self.scale_spread_ * scores

    def _quality(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        raise NotImplementedError  # it reads more than vectors

    def predict_quality(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return the quality each model is expected to reach, shape (n_prompts, n_models)."""
        return self.predict(prompts)[0]

    def add_model(self, name: str, outcomes: OutcomeTable) -> Self:
        """Add a model from a few scored prompts, and return self (section 7).

        Only its output vector is fitted, by ridge regression on the fused representation; the rest of
        the network stays as it is, and the scores of the other models with it.

        Args:
            name: The new model, a column of `outcomes`.
            outcomes: Prompts on which it was scored; other columns are not read.

        Raises:
            RouterError: if the model is already known, or was scored on no prompt.
        """
        self.check_is_fitted()
        if name in self.models_:
            msg = f"{self.name} knows {name!r} already. Drop it first, to learn it anew."
            raise RouterError(msg)
        own = outcomes.of_models([name])
        own = own.take(~np.isnan(own.utility(self.cost_weight)[:, 0]))
        if not len(own):
            msg = f"{name!r} was scored on no prompt of {outcomes.name}."
            raise RouterError(msg)
        utility = own.utility(self.cost_weight)
        scale = Scale.of(utility)
        hidden = self.network.hidden(self._branches(self._raw_inputs(own.prompts, None)))
        targets = scale.standardised(utility).astype(np.float64)
        fitted = [fit_ridge(own_hidden, targets, _NEW_MODEL_STRENGTH) for own_hidden in hidden]
        weight, bias = self.network.output
        self._keep(
            self.network.with_output(
                np.concatenate((weight, np.stack([f.weights for f in fitted])), axis=2, dtype=np.float32),
                np.concatenate((bias, np.stack([f.bias[None, :] for f in fitted])), axis=2, dtype=np.float32),
            )
        )
        self.scale_mean_ = np.append(self.scale_mean_, scale.mean)
        self.scale_spread_ = np.append(self.scale_spread_, scale.spread)
        self._add_cost(own)
        self.models_ = (*self.models_, name)
        return self

    def _add_cost(self, own: OutcomeTable) -> None:
        if not self.has_costs_:
            return
        known = (self.cost_weights_, self.cost_bias_, self.cost_scale_)
        self._learn_cost(self.used_encoder.encode(own.prompts), own)
        self.cost_weights_ = np.column_stack((known[0], self.cost_weights_))
        self.cost_bias_ = np.append(known[1], self.cost_bias_)
        self.cost_scale_ = np.append(known[2], self.cost_scale_)

    def drop_model(self, name: str) -> Self:
        """Forget a model, and return self; the scores of the others stay as they are.

        Raises:
            RouterError: if it is not known, or the last one.
        """
        self.check_is_fitted()
        kept = [place for place, known in enumerate(self.models_) if known != name]
        if len(kept) == len(self.models_) or not kept:
            msg = f"{self.name} cannot drop {name!r}; it knows {', '.join(self.models_)}."
            raise RouterError(msg)
        weight, bias = self.network.output
        self._keep(self.network.with_output(np.ascontiguousarray(weight[..., kept]), bias[..., kept]))
        for attribute in ("scale_mean_", "scale_spread_", "cost_bias_", "cost_scale_"):
            if hasattr(self, attribute):
                setattr(self, attribute, getattr(self, attribute)[kept])
        if hasattr(self, "cost_weights_"):
            self.cost_weights_ = np.ascontiguousarray(self.cost_weights_[:, kept])
        self.models_ = tuple(self.models_[place] for place in kept)
        return self

    def _predict_for(self, prompt: str, profile: TaskProfile | None, pool: ModelPool) -> Any:
        del pool
        return self._predicted([prompt], None if profile is None else [profile])


class Trust(NamedTuple):
    """How much of what the networks say held on prompts that they were not learned from, 0 to 1 each."""

    common: float
    """Of how hard a prompt is for all models alike."""
    own: float
    """Of how a model differs from the others on it; this is what the ranking hangs on."""

    @classmethod
    def measured(cls, judged: Sequence[tuple[RankingNetwork, TrainingSet]]) -> Trust:
        """Return the factors by which scores best fit the targets of the judged prompts.

        With few training prompts a network says more of a prompt than it knows; at 0 every
        prompt goes to the model with the best mean.
        """
        scores = np.concatenate([network.scores(part.inputs) for network, part in judged])
        targets = np.concatenate([part.targets for _, part in judged])
        scores = np.where(np.isnan(targets), np.nan, scores)
        middle, wanted = (np.nanmean(values, axis=1, keepdims=True) for values in (scores, targets))
        return cls(_slope(middle, wanted), _slope(scores - middle, targets - wanted))

    def applied(self, network: RankingNetwork) -> RankingNetwork:
        """Return the network with its scores drawn towards the means accordingly; folded into its last layer."""
        weight, bias = network.output
        n_models = weight.shape[2]
        common = np.full((n_models, n_models), 1 / n_models)
        blend = (self.own * (np.eye(n_models) - common) + self.common * common).astype(np.float32)
        return network.with_output(weight @ blend, bias @ blend)


def _slope(scores: NDArray[np.floating], targets: NDArray[np.floating]) -> float:
    known = ~np.isnan(scores)
    power = float((scores[known] ** 2).sum())
    return 0.0 if power == 0 else float(np.clip((scores[known] * targets[known]).sum() / power, 0, 1))
