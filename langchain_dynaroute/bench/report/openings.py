"""The sentence that opens each section and says what to see in it, computed from its frame."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.hardness import FEW
from langchain_dynaroute.bench.references import BEST_SINGLE, RANDOM
from langchain_dynaroute.bench.report import experiment_chart
from langchain_dynaroute.bench.report.findings import by_verdict, savers, verdict
from langchain_dynaroute.bench.report.formats import (
    clean,
    count,
    counted,
    decimal,
    is_there,
    listed,
    number,
    percent,
    seconds,
    usd,
)
from langchain_dynaroute.bench.report.roster import rows_of

if TYPE_CHECKING:
    import pandas as pd

    from langchain_dynaroute.bench.report.roster import Roster, Row

NO_COSTS = "The outcomes come without costs, so there is nothing here about cost, saving or the Pareto frontier."
_ENOUGH = 0.99
_NEAR_BEST = 0.01


def leaderboard(roster: Roster) -> str:
    """Say how the intervals lie."""
    above, below, across = (len(rows) for rows in by_verdict(roster))
    judged = above + below + across
    if not judged:
        return verdict(roster)
    start = f"Of {counted(judged, 'interval')} of the difference to {roster.best_single},"
    return (
        f"{start} {above} lie above zero, {below} below it, and {across} across it." if judged > 1 else verdict(roster)
    )


def errors(roster: Roster) -> str:
    """Say what ± is, or why there is none."""
    if any(is_there(row["avg_acc_se"]) for row in roster.rows):
        return "± is the standard error over seeds."
    return "There are no standard errors: they need more than one seed."


def frontier(roster: Roster) -> str:
    """Say who holds the Pareto frontier."""
    on = [row for row in rows_of(roster.results.curves) if row["on_frontier"] is True or row["on_frontier"] == "True"]
    if not on:
        return "No frontier could be drawn."
    held: dict[str, int] = defaultdict(int)
    for row in on:
        held["single models" if row["kind"] == "model" else row["router"]] += 1
    ranked = sorted(held.items(), key=lambda item: (-item[1], item[0]))
    (first, most), rest = ranked[0], ranked[1:]
    others = f", {listed(f'{name} {points}' for name, points in rest)}" if rest else ""
    return f"Of the {counted(len(on), 'point')} on the Pareto frontier, {first} {'hold' if first == 'single models' else 'holds'} {most}{others}."


def gains(roster: Roster) -> str:
    """Say how many routers gain at all, and how many save."""
    known = [row for row in roster.routers if is_there(row["perf_gain"])]
    gaining = sum(row["perf_gain"] > 0 for row in known)
    saving = sum(number(row["cost_save"]) > 0 for row in savers(roster))
    told = f"At their most accurate configuration, {gaining} of {counted(len(known), 'router')} gain on the best single"
    also = f"; {saving} can match it for less money" if roster.has_costs else ""
    return f"{told} model{also}. Configurations are chosen on the judged prompts, as in the paper, so both flatter."


def datasets(roster: Roster) -> str:
    """Say on how many datasets the best router beats the best single model, and where it wins and loses most."""
    accuracy = {(row["kind"], row["router"], row["dataset"]): number(row["accuracy"]) for row in _datasets(roster)}
    names = list(dict.fromkeys(row["dataset"] for row in _datasets(roster)))
    leads = {name: _leader(accuracy, name) for name in names}
    models = {lead for lead in leads.values() if lead}
    told = (
        f"Across {counted(len(names), 'dataset')}, {counted(len(models), 'model leads', 'different models lead')} one"
    )
    if roster.best is None:
        return f"{told}."
    best = roster.best["router"]
    pairs = ((name, _ahead(accuracy, best, name)) for name in names)
    ahead = {name: value for name, value in pairs if is_there(value)}
    if not ahead:
        return f"{told}." if models else "Accuracy by dataset."
    most, least = max(ahead, key=lambda name: ahead[name]), min(ahead, key=lambda name: ahead[name])
    wins = sum(value > 0 for value in ahead.values())
    start = f"{told}; {best}" if models else best
    ends = f"most on {most} ({percent(ahead[most], sign=True)} points), least on {least} ({percent(ahead[least], sign=True)})"
    return f"{start} is above the best single model on {wins} of {len(ahead)}: {ends}."


def _datasets(roster: Roster) -> list[Row]:
    return rows_of(roster.results.datasets)


def _ahead(accuracy: dict[tuple[str, str, str], float], router: str, dataset: str) -> float:
    single = accuracy.get(("reference", BEST_SINGLE, dataset), float("nan"))
    return accuracy.get(("router", router, dataset), float("nan")) - single


def _leader(accuracy: dict[tuple[str, str, str], float], dataset: str) -> str | None:
    own = {name: value for (kind, name, of), value in accuracy.items() if kind == "model" and of == dataset}
    own = {name: value for name, value in own.items() if is_there(value)}
    return max(own, key=lambda name: own[name]) if own else None


def hardness(roster: Roster) -> str:
    """Say how the best router and chance do on the prompts that few models can answer."""
    rows = rows_of(roster.results.hardness)
    few = [row for row in rows if 1 <= row["n_correct"] <= FEW]
    total = sum({row["n_correct"]: number(row["prompts"]) for row in rows}.values())
    share = sum({row["n_correct"]: number(row["prompts"]) for row in few}.values())
    if not few or not total > 0 or roster.best is None:
        return "How often each router is right, by how many models answer the prompt correctly."
    right = _right(few, roster.best["router"])
    told = (
        f"On the {count(share)} prompts ({percent(share / total)} %) that only 1 to {FEW} models answer, "
        f"{roster.best['router']} is right on {percent(right)} %"
    )
    random = _right(few, RANDOM)
    return f"{told}, random choice on {percent(random)} %." if is_there(random) else f"{told}."


def _right(rows: list[Row], router: str) -> float:
    own = [row for row in rows if row["router"] == router and is_there(row["accuracy"])]
    prompts = sum(number(row["prompts"]) for row in own)
    return sum(row["accuracy"] * row["prompts"] for row in own) / prompts if prompts else float("nan")


def shares(roster: Roster) -> str:
    """Say how evenly the best router spreads prompts over models."""
    rows = [row for row in rows_of(roster.results.shares) if row["dataset"] == "all" and row["share"] > 0]
    known = [name for name in roster.names if any(row["router"] == name for row in rows)]
    if not known:
        return "Which model each router chooses."
    own = sorted((row for row in rows if row["router"] == known[0]), key=lambda row: -row["share"])
    models = len(roster.results.about.get("models", [])) or len(own)
    return (
        f"{known[0]} chooses {len(own)} of {counted(models, 'model')}; {percent(own[0]['share'], 0)} % of the prompts "
        f"go to {own[0]['model']}, the most to one model."
    )


def matched_cost(roster: Roster) -> str:
    """Say who is the most accurate at the same cost, and by how much the cost still differs."""
    rows = {(row["router"], row["target_usd"]): row for row in rows_of(roster.results.matched_cost)}
    if not rows:
        return ""
    target = min(row["target_usd"] for row in rows.values())
    own = [row for row in rows.values() if row["target_usd"] == target and is_there(row["avg_acc"])]
    if not own:
        return "What each router chooses when all spend about the same."
    best = max(own, key=lambda row: number(row["avg_acc"]))
    word = "an estimated " if roster.estimated else ""
    return (
        f"Asked to spend {word}{usd(target)} USD per 1,000 prompts, {best['router']} is the most accurate, with "
        f"{percent(best['avg_acc'])} % AvgAcc at {usd(best['cost_usd'])}."
    )


def curation(roster: Roster) -> str:
    """Say how few models suffice, by each way of choosing them."""
    rows = [row for row in rows_of(roster.results.curation) if is_there(row["oracle_accuracy"])]
    if not rows:
        return ""
    full = max(row["oracle_accuracy"] for row in rows)
    ways = list(dict.fromkeys(row["way"] for row in rows))
    enough = {way: [r["k"] for r in rows if r["way"] == way and r["oracle_accuracy"] >= _ENOUGH * full] for way in ways}
    named = listed(f"{min(sizes):.0f} chosen by {_way(way)}" for way, sizes in enough.items() if sizes)
    size = max(row["k"] for row in rows)
    return f"Of {size:.0f} models, {named} give {percent(_ENOUGH, 0)} % of the oracle's accuracy over all."


def _way(way: str) -> str:
    return {"random": "chance", "top-k by mean": "mean quality"}.get(way, way)


def latency(roster: Roster) -> str:
    """Say who is fastest among those about as accurate as the best."""
    rows = [row for row in rows_of(roster.results.latency) if is_there(row["latency_s"]) and is_there(row["avg_acc"])]
    rows = [row for row in rows if row["kind"] != "reference"]
    if not rows:
        return ""
    top = max(row["avg_acc"] for row in rows)
    near = [row for row in rows if row["avg_acc"] >= top - _NEAR_BEST]
    fast, slow = min(near, key=lambda row: row["latency_s"]), max(near, key=lambda row: row["latency_s"])
    if fast is slow:
        return f"{fast['router']} is the most accurate by more than a point and takes {seconds(fast['latency_s'])} s."
    return (
        f"Within one point of the best AvgAcc, answers take from {seconds(fast['latency_s'])} s ({fast['router']}) "
        f"to {seconds(slow['latency_s'])} s ({slow['router']})."
    )


def experiment(roster: Roster) -> str:
    """Say what DynaRoute's routers cost and score beside the best single model, mean over datasets."""
    rows = experiment_chart.ExperimentData(roster).rows
    means = {
        name: [sum(axis) / len(axis) for axis in zip(*(experiment_chart.point(row) for row in own), strict=True)]
        for name in dict.fromkeys(row["router"] for row in rows)
        if (own := [row for row in rows if row["router"] == name])
    }
    if not means:
        return ""
    routers = dict.fromkeys(row["router"] for row in rows if row["kind"] == "router")
    best = max((name for name in means if name not in routers), key=lambda name: means[name][1], default=None)
    shown = sorted([*routers, *([best] if best else [])], key=lambda name: means[name][0])
    told = [f"{name} {decimal(means[name][1])} % at {decimal(means[name][0], 2)} USD" for name in shown]
    return f"Score and list price per 1M tokens (input + output), mean over datasets: {listed(told, most=6)}."


def of_frame(frame: pd.DataFrame) -> str:
    """Say between which values the first column of numbers lies."""
    rows = counted(len(frame), "row")
    for column in frame.columns:
        known = [number(cell) for cell in frame[column].tolist() if is_there(cell) and not isinstance(cell, str)]
        if len(set(known)) > 1 and len(known) == len(frame):
            return f"{clean(column)} lies between {min(known):.4g} and {max(known):.4g}, over {rows}."
    return f"{rows}: {listed((clean(column) for column in frame.columns), most=8)}."
