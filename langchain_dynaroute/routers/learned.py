"""The seam of routers that learn from outcomes: an estimator that ranks."""

from __future__ import annotations

import hashlib
import inspect
import json
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from langchain_dynaroute.decisions import RejectedCandidate, ScoredCandidate
from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.routers.base import Router
from langchain_dynaroute.routers.sweep import N_CONFIGURATIONS, Sweep, utility_sweep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.pool import Candidate, ModelPool
    from langchain_dynaroute.profiles import TaskProfile

_SETTINGS_FILE, _ARRAYS_FILE = "router.json", "router.safetensors"
_FORMAT = 1


class LearnedRouter(Router):
    """A router that is fitted on outcomes and predicts the utility of every model.

    A subclass stores its parameters in `__init__` under their own names, learns in `_fit`, and
    predicts in `predict_quality` and, if it can do better than the mean, in `predict_cost`. What it learns are attributes whose
    names end in `_`: arrays and what JSON can hold. They are saved and loaded by themselves.
    """

    needs_profile = False
    cost_weight: float = 0.0
    """λ: quality given up per USD per prompt."""
    unknown_models: Literal["error", "leave_out"] = "error"
    """What to do with candidates that the router was not fitted on."""
    models_: tuple[str, ...]
    """The models it ranks, in the order of the columns it predicts."""
    has_costs_: bool
    """Whether it was fitted on outcomes with a cost of every model."""
    mean_cost_usd_: NDArray[np.float64]
    """Mean cost of each model on the training prompts, shape (m,); only where it has costs."""
    unsaved: ClassVar[tuple[str, ...]] = ()
    """Parameters that are given anew on load; one that JSON cannot hold, such as an encoder object, always is."""

    def fit(self, outcomes: OutcomeTable) -> Self:
        """Learn from outcomes, and return self.

        Raises:
            RouterError: if there is nothing to learn from, of any model, or λ is set and there
                are no costs.
        """
        if not len(outcomes) or not outcomes.models:
            msg = f"{self.name} cannot be fitted: {outcomes!r} is empty."
            raise RouterError(msg)
        if self.cost_weight and outcomes.cost_usd is None:
            msg = f"{self.name} has cost_weight={self.cost_weight:g}, but {outcomes.name} has no costs."
            raise RouterError(msg)
        self._check_models(outcomes)
        self.models_ = outcomes.models
        self.has_costs_ = outcomes.cost_usd is not None and not _blank(outcomes.cost_usd).any()
        if self.has_costs_:
            self.mean_cost_usd_ = np.nanmean(outcomes.costs(), axis=0)
        self._fit(outcomes)
        return self

    def _check_models(self, outcomes: OutcomeTable) -> None:
        for what, cells in (("outcome", outcomes.quality), ("cost", outcomes.cost_usd if self.cost_weight else None)):
            if cells is not None and (blank := _blank(cells)).any():
                names = ", ".join(name for name, is_blank in zip(outcomes.models, blank, strict=True) if is_blank)
                msg = f"{self.name} cannot be fitted: {outcomes.name} has no {what} of {names}. Leave it out with `of_models`."
                raise RouterError(msg)

    @abstractmethod
    def _fit(self, outcomes: OutcomeTable) -> None:
        """Learn; cells may be NaN."""

    @abstractmethod
    def predict_quality(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return the quality each model is expected to reach, shape (n_prompts, n_models)."""

    def predict_cost(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return the cost each model is expected to have, in USD a prompt, shape (n_prompts, n_models).

        A subclass that does not say is taken to expect each model's mean over the training prompts.

        Raises:
            RouterError: if it is not fitted, or was fitted without costs.
        """
        self.check_is_fitted()
        if not self.has_costs_:
            msg = f"{self.name} was fitted on outcomes without costs, and expects none."
            raise RouterError(msg)
        return np.tile(self.mean_cost_usd_, (len(prompts), 1))

    def predict(self, prompts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return the expected quality, and the expected cost where it was fitted on costs.

        A router that reads the prompts for both alike overrides this, to read them once.
        """
        return self.predict_quality(prompts), self.predict_cost(prompts) if self.has_costs_ else None

    def predict_utility(self, prompts: Sequence[str]) -> NDArray[np.float64]:
        """Return quality − λ · cost as expected, shape (n_prompts, n_models) (LLMRank, equation 3).

        Raises:
            RouterError: if it is not fitted.
        """
        self.check_is_fitted()
        return self._utility(prompts, *self.predict(prompts))

    def _utility(
        self,
        prompts: Sequence[str],  # noqa: ARG002 - a seam
        quality: NDArray[np.float64],
        cost: NDArray[np.float64] | None,
    ) -> NDArray[np.float64]:
        """Return what is ranked by, shape (n_prompts, n_models)."""
        if not self.cost_weight:
            return quality
        if cost is None:
            msg = f"{self.name} has cost_weight={self.cost_weight:g}, but was fitted without costs. Fit it anew."
            raise RouterError(msg)
        return quality - self.cost_weight * cost

    def sweep(self, prompts: Sequence[str], size: int = N_CONFIGURATIONS) -> Sweep:
        """Return the choices over the whole trade-off, from this one fit.

        Raises:
            RouterError: if it is not fitted.
        """
        self.check_is_fitted()
        return utility_sweep(*self.predict(prompts), self.cost_weight, size)

    def check_is_fitted(self) -> None:
        """Raise a `RouterError` if `fit` was not called yet."""
        if not hasattr(self, "models_"):
            msg = f"{self.name} is not fitted yet. Call fit(outcomes), or load a saved one."
            raise RouterError(msg)

    def predict_profiled(
        self,
        prompt: str,
        profile: TaskProfile | None,  # noqa: ARG002 - a seam
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return what `predict` does of one prompt, by a router that reads the profile given with it too."""
        return self.predict([prompt])

    def rank(self, prompt: str, profile: TaskProfile | None, pool: ModelPool) -> tuple[ScoredCandidate, ...]:
        """Return the candidates it knows, by expected utility.

        Raises:
            RouterError: if it is not fitted, knows no candidate, or one that it does not know is
                in the pool and `unknown_models` is `"error"`.
        """
        self.check_is_fitted()
        known = self.known_candidates(pool)
        quality, cost = self.predict_profiled(prompt, profile)
        utility = self._utility([prompt], quality, cost)[0]
        scored = [
            ScoredCandidate(
                name=name,
                score=float(utility[place]),
                cost_usd_per_1m_tokens=pool[name].price.total_usd_per_1m_tokens,
                reason=self._reason(place, float(quality[0, place]), None if cost is None else float(cost[0, place])),
            )
            for name, place in known.items()
        ]
        return tuple(sorted(scored, key=lambda item: (-(item.score or 0.0), item.cost_usd_per_1m_tokens or 0.0)))

    def _reason(self, place: int, quality: float, cost_usd: float | None) -> str:  # noqa: ARG002 - a seam
        """Return why a model stands where it stands."""
        money = "" if cost_usd is None else f", cost ${cost_usd:.2g} a call"
        return f"{self.name}: expected quality {min(max(quality, 0.0), 1.0):.2f}{money}"

    def notes(self, profile: TaskProfile | None, pool: ModelPool) -> tuple[str, ...]:  # noqa: ARG002 - a seam
        """Return what `fit` found worth telling, in `notes_`."""
        return tuple(getattr(self, "notes_", ()))

    def left_out(self, pool: ModelPool) -> tuple[RejectedCandidate, ...]:
        """Return the candidates it was not fitted on."""
        known = self.known_candidates(pool)
        reason = f"{self.name} was not fitted on it"
        return tuple(RejectedCandidate(name=c.name, reason=reason) for c in pool if c.name not in known)

    def known_candidates(self, pool: ModelPool) -> dict[str, int]:
        """Return candidate → its place in `models_`.

        Raises:
            RouterError: if it is not fitted, knows none, or not all and `unknown_models` is `"error"`.
        """
        self.check_is_fitted()
        places = {name: place for place, name in enumerate(self.models_)}
        known = {c.name: place for c in pool if (place := _place(c, places)) is not None}
        strangers = [c.name for c in pool if c.name not in known]
        if not known or (strangers and self.unknown_models == "error"):
            msg = (
                f"{self.name} was not fitted on {', '.join(strangers)}; it knows {', '.join(self.models_)}. "
                "Fit it on these models, or set unknown_models='leave_out' to route among those it knows."
            )
            raise RouterError(msg)
        return known

    def parameters(self) -> dict[str, Any]:
        """Return the constructor's parameters as stored."""
        names = [name for name in inspect.signature(type(self).__init__).parameters if name != "self"]
        return {name: getattr(self, name) for name in names}

    def save(self, path: str | Path) -> Path:
        """Write a folder of `router.json` and `router.safetensors`, and return it.

        Raises:
            RouterError: if it is not fitted.
        """
        from safetensors.numpy import save_file

        self.check_is_fitted()
        learned = {name: value for name, value in vars(self).items() if name.endswith("_") and name[0] != "_"}
        arrays = {name: np.ascontiguousarray(v) for name, v in learned.items() if isinstance(v, np.ndarray)}
        settings = {
            "format": _FORMAT,
            "router": f"{type(self).__module__}:{type(self).__qualname__}",
            "parameters": {name: value for name, value in self.parameters().items() if self.is_saved(name, value)},
            "learned": {name: value for name, value in learned.items() if name not in arrays},
            "encoder": self.encoder_id(),
        }
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _SETTINGS_FILE).write_text(json.dumps(settings, indent=2, ensure_ascii=False), encoding="utf-8")
        save_file(arrays or {"none": np.zeros(0)}, folder / _ARRAYS_FILE)
        return folder

    def is_saved(self, name: str, value: object) -> bool:
        """Return whether a parameter is written by `save`; one that is not must be given to `load`."""
        return name not in self.unsaved and (value is None or isinstance(value, (str, int, float, list, tuple, dict)))

    @classmethod
    def load(cls, path: str | Path, **parameters: Any) -> Self:
        """Read what `save` wrote; `parameters` are given to the constructor over the saved ones.

        Raises:
            RouterError: if the folder holds no such router, or its encoder is another one.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        settings = read_settings(path)
        own = f"{cls.__module__}:{cls.__qualname__}"
        if settings["router"] != own:
            msg = f"{path} holds a {settings['router']}, not a {own}."
            raise RouterError(msg)
        try:
            arrays = load_file(Path(path) / _ARRAYS_FILE)
            router = cls(**{**_with_tuples(settings["parameters"]), **parameters})
        except (OSError, SafetensorError, TypeError) as error:
            msg = f"{str(path)!r} holds no saved {own}: {error}"
            raise RouterError(msg) from error
        arrays.pop("none", None)
        for name, value in {**_with_tuples(settings["learned"]), **arrays}.items():
            setattr(router, name, value)
        router.check_encoder(settings["encoder"], str(path))
        return router

    def check_encoder(self, fitted_with: str | None, path: str) -> None:
        """Raise a `RouterError` unless the encoder is the one that this router was fitted with."""
        if fitted_with != self.encoder_id():
            msg = (
                f"{path} was fitted with the encoder {fitted_with}, but is given {self.encoder_id()}: their vectors "
                f"cannot be compared. Give the same one, `load(path, encoder=…)`, or fit the router again."
            )
            raise RouterError(msg)

    def encoder_id(self) -> str | None:
        """Return the name and version of the encoder it reads prompts with; None if it has none."""
        return None

    def fingerprint(self) -> str:
        """Return a short hash of parameters, encoder and all that was learned."""
        learned = {name: value for name, value in vars(self).items() if name.endswith("_") and name[0] != "_"}
        kept: tuple[dict[str, Any], str] | None = self.__dict__.get("_kept_fingerprint")
        if (
            kept is None
            or kept[0].keys() != learned.keys()
            or any(kept[0][name] is not learned[name] for name in learned)
        ):
            digest = hashlib.sha256(f"{type(self).__module__}:{type(self).__qualname__}|{self.encoder_id()}".encode())
            for name in sorted(learned):
                value = learned[name]
                digest.update(
                    name.encode() + (value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
                )
            kept = self._kept_fingerprint = (learned, digest.hexdigest())
        settings = "|".join(f"{name}={value!r}" for name, value in sorted(self.parameters().items()))
        return hashlib.sha256(f"{kept[1]}|{settings}".encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        """Show the parameters."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.parameters().items())
        return f"{type(self).__name__}({shown})"


def _place(candidate: Candidate, places: Mapping[str, int]) -> int | None:
    names = (candidate.name, candidate.model if isinstance(candidate.model, str) else "")
    return next((places[name] for name in names if name in places), None)


def _blank(cells: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which models have no value at all, shape (n_models,)."""
    return np.asarray(np.isnan(cells).all(axis=0))


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they were before JSON made lists of tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def read_settings(path: str | Path) -> dict[str, Any]:
    """Return what a saved router's `router.json` says.

    Raises:
        RouterError: if there is none, or it cannot be read.
    """
    file = Path(path) / _SETTINGS_FILE
    try:
        settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{str(path)!r} holds no saved router: {error}"
        raise RouterError(msg) from error
    if settings.get("format") != _FORMAT:
        msg = f"{file} has format {settings.get('format')!r}; this version reads format {_FORMAT}."
        raise RouterError(msg)
    return settings
