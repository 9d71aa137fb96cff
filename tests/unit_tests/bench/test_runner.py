"""Runs: resumed, kept, keyed by all they depend on, the same in one process and in two."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_outcomes import Constant, Seesaw, random_table

from langchain_dynaroute.bench.dynaroute_entrants import DynaRouteEntrant
from langchain_dynaroute.bench.entrants import entrant_id, in_columns
from langchain_dynaroute.bench.protocol import Split, splits_of
from langchain_dynaroute.bench.run_cache import Run, RunCache, run_key
from langchain_dynaroute.bench.runner import run_all
from langchain_dynaroute.errors import RouterError
from langchain_dynaroute.routers.sweep import Sweep

TABLE = random_table()
SPLITS = splits_of(TABLE, seeds=(1, 2))
SIZE = 5


class Counted(Seesaw):
    """Counts its fits over all copies, and is stopped at one of them."""

    fits: list[int] = []  # noqa: RUF012 - shared on purpose
    stop_at = 0

    def fit(self, outcomes: Any) -> Counted:
        self.fits.append(len(outcomes))
        if len(self.fits) == self.stop_at:
            raise KeyboardInterrupt
        return super().fit(outcomes)


@pytest.fixture(autouse=True)
def _no_fits_yet(monkeypatch) -> None:
    monkeypatch.setattr(Counted, "fits", [])
    monkeypatch.setattr(Counted, "stop_at", 0)


def assert_same(first: dict[tuple[str, str], Run], second: dict[tuple[str, str], Run]) -> None:
    assert list(first) == list(second)
    for one, other in zip(first.values(), second.values(), strict=True):
        assert np.array_equal(one.sweep.choices, other.sweep.choices)
        assert np.array_equal(one.sweep.values, other.sweep.values)
        assert (one.sweep.parameter, one.sweep.default) == (other.sweep.parameter, other.sweep.default)
        assert one.notes == other.notes
        assert np.array_equal(one.sweep.surcharge_usd, other.sweep.surcharge_usd)


def test_a_stopped_benchmark_goes_on_where_it_was(tmp_path, monkeypatch) -> None:
    """Interrupted in its third run, the benchmark fits only the two that are left when it is called again."""
    entrants = [Counted("one", 1), Counted("two", 2)]
    cache = RunCache(tmp_path / "runs")
    monkeypatch.setattr(Counted, "stop_at", 3)
    with pytest.raises(KeyboardInterrupt):
        run_all(TABLE, entrants, SPLITS, size=SIZE, cache=cache)
    assert len(Counted.fits) == 3
    monkeypatch.setattr(Counted, "stop_at", 0)
    reported: list[tuple[int, int, str]] = []
    runs = run_all(TABLE, entrants, SPLITS, size=SIZE, cache=cache, progress=lambda *report: reported.append(report))
    assert len(Counted.fits) == 3 + 2
    assert reported[0] == (2, 4, "taken from the cache")
    assert [done for done, _, _ in reported] == [2, 3, 4]
    assert_same(runs, run_all(TABLE, entrants, SPLITS, size=SIZE))


def test_a_finished_benchmark_fits_nothing(tmp_path) -> None:
    """A second call takes every run from the cache, and finds the same."""
    cache = RunCache(tmp_path)
    first = run_all(TABLE, [Counted()], SPLITS, size=SIZE, cache=cache)
    second = run_all(TABLE, [Counted()], SPLITS, size=SIZE, cache=cache)
    assert len(Counted.fits) == 2
    assert_same(first, second)


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"nonsense" * 9, lambda raw: raw[:-1]],
    ids=["half", "empty", "nonsense", "a byte short"],
)
def test_a_damaged_file_is_run_again(tmp_path, damage) -> None:
    """A file that was cut off or overwritten is no run: that one is fitted again, and kept."""
    cache = RunCache(tmp_path)
    whole = run_all(TABLE, [Counted()], SPLITS, size=SIZE, cache=cache)
    victim = min(tmp_path.glob("*.safetensors"))
    victim.write_bytes(damage(victim.read_bytes()))
    assert_same(whole, run_all(TABLE, [Counted()], SPLITS, size=SIZE, cache=cache))
    assert len(Counted.fits) == 3
    assert cache.get(victim.stem) is not None


def test_a_file_of_another_make_is_run_again(tmp_path) -> None:
    """A readable file without what a run needs is no run."""
    from safetensors.numpy import save_file

    save_file({"values": np.zeros(1)}, tmp_path / "key.safetensors", metadata={"run": "{}"})
    assert RunCache(tmp_path).get("key") is None


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_kept_run_is_the_same_run(tmp_path, order) -> None:
    """Choices, values, infinite ones too, surcharges, default and notes come back as they were, however they lay in memory."""
    choices = np.array([[0, 1, 2], [2, 1, 1]], dtype=np.intp, order=order)
    surcharge = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], order=order)
    values = np.array([0.0, 9.0, np.inf, 9.0])[::2]
    run = Run(Sweep("cost_weight", values, choices, np.int64(1), surcharge), 1.5, 20.0, ("a note",))
    cache = RunCache(tmp_path)
    cache.put("key", run)
    again = cache.get("key")
    assert again is not None
    assert_same({("r", "s"): run}, {("r", "s"): again})
    assert (again.fit_s, again.route_us) == (1.5, 20.0)
    assert cache.get("other") is None


def test_the_key_changes_with_all_a_run_depends_on() -> None:
    """Another table, split, size, parameter or name is another run; the same ones are the same."""
    split = SPLITS[0]
    router = entrant_id(Seesaw(salt=1))
    other_rows = Split(split.name, split.seed, split.train[1:], split.test)
    with_validation = Split(split.name, split.seed, split.train, split.test, split.train[:3])
    keys = [
        run_key(TABLE, split, router, SIZE),
        run_key(random_table(seed=1), split, router, SIZE),
        run_key(random_table(costs=False), split, router, SIZE),
        run_key(TABLE, SPLITS[1], router, SIZE),
        run_key(TABLE, other_rows, router, SIZE),
        run_key(TABLE, with_validation, router, SIZE),
        run_key(TABLE, split, router, SIZE + 1),
        run_key(TABLE, split, entrant_id(Seesaw(salt=2)), SIZE),
        run_key(TABLE, split, entrant_id(Seesaw("another", 1)), SIZE),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == run_key(random_table(), split, entrant_id(Seesaw(salt=1)), SIZE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1, 2]), np.array([1, 3])),
        ({"a": (1, 2)}, {"a": (1, 3)}),
        ({1, 2}, {1, 3}),
        (np.float64(1), np.float64(2)),
        (Path("a"), Path("b")),
        (Constant("red"), Constant("green")),
        (Constant("red"), Seesaw()),
    ],
    ids=["array", "nested", "set", "number", "path", "router", "class"],
)
def test_any_kind_of_parameter_makes_the_key(one, other) -> None:
    """Arrays, nested values and routers within a router count, not only plain numbers and words."""
    assert entrant_id(Seesaw(salt=one)) != entrant_id(Seesaw(salt=other))
    assert entrant_id(Seesaw(salt=one)) == entrant_id(Seesaw(salt=one))


def test_changed_code_is_another_key(tmp_path, monkeypatch) -> None:
    """A change in the router's module, or in one of its package that it takes something from, makes another run of it."""
    package = tmp_path / "made_up_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "rules.py").write_text("def rule():\n    return 1\n")
    (package / "router.py").write_text("from made_up_package.rules import rule\n\n\nclass R:\n    name = 'r'\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def key() -> str:
        import importlib
        import linecache

        for name in [name for name in sys.modules if name.startswith("made_up_package")]:
            monkeypatch.delitem(sys.modules, name)
        linecache.clearcache()
        importlib.invalidate_caches()
        return entrant_id(importlib.import_module("made_up_package.router").R())

    keys = [key(), key()]
    (package / "rules.py").write_text("def rule():\n    return 2  # changed\n")
    keys.append(key())
    (package / "router.py").write_text(
        "from made_up_package.rules import rule\n\n\nclass R:\n    name = 'r'\n    k = 3\n"
    )
    keys.append(key())
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_what_a_classifier_says_makes_dynaroutes_key() -> None:
    """DynaRoute's run depends on the profiles, though the classifier's name is the same."""
    from langchain_dynaroute import Category, DifficultyLevel, TaskProfile

    def of(level: int) -> str:
        profile = TaskProfile(category=Category.MATHEMATICS, level=DifficultyLevel(level))
        return entrant_id(DynaRouteEntrant("optimum", {"p": profile}, classifier="c 1"))

    assert of(1) == of(1) != of(2)


def test_two_processes_find_what_one_does(tmp_path) -> None:
    """With jobs=2 the runs and their order are those of jobs=1, and are kept as well."""
    entrants = [Seesaw("one", 1), Seesaw("two", 2), Constant("green")]
    alone = run_all(TABLE, entrants, SPLITS, size=SIZE)
    cache = RunCache(tmp_path)
    assert_same(alone, run_all(TABLE, entrants, SPLITS, size=SIZE, cache=cache, jobs=2))
    assert len(list(tmp_path.glob("*.safetensors"))) == 6
    assert not list(tmp_path.glob("*.part"))


def test_the_order_of_runs_does_not_depend_on_the_cache(tmp_path) -> None:
    """Runs come in the order of the entrants, though the later ones were kept and the first was not."""
    cache = RunCache(tmp_path)
    run_all(TABLE, [Seesaw("two")], SPLITS, size=SIZE, cache=cache)
    runs = run_all(TABLE, [Seesaw("one"), Seesaw("two")], SPLITS, size=SIZE, cache=cache)
    assert [name for name, _ in runs] == ["one", "one", "two", "two"]


def test_what_one_split_taught_is_not_there_on_the_next() -> None:
    """Each run fits a copy: the entrant that was given stays unfitted, so nothing leaks from split to split."""
    entrant = Seesaw()
    run_all(TABLE, [entrant], SPLITS, size=SIZE)
    assert not hasattr(entrant, "models_")


class Broken(Seesaw):
    """Fails in one way or the other."""

    def fit(self, outcomes: Any) -> Broken:
        raise self.salt


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("error", [ValueError("no luck"), RouterError("no luck")], ids=["any", "of ours"])
def test_an_error_names_router_and_split(error, jobs) -> None:
    """Whatever an entrant raises, the message says which one, on which split of which table, and what."""
    with pytest.raises(RouterError, match=r"seesaw failed on seed [12] of made-up: .*no luck"):
        run_all(TABLE, [Broken(salt=error)], SPLITS, size=SIZE, jobs=jobs)


class Wrong(Seesaw):
    """Sweeps what it is told to."""

    def sweep(self, prompts: Any, size: int = 101) -> Sweep:
        return self.salt(len(prompts))


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        (lambda n: Sweep("", np.zeros(2), np.zeros((1, n), dtype=int)), "choices of shape"),
        (lambda n: Sweep("", np.zeros(1), np.full((1, n), 3)), "chooses models 3 to 3 of 3"),
        (lambda n: Sweep("", np.zeros(1), np.full((1, n), -1)), "chooses models -1 to -1 of 3"),
        (lambda n: Sweep("", np.zeros(1), np.zeros((1, n), dtype=int), 1), "is configuration 1 of 1"),
        (lambda n: Sweep("", np.zeros(1), np.zeros((1, n), dtype=int), 0, np.full((1, n), np.nan)), "must be finite"),
        (lambda n: Sweep("", np.zeros(1), np.zeros((1, n), dtype=int), 0, np.zeros((1, 1))), "must be finite and of"),
    ],
    ids=["shape", "too high", "too low", "default", "NaN surcharge", "surcharge shape"],
)
def test_a_wrong_sweep_is_told(sweep, said) -> None:
    """A sweep of the wrong shape, with choices that do not exist, or with NaN is an error that names the router."""
    with pytest.raises(RouterError, match=f"seesaw failed on seed 1.*{said}"):
        run_all(TABLE, [Wrong(salt=sweep)], SPLITS, size=SIZE)


