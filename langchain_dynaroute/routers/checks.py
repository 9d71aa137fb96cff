"""What every router must do, ours or a user's: `check_router(MyRouter)` says what is missing."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

import numpy as np

from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.outcomes import OutcomeTable
from langchain_dynaroute.routers.check_rules import RouterRules, RuleBrokenError
from langchain_dynaroute.routers.learned import LearnedRouter


@dataclass(frozen=True)
class CheckReport:
    """What `check_router` found."""

    router: str
    passed: tuple[str, ...]
    """The rules that were kept, as sentences."""
    failed: dict[str, str] = field(default_factory=dict)
    """Rule → what went wrong and what to do."""
    abilities: dict[str, bool] = field(default_factory=dict)
    """What a router may do: `"cost"`, `"sweep"`, `"save"`, `"missing outcomes"`."""

    def __str__(self) -> str:
        """Return one line a rule."""
        lines = [f"{self.router}: {len(self.passed)} rules kept, {len(self.failed)} broken"]
        lines += [f"  ok      {rule}" for rule in self.passed]
        lines += [f"  BROKEN  {rule}: {why}" for rule, why in self.failed.items()]
        return "\n".join([*lines, "  can: " + (", ".join(name for name, can in self.abilities.items() if can) or "–")])


def check_router(router: LearnedRouter | type[LearnedRouter], *, outcomes: OutcomeTable | None = None) -> CheckReport:
    """Check a learned router on every rule, and return the report.

    Args:
        router: A class that can be made without arguments, or a router, fitted or not; it is
            not changed: every rule is tried on a new one with its parameters.
        outcomes: To fit it on; default is a small table made up here, with costs.

    Raises:
        RouterError: listing every broken rule with what to do. What is optional (costs,
            sweep, save, missing outcomes) is reported, and checked where it is there.
    """
    rules = RouterRules(_made(router), outcomes or small_outcomes())
    passed, failed = [], {}
    for rule, check in rules:
        try:
            check()
        except RuleBrokenError as broken:
            failed[rule] = str(broken)
        except Exception as error:  # noqa: BLE001 - a router may fail in any way
            failed[rule] = f"raised {type(error).__name__}: {error}"
        else:
            passed.append(rule)
    report = CheckReport(rules.router.name, tuple(passed), failed, rules.abilities())
    if failed:
        raise RouterError(str(report))
    return report


def _made(router: LearnedRouter | type[LearnedRouter]) -> LearnedRouter:
    if isinstance(router, LearnedRouter):
        return router
    if not (inspect.isclass(router) and issubclass(router, LearnedRouter)):
        msg = f"{router!r} is no LearnedRouter. Subclass langchain_dynaroute.routers.LearnedRouter."
        raise RouterError(msg)
    try:
        return router()
    except TypeError as error:
        msg = f"{router.__name__} cannot be made ({error}). Define its abstract methods, and give every parameter a default."
        raise RouterError(msg) from error


def small_outcomes(n_prompts: int = 120, *, seed: int = 7) -> OutcomeTable:
    """Return made-up outcomes of three models, each best at one of three kinds of prompt."""
    kinds = (
        "Add {} and {} and show the sum.",
        "Write a Python function f{}(x) of {} lines.",
        "Who ruled in {} after {}?",
    )
    rng = np.random.default_rng(seed)
    numbers = rng.integers(2, 2000, size=(n_prompts, 2)).tolist()
    kind = np.arange(n_prompts) % len(kinds)
    chance = 0.35 + 0.5 * np.eye(len(kinds))[kind]
    price = np.array([1e-4, 4e-4, 2e-3])
    return OutcomeTable(
        prompt_ids=tuple(f"p{row}" for row in range(n_prompts)),
        prompts=tuple(kinds[kind[row]].format(*pair) for row, pair in enumerate(numbers)),
        datasets=tuple(("sums", "code", "facts")[place] for place in kind),
        models=("small", "medium", "large"),
        quality=(rng.random(chance.shape) < chance).astype(float),
        cost_usd=price * rng.uniform(0.5, 1.5, size=chance.shape),
        name="small outcomes",
    )
