"""The rules of learned routers, one method each."""

from __future__ import annotations

import inspect
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.errors import OutcomeError, RouterError
from langchain_dynaroute.pool import Candidate, ModelPool
from langchain_dynaroute.routers.reloading import choices_in_a_new_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.routers.learned import LearnedRouter

ODD_PROMPTS = ("", " ", "x" * 100_000, "什么是量子纠缠?", "🎉🎉🎉", "\ud83d lone", "a\x00b")
"""Prompts that a user may send and a benchmark never holds."""
_MOST_PROMPTS = 40
_FEW_PROMPTS = 8
_ROUNDING = 1e-6


class RuleBrokenError(Exception):
    """A router does not keep a rule; the text says what to do."""


class RouterRules:
    """A router under check: each method that begins with `check_` is a rule, told by its docstring."""

    def __init__(self, router: LearnedRouter, outcomes: OutcomeTable) -> None:
        """Store the router and what it is fitted on; a held-out quarter is what it predicts on."""
        self.router = router
        self.train, test = outcomes.split(0.75, seed=0)
        self.prompts = test.prompts[:_MOST_PROMPTS]
        self.pool = _pool(outcomes.models)
        self._fitted: LearnedRouter | None = None

    def __iter__(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Give each rule as a sentence, and what tries it."""
        for name in vars(type(self)):
            if name.startswith("check_"):
                check = getattr(self, name)
                yield (inspect.getdoc(check) or name).splitlines()[0].rstrip("."), check

    def abilities(self) -> dict[str, bool]:
        """Return what the router can do of what is optional."""
        tried: dict[str, Callable[[], object]] = {
            "cost": lambda: self.fitted().predict_cost(self.prompts),
            "sweep": lambda: self.fitted().sweep(self.prompts),
            "save": self._save_anywhere,
            "missing outcomes": lambda: self.fresh().fit(_with_holes(self.train)),
        }
        return {name: _can(call) for name, call in tried.items()}

    def fresh(self, **changed: Any) -> LearnedRouter:
        """Return a new router with the same parameters, some of them changed."""
        given = self.router.parameters()
        router = type(self.router)(**{**given, **{name: value for name, value in changed.items() if name in given}})
        for name in changed.keys() - given.keys():
            setattr(router, name, changed[name])
        return router

    def fitted(self) -> LearnedRouter:
        """Return one that is fitted, always the same."""
        if self._fitted is None:
            self._fitted = self.fresh().fit(self.train)
        return self._fitted

    def predicted(self, router: LearnedRouter | None = None) -> NDArray[np.float64]:
        """Return the utilities of the held-out prompts."""
        return (router or self.fitted()).predict_utility(self.prompts)

    # -- the constructor and fit --------------------------------------------------------------

    def check_the_constructor_stores(self) -> None:
        """The constructor stores its parameters under their own names, and learns nothing."""
        router = self.fresh()
        names = inspect.signature(type(router)).parameters
        missing = [name for name in names if not hasattr(router, name)]
        _hold(not missing, f"store {missing} as self.<its name>")
        learned = [name for name in vars(router) if name.endswith("_") and not name.startswith("_")]
        _hold(not learned, f"it sets {learned}; learn in `_fit`")

    def check_a_clone_is_the_same(self) -> None:
        """A router made of `parameters()` has the same parameters."""
        first, second = self.router.parameters(), self.fresh().parameters()
        changed = [name for name in first if first[name] is not second[name] and first[name] != second[name]]
        _hold(not changed, f"{changed} came out changed; store what was given, and convert it in `_fit`")

    def check_fit_learns(self) -> None:
        """`fit` returns the router, and every learned name ends in `_`."""
        router = self.fresh()
        before = set(vars(router))
        _hold(router.fit(self.train) is router, "`fit` must return self")
        odd = sorted(name for name in set(vars(router)) - before if not name.endswith("_") and not name.startswith("_"))
        _hold(not odd, f"`fit` sets {odd}; end what it learns in `_`, and begin with `_` what is not saved")
        _hold(router.models_ == self.train.models, "`models_` must be the models of the outcomes, in their order")

    def check_fit_changes_no_parameter(self) -> None:
        """`fit` changes no parameter."""
        router = self.fresh()
        before = router.parameters()
        changed = [name for name, value in router.fit(self.train).parameters().items() if value is not before[name]]
        _hold(not changed, f"`fit` changed {changed}; keep what it makes of them under a name that ends in `_`")

    def check_unfitted_is_told(self) -> None:
        """Before `fit`, predicting raises a RouterError."""
        _raises(RouterError, lambda: self.fresh().predict_utility(["x"]), "begin with self.check_is_fitted()")

    def check_two_fits_are_equal(self) -> None:
        """Two fits on the same outcomes predict the same."""
        again = self.predicted(self.fresh().fit(self.train))
        _same(again, self.predicted(), "draw random numbers from a parameter `random_state`")

    # -- predicting ---------------------------------------------------------------------------

    def check_the_shape(self) -> None:
        """Utility and quality are finite numbers, one a prompt and model."""
        shape = (len(self.prompts), len(self.train.models))
        for predict in (self.fitted().predict_utility, self.fitted().predict_quality):
            found = predict(self.prompts)
            _hold(np.shape(found) == shape, f"{predict.__name__} gave shape {np.shape(found)}, not {shape}")
            _hold(np.isfinite(found).all(), f"{predict.__name__} gave NaN or infinity; fall back to the model's mean")

    def check_batches_do_not_matter(self) -> None:
        """A prompt's prediction does not depend on the others it is asked with, nor on their order."""
        whole = self.predicted()
        alone = np.vstack([self.fitted().predict_utility([prompt]) for prompt in self.prompts[:_FEW_PROMPTS]])
        _same(alone, whole[:_FEW_PROMPTS], "use nothing of the other prompts (no scaling by the batch)")
        turned = self.fitted().predict_utility(self.prompts[::-1])
        _same(turned, whole[::-1], "use nothing of the order of the prompts")

    def check_predicting_changes_nothing(self) -> None:
        """Predicting twice gives the same."""
        _same(self.predicted(), self.predicted(), "predict without drawing or keeping anything")

    def check_odd_prompts(self) -> None:
        """Empty, very long, Chinese, emoji and broken prompts get finite predictions."""
        for prompt in ODD_PROMPTS:
            found = self.fitted().predict_utility([prompt])
            _hold(np.isfinite(found).all(), f"{prompt[:20]!r} ({len(prompt):,} characters) gave NaN or infinity")

    # -- hard outcomes ------------------------------------------------------------------------

    def check_no_costs(self) -> None:
        """Outcomes without costs are learned from with a cost weight of 0, or refused, and refused with another."""
        bare = replace(self.train, cost_usd=None, cost_source=None)
        _raises(RouterError, lambda: self.fresh(cost_weight=1.0).fit(bare), "refuse λ without costs")
        try:
            router = self.fresh(cost_weight=0.0).fit(bare)
        except RouterError:
            return
        _hold(np.isfinite(self.predicted(router)).all(), "without costs the utility is the quality alone")

    def check_one_model(self) -> None:
        """It can be fitted on a single model."""
        router = self.fresh().fit(self.train.of_models(self.train.models[:1]))
        _hold(np.shape(self.predicted(router)) == (len(self.prompts), 1), "one model must give one column")

    def check_one_prompt(self) -> None:
        """It can be fitted on a single prompt."""
        router = self.fresh().fit(self.train.take([0]))
        _hold(np.isfinite(self.predicted(router)).all(), "one training prompt gave NaN or infinity")

    def check_no_prompt(self) -> None:
        """Without a training prompt it is not fitted, and no prompt gets no prediction."""
        _raises(RouterError, lambda: self.fresh().fit(self.train.take([])), "let LearnedRouter.fit check the outcomes")
        found = self.fitted().predict_utility([])
        _hold(np.shape(found) == (0, len(self.train.models)), f"predict_utility([]) gave shape {np.shape(found)}")

    def check_missing_outcomes(self) -> None:
        """Outcomes with holes are learned from, or refused; the holes never come out as NaN."""
        try:
            router = self.fresh().fit(_with_holes(self.train))
        except (RouterError, OutcomeError):
            return
        _hold(np.isfinite(self.predicted(router)).all(), "NaN cells of the outcomes came out as NaN; mask them")

    # -- ranking ------------------------------------------------------------------------------

    def check_rank(self) -> None:
        """`rank` gives every candidate once, best first, each with its reason."""
        for prompt in (*self.prompts[:_FEW_PROMPTS], ""):
            ranking = self.fitted().rank(prompt, None, self.pool)
            names = sorted(item.name for item in ranking)
            _hold(names == sorted(self.train.models), "`rank` must hold every candidate once")
            scores = [item.score for item in ranking if item.score is not None]
            _hold(scores == sorted(scores, reverse=True), "`rank` must be sorted by score, highest first")
            _hold(all(item.reason for item in ranking), "give each candidate a reason")

    def check_the_first_is_the_best(self) -> None:
        """The first of `rank` has the highest utility of `predict_utility`."""
        for prompt in self.prompts[:_FEW_PROMPTS]:
            utility = self.fitted().predict_utility([prompt])[0]
            first = self.train.models.index(self.fitted().rank(prompt, None, self.pool)[0].name)
            _hold(utility[first] >= utility.max() - _ROUNDING, "`rank` and `predict_utility` disagree")

    def check_strangers(self) -> None:
        """A candidate it was not fitted on is an error that names it, or left out if so chosen."""
        pool = _pool((*self.train.models, "a stranger"))
        error = _raises(RouterError, lambda: self.fitted().rank("x", None, pool), "refuse unknown candidates")
        _hold("a stranger" in str(error), "name the unknown candidate in the error")
        router = self.fresh(unknown_models="leave_out").fit(self.train)
        names = sorted(item.name for item in router.rank("x", None, pool))
        _hold(names == sorted(self.train.models), "with unknown_models='leave_out', rank the others")
        left_out = [item.name for item in router.left_out(pool)]
        _hold(left_out == ["a stranger"], "`left_out` must tell of the unknown candidate")

    # -- what is optional ---------------------------------------------------------------------

    def check_sweep(self) -> None:
        """A sweep, where there is one, has a choice a setting and prompt, and expects to cost ever less."""
        try:
            sweep = self.fitted().sweep(self.prompts)
        except NotImplementedError:
            return
        _hold(sweep.choices.shape == (len(sweep.values), len(self.prompts)), f"choices of shape {sweep.choices.shape}")
        known = (sweep.choices >= 0) & (sweep.choices < len(self.train.models))
        _hold(known.all(), "`choices` must be places in `models_`")
        if sweep.parameter == "cost_weight":
            cost = self.fitted().predict_cost(self.prompts)
            spent = np.array([cost[np.arange(len(cost)), row].mean() for row in sweep.choices])
            _hold((np.diff(spent) <= _ROUNDING * spent[0]).all(), "a larger λ must not expect to cost more")

    def check_save(self) -> None:
        """Saved, without a pickle, and loaded in a new process without torch and scikit-learn, it chooses the same."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "router"
            try:
                self.fitted().save(folder)
            except NotImplementedError:
                return
            odd = sorted(path.name for path in folder.rglob("*") if path.suffix not in {".json", ".safetensors", ""})
            _hold(not odd, f"{odd} may run code when read; keep arrays and JSON values in names ending in `_`")
            again = type(self.router).load(folder, **self._unsaved())
            _same(self.predicted(again), self.predicted(), "keep all that prediction needs in names ending in `_`")
            self._check_new_process(folder)

    def _check_new_process(self, folder: Path) -> None:
        cls = type(self.router)
        if self._unsaved() or cls.__module__ == "__main__" or "<locals>" in cls.__qualname__:
            return  # it cannot be made again from its file alone
        found = choices_in_a_new_process(cls, folder, self.prompts[:_FEW_PROMPTS])
        best = self.predicted()[:_FEW_PROMPTS].argmax(axis=1)
        expected = [self.train.models[place] for place in best]
        _hold(found == expected, f"the new process chose {found}, not {expected}")

    def _unsaved(self) -> dict[str, Any]:
        parameters = self.router.parameters()
        return {name: value for name, value in parameters.items() if not self.router.is_saved(name, value)}

    def _save_anywhere(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.fitted().save(folder)


def _hold(holds: object, way_out: str) -> None:
    if not holds:
        raise RuleBrokenError(way_out)


def _same(found: NDArray[np.float64], expected: NDArray[np.float64], way_out: str) -> None:
    if not np.allclose(found, expected, rtol=1e-4, atol=1e-5):
        msg = f"predictions differ by up to {np.abs(found - expected).max():.2g}: {way_out}"
        raise RuleBrokenError(msg)


def _raises(kind: type[Exception], call: Callable[[], object], way_out: str) -> Exception:
    try:
        call()
    except kind as error:
        return error
    msg = f"no {kind.__name__} was raised: {way_out}"
    raise RuleBrokenError(msg)


def _can(call: Callable[[], object]) -> bool:
    try:
        call()
    except Exception:  # noqa: BLE001 - whatever it raises, it cannot
        return False
    return True


def _with_holes(outcomes: OutcomeTable) -> OutcomeTable:
    """Return outcomes of which every fifth cell is unknown."""
    holes = np.arange(outcomes.quality.size).reshape(outcomes.quality.shape) % 5 == 0
    cost = None if outcomes.cost_usd is None else np.where(holes, np.nan, outcomes.cost_usd)
    return replace(outcomes, quality=np.where(holes, np.nan, outcomes.quality), cost_usd=cost)


def _pool(models: tuple[str, ...]) -> ModelPool:
    candidates = [
        Candidate(name, f"openai/{name}", input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=2) for name in models
    ]
    return ModelPool(candidates, name="checked")
