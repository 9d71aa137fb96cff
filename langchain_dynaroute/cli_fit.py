"""What `dynaroute fit` does and shows."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.markup import escape

from langchain_dynaroute.cli_bench import find_own_modules
from langchain_dynaroute.cli_views import console
from langchain_dynaroute.errors import OutcomeError
from langchain_dynaroute.routers import make_router

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable
    from langchain_dynaroute.routers.learned import LearnedRouter

_PATIENCE_S = 2.0
_TRAIN = 0.7
_SEED = 42


def read_parameters(given: Iterable[str]) -> dict[str, Any]:
    """Return `key=value` as parameters; a value is read as JSON where it is, else as text.

    Raises:
        OutcomeError: if one has no `=`.
    """
    parameters: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            msg = f"--param {text!r} is not key=value, such as k=20."
            raise OutcomeError(msg)
        try:
            parameters[key.strip()] = json.loads(value)
        except ValueError:
            parameters[key.strip()] = value
    return {key: tuple(value) if isinstance(value, list) else value for key, value in parameters.items()}


def fit_record(name: str, outcomes: OutcomeTable, out: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    """Fit a router, save it, and return what was learned as plain JSON values."""
    find_own_modules([name])
    router = make_router(name, **parameters)
    with _patience(f"Fitting {router!r} on {len(outcomes):,} prompts …"):
        held_out = _held_out(make_router(name, **parameters), outcomes)
        router.fit(outcomes).save(out)
    return {
        "router": router.name,
        "parameters": {key: value for key, value in router.parameters().items() if router.is_saved(key, value)},
        "encoder": router.encoder_id(),
        "outcomes": outcomes.name,
        "prompts": len(outcomes),
        "datasets": len(outcomes.dataset_names),
        "models": list(router.models_),
        "missing_cells": outcomes.n_missing,
        "has_costs": router.has_costs_,
        "notes": list(getattr(router, "notes_", ())),
        "held_out": held_out,
        "out": str(out),
    }


@contextmanager
def _patience(what: str) -> Iterator[None]:
    """Show a spinner on standard error if it takes more than two seconds."""
    status = Console(stderr=True).status(escape(what))
    timer = threading.Timer(_PATIENCE_S, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        status.stop()


def _held_out(router: LearnedRouter, outcomes: OutcomeTable) -> dict[str, Any] | None:
    """Return figures on 30 % of the prompts, fitted on the others; None if there are too few."""
    train, test = outcomes.split(_TRAIN, _SEED)
    test = test.take(test.is_complete)
    if not len(train) or not len(test):
        return None
    choice = router.fit(train).predict_utility(test.prompts).argmax(axis=1)
    rows = np.arange(len(test))
    every = _by_dataset(test, test.quality)
    best = int(every.argmax())
    figures: dict[str, Any] = {
        "prompts": len(test),
        "avg_accuracy": float(_by_dataset(test, test.quality[rows, choice])),
        "best_single": test.models[best],
        "best_single_avg_accuracy": float(every[best]),
        "oracle_avg_accuracy": float(_by_dataset(test, test.quality.max(axis=1))),
    }
    if test.cost_usd is not None:
        figures["mean_cost_usd"] = float(test.cost_usd[rows, choice].mean())
        figures["best_single_mean_cost_usd"] = float(test.cost_usd[:, best].mean())
    return figures


def _by_dataset(outcomes: OutcomeTable, cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over datasets of each dataset's mean: AvgAcc (LLMRouterBench, section 3.4)."""
    names = np.array(outcomes.datasets)
    return np.asarray(np.mean([cells[names == name].mean(axis=0) for name in outcomes.dataset_names], axis=0))


def print_fit(record: dict[str, Any]) -> None:
    """Print what was learned, how good it is, and how to use it."""
    out = console()
    shown = ", ".join(f"{key}={value!r}" for key, value in record["parameters"].items())
    out.print(f"[bold]{escape(record['router'])}[/]  {escape(shown)}")
    holes = f", {record['missing_cells']:,} outcomes missing" if record["missing_cells"] else ""
    costs = "with costs" if record["has_costs"] else "without costs"
    out.print(
        f"learned   {record['prompts']:,} prompts of {record['datasets']} datasets, "
        f"{len(record['models'])} models, {costs}{holes}"
    )
    out.print(f"models    {escape(', '.join(record['models']))}")
    for note in record["notes"]:
        out.print(f"note      {escape(note)}")
    _print_held_out(out, record["held_out"])
    out.print(f"saved     {escape(record['out'])}")
    out.print(f"use it    DynaRouteChatModel(router={record['out']!r}, pool=[…])", markup=False)


def _print_held_out(out: Console, figures: dict[str, Any] | None) -> None:
    if figures is None:
        out.print("held out  too few complete prompts to hold any out")
        return
    money = best_money = ""
    if "mean_cost_usd" in figures:
        money = f" at ${figures['mean_cost_usd']:.2g} a prompt"
        best_money = f" at ${figures['best_single_mean_cost_usd']:.2g}"
    out.print(
        f"held out  AvgAcc {100 * figures['avg_accuracy']:.1f} %{money}, fitted on 70 % and scored on "
        f"{figures['prompts']:,} other prompts"
    )
    out.print(
        f"          best single in hindsight: {escape(figures['best_single'])}, "
        f"{100 * figures['best_single_avg_accuracy']:.1f} %{best_money}; oracle {100 * figures['oracle_avg_accuracy']:.1f} %"
    )
