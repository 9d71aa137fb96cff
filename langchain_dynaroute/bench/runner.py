"""Fit every entrant on every split, in several processes if asked, and keep what is finished."""

from __future__ import annotations

import os
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from copy import copy
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.entrants import checked_sweep, entrant_id, fitted, in_columns
from langchain_dynaroute.bench.feature_influence import influence_of
from langchain_dynaroute.bench.run_cache import Run, run_key
from langchain_dynaroute.errors import RouterError, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_dynaroute.bench.entrants import Entrant
    from langchain_dynaroute.bench.protocol import Split
    from langchain_dynaroute.bench.run_cache import RunCache
    from langchain_dynaroute.outcomes import OutcomeTable

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Task(NamedTuple):
    """One entrant on one split."""

    entrant: Entrant
    split: Split


def run_all(  # noqa: PLR0913 - the knobs of a run
    table: OutcomeTable,
    entrants: Sequence[Entrant],
    splits: Sequence[Split],
    *,
    size: int,
    cache: RunCache | None = None,
    jobs: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> dict[tuple[str, str], Run]:
    """Return (entrant's name, split's name) → what it chose there.

    Args:
        table: All prompts.
        entrants: Their names are unique; the objects themselves are not touched.
        splits: The same for every entrant.
        size: Configurations of a sweep.
        cache: Where finished runs are kept and taken from.
        jobs: Processes.
        progress: Called after each run, and once before the first.

    Raises:
        RouterError: if an entrant is no router, two have the same name, one fails (naming it and the split), or a process dies.
    """
    for entrant in entrants:
        if not callable(getattr(entrant, "sweep", None)):
            msg = f"{entrant!r} is no router that can be judged. Give the object: make_router('knn'), not its name."
            raise RouterError(msg)
    tasks = [Task(entrant, split) for entrant in entrants for split in splits]
    names = [entrant.name for entrant in entrants]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"Two routers are called {twice!r}. Give one of them another name."
        raise RouterError(msg)
    ids = {entrant.name: entrant_id(entrant) for entrant in entrants}
    keys = {_label(task): run_key(table, task.split, ids[task.entrant.name], size) for task in tasks}
    done: dict[tuple[str, str], Run] = {}
    for task in tasks if cache else ():
        if cache and (run := cache.get(keys[_label(task)])):
            done[_label(task)] = run
    report = progress or (lambda *_: None)
    report(len(done), len(tasks), "taken from the cache" if done else "")

    def finish(task: Task, run: Run) -> None:
        if cache:
            cache.put(keys[_label(task)], run)
        done[_label(task)] = run
        report(len(done), len(tasks), " on ".join(_label(task)))

    left = [task for task in tasks if _label(task) not in done]
    if jobs > 1 and len(left) > 1:
        _run_in_processes(table, left, size, min(jobs, len(left)), finish)
    else:
        for task in left:
            finish(task, run_one(table, task, size))
    return {_label(task): done[_label(task)] for task in tasks}


def _label(task: Task) -> tuple[str, str]:
    return task.entrant.name, task.split.name


def run_one(table: OutcomeTable, task: Task, size: int) -> Run:
    """Fit an entrant on a split's training prompts and sweep it over those that are judged.

    Raises:
        RouterError: if it fails, naming it and the split.
    """
    entrant, split = task
    test = table.take(split.test)
    try:
        started = time.perf_counter()
        entrant = fitted(  # a copy, so that what one split taught is not there on the next
            copy(entrant), table.take(split.train), None if split.validation is None else table.take(split.validation)
        )
        fit_s = time.perf_counter() - started
        started = time.perf_counter()
        sweep = checked_sweep(entrant, test.prompts, size)
        route_us = (time.perf_counter() - started) / len(test) * 1e6
        route_us += getattr(entrant, "classify_us", 0.0)
        notes, influence = tuple(getattr(entrant, "notes_", ())), influence_of(entrant, test.prompts)
        return Run(in_columns(sweep, entrant, table.models), fit_s, route_us, notes, influence)
    except Exception as error:
        what = " ".join(str(error).split()) if isinstance(error, RouterError) else describe(error)
        msg = f"{entrant.name} failed on {split.name} of {table.name}: {what}"
        raise RouterError(msg) from error


_worker_table: OutcomeTable | None = None
_worker_size = 0


def _start_worker(table: OutcomeTable, size: int) -> None:
    global _worker_table, _worker_size
    _worker_table, _worker_size = table, size


def _work(task: Task) -> Run:
    assert _worker_table is not None  # noqa: S101 - set by _start_worker
    return run_one(_worker_table, task, _worker_size)


def _run_in_processes(
    table: OutcomeTable, tasks: Sequence[Task], size: int, jobs: int, finish: Callable[[Task, Run], None]
) -> None:
    threads = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(max(1, (os.cpu_count() or jobs) // jobs))))
    try:
        with ProcessPoolExecutor(jobs, get_context("spawn"), _start_worker, (table, size)) as pool:
            futures: dict[Future[Run], Task] = {pool.submit(_work, task): task for task in tasks}
            try:
                while futures:
                    for future in wait(futures, return_when=FIRST_COMPLETED).done:
                        finish(futures.pop(future), future.result())
            except BrokenProcessPool as error:
                msg = (
                    f"A process of {jobs} ended before its run did: killed, or out of memory. Finished runs are kept; "
                    "go on with fewer jobs."
                )
                raise RouterError(msg) from error
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        for name, value in threads.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
