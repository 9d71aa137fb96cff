"""Who takes part in the benchmark: learned routers, DynaRoute's three, and any router that ranks."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from langchain_dynaroute.errors import RouterError, did_you_mean
from langchain_dynaroute.routers.sweep import N_CONFIGURATIONS, Sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.outcomes import OutcomeTable


class Entrant(Protocol):
    """What the benchmark needs of a router; every `LearnedRouter` has it."""

    name: str
    models_: tuple[str, ...]

    def fit(self, outcomes: OutcomeTable) -> Self:
        """Learn from the training prompts, and return self."""
        ...

    def sweep(self, prompts: Sequence[str], size: int = N_CONFIGURATIONS) -> Sweep:
        """Return the choices at every setting of the trade-off."""
        ...


def fitted(entrant: Entrant, train: OutcomeTable, validation: OutcomeTable | None) -> Entrant:
    """Fit an entrant, with the validation prompts if it asks for them."""
    if validation is not None and "validation" in inspect.signature(entrant.fit).parameters:
        return entrant.fit(train, validation=validation)  # type: ignore[call-arg]
    return entrant.fit(train)


def checked_sweep(entrant: Entrant, prompts: Sequence[str], size: int) -> Sweep:
    """Return an entrant's sweep.

    Raises:
        RouterError: if its shapes, its choices, its default or its surcharges are not what they must be.
    """
    sweep = entrant.sweep(prompts, size)
    shape = (len(sweep.values), len(prompts))
    if sweep.choices.shape != shape:
        msg = f"{entrant.name}: its sweep has choices of shape {sweep.choices.shape}, but {shape} was asked for."
        raise RouterError(msg)
    if sweep.choices.size and not 0 <= sweep.choices.min() <= sweep.choices.max() < len(entrant.models_):
        msg = f"{entrant.name}: its sweep chooses models {sweep.choices.min()} to {sweep.choices.max()} of {len(entrant.models_)}."
        raise RouterError(msg)
    if not 0 <= sweep.default < len(sweep.values):
        msg = f"{entrant.name}: the default of its sweep is configuration {sweep.default} of {len(sweep.values)}."
        raise RouterError(msg)
    surcharge = sweep.surcharge_usd
    if surcharge is not None and not (surcharge.shape == shape and np.isfinite(surcharge).all()):
        msg = (
            f"{entrant.name}: its surcharges must be finite and of shape {shape}; they are of shape {surcharge.shape}."
        )
        raise RouterError(msg)
    return sweep


def in_columns(sweep: Sweep, entrant: Entrant, models: Sequence[str]) -> Sweep:
    """Return a sweep whose choices are columns of a table with these models.

    Raises:
        RouterError: if the entrant chooses a model that the table does not have.
    """
    if tuple(entrant.models_) == tuple(models):
        return sweep
    places = {name: place for place, name in enumerate(models)}
    for name in entrant.models_:
        if name not in places:
            msg = f"{entrant.name} ranks {name!r}, which the outcomes do not have.{did_you_mean(name, models)}"
            raise RouterError(msg)
    column = np.array([places[name] for name in entrant.models_], dtype=np.intp)
    return Sweep(sweep.parameter, sweep.values, column[sweep.choices], sweep.default, sweep.surcharge_usd)


def entrant_id(entrant: Entrant) -> str:
    """Return a hash of everything a run of this entrant depends on, its code included.

    A run is taken from the cache only if this is the same: class, parameters, encoder, and the
    source of the modules of its package that its classes are made of.
    """
    parameters = getattr(entrant, "parameters", dict)
    encoder = getattr(entrant, "encoder_id", lambda: None)
    described = json.dumps(
        [entrant.name, type(entrant).__qualname__, _described(parameters()), encoder()], sort_keys=True, default=repr
    )
    digest = hashlib.sha256(described.encode("utf-8", "surrogatepass"))
    for module in _modules(type(entrant)):
        digest.update(_source(module))
    return digest.hexdigest()[:16]


def _modules(kind: type) -> list[str]:
    """Return the modules of a class, its bases, and whatever these take from their own packages."""
    waiting = [base.__module__ for base in kind.__mro__ if base is not object]
    found = set(waiting)
    while waiting:
        name = waiting.pop()
        for value in vars(sys.modules.get(name, object)).values():
            origin = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            if isinstance(origin, str) and origin not in found and origin.partition(".")[0] == name.partition(".")[0]:
                found.add(origin)
                waiting.append(origin)
    return sorted(found)


def _source(module: str) -> bytes:
    try:
        return inspect.getsource(sys.modules[module]).encode("utf-8", "surrogatepass")
    except (OSError, TypeError, KeyError):  # a class typed into a console has no source
        return module.encode()


def _described(value: Any) -> Any:
    """Return a parameter as JSON can hold it; of an object without parameters only its class is told."""
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {str(name): _described(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_described(item) for item in (value if isinstance(value, (list, tuple)) else sorted(value, key=repr))]
    if isinstance(value, (np.ndarray, np.generic)):
        return [str(value.dtype), value.tolist()]
    inner = getattr(value, "parameters", None)
    return [type(value).__qualname__, _described(inner()) if callable(inner) else None]