def test_two_routers_of_one_name_are_an_error() -> None:
    """Names tell runs apart, so they are given once."""
    with pytest.raises(RouterError, match="Two routers are called 'seesaw'"):
        run_all(TABLE, [Seesaw(), Seesaw(salt=2)], SPLITS, size=SIZE)


def test_choices_become_columns_of_the_table() -> None:
    """A router that knows the models in another order, or fewer of them, is read by name; a stranger is an error."""
    entrant = Constant("red")
    entrant.models_ = ("blue", "red")
    sweep = Sweep("", np.zeros(1), np.array([[0, 1, 1]]))
    assert in_columns(sweep, entrant, TABLE.models).choices.tolist() == [[2, 0, 0]]
    entrant.models_ = ("blue", "redd")
    with pytest.raises(RouterError, match=r"constant ranks 'redd', which the outcomes do not have\..*red"):
        in_columns(sweep, entrant, TABLE.models)


class Validated(Seesaw):
    """Asks for the validation prompts."""

    def fit(self, outcomes: Any, validation: Any = None) -> Validated:
        super().fit(outcomes)
        self.notes_ = (f"{len(outcomes)} and {len(validation)}",)
        return self


def test_validation_prompts_go_to_who_asks() -> None:
    """A fit with the parameter `validation` is given LLMRank's 15 %; another is not."""
    runs = run_all(TABLE, [Validated("asks"), Seesaw("does not")], splits_of(TABLE, "llmrank", [1]), size=SIZE)
    assert [run.notes for run in runs.values()] == [("70 and 15",), ("fitted on 70 prompts",)]


def test_a_router_given_by_name_is_told() -> None:
    """A name where a router should stand is an error that says how to make the router."""
    table = random_table()
    with pytest.raises(RouterError, match=r"'knn' is no router that can be judged.*make_router"):
        run_all(table, ["knn"], splits_of(table, seeds=(1,)), size=3)
