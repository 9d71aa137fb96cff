"""What a run teaches, in plain sentences computed from its figures, welcome or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.references import BEST_SINGLE, BEST_SINGLE_TRAIN, DATASET_ORACLE, ORACLE
from langchain_dynaroute.bench.report.formats import (
    counted,
    decimal,
    is_there,
    listed,
    number,
    percent,
    usd,
    with_error,
)

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster, Row

_CHANCE_ABOVE = 0.025
"""How often a 95 % interval lies wholly above a difference that is not there."""
_TIE = 0.0005
"""Under a tenth of a point when rounded."""


def findings(roster: Roster) -> list[str]:
    """Return what the run teaches, the most important first."""
    told = [verdict(roster), worse(roster), unclear(roster), leaders(roster), ceiling(roster), dataset_oracle(roster)]
    told += [saving(roster), never(roster), price(roster), chance(roster)]
    return [sentence for sentence in told if sentence]


def by_verdict(roster: Roster) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the routers whose interval lies above zero, below it, and across it."""
    known = [row for row in roster.routers if is_there(row["difference_low"]) and is_there(row["difference_high"])]
    above = [row for row in known if row["difference_low"] > 0]
    below = [row for row in known if row["difference_high"] < 0]
    return above, below, [row for row in known if row not in above and row not in below]


def verdict(roster: Roster) -> str:
    """Say who beats the best single model known from training."""
    above, below, across = by_verdict(roster)
    judged = len(above) + len(below) + len(across)
    if not judged:
        return _without_intervals(roster)
    if not above:
        all_of = f"none of {judged} routers" if judged > 1 else "the one router does not"
        does = "is" if judged > 1 else "lie"
        return (
            f"No router beats {roster.best_single}, known from training: {all_of} {does} wholly above it "
            "in its 95 % interval."
        )
    verb = "beats" if len(above) == 1 else "beat"
    return (
        f"{len(above)} of {counted(judged, 'router')} {verb} {roster.best_single}, known from training, beyond the "
        f"95 % interval: {listed(_with_difference(row) for row in above)}."
    )


def _without_intervals(roster: Roster) -> str:
    best = roster.best
    if best is None:
        return "No router was judged."
    if not is_there(best["difference"]):
        return f"{best['router']} is the most accurate router, at {percent(best['avg_acc'])} % AvgAcc."
    return (
        f"{best['router']} is the most accurate router, {percent(best['difference'], sign=True)} points from "
        f"{roster.best_single}; there are no intervals, so chance is not ruled out."
    )


def _with_difference(row: Row) -> str:
    texts = [percent(row["difference"], digits, sign=True) for digits in (1, 2)]
    told = texts[1] if texts[0] == "0.0" and _is_apart(row) else texts[0]
    return f"{row['router']} ({told} points)"


def _is_apart(row: Row) -> bool:
    """Return whether the interval does not hold zero."""
    return number(row["difference_low"]) > 0 or number(row["difference_high"]) < 0


def worse(roster: Roster) -> str:
    """Say who is worse than the best single model."""
    below = by_verdict(roster)[1]
    verb = "is" if len(below) == 1 else "are"
    return f"{listed(map(_with_difference, below))} {verb} worse than that model beyond the interval." if below else ""


def unclear(roster: Roster) -> str:
    """Say for whom the interval holds zero."""
    across = by_verdict(roster)[2]
    names = listed(_with_difference(row) for row in across)
    return f"For {names} the interval includes zero: no difference to that model is shown." if across else ""


def leaders(roster: Roster) -> str:
    """Say how many routers are as good as the best one, within its standard error."""
    best = roster.best
    if best is None or not is_there(best["avg_acc_se"]) or len(roster.routers) == 1:
        return ""
    near = [row for row in roster.routers[1:] if number(row["avg_acc"]) >= best["avg_acc"] - best["avg_acc_se"]]
    own = with_error(percent(best["avg_acc"]), best["avg_acc_se"])
    if not near:
        return f"{best['router']} leads with {own} % AvgAcc; no other router is within one standard error of it."
    verb = "is" if len(near) == 1 else "are"
    names = listed(row["router"] for row in near)
    return f"{best['router']} leads with {own} % AvgAcc, but {names} {verb} within one standard error of it."


def ceiling(roster: Roster) -> str:
    """Say how far the oracle is, and how much of the way to it is done."""
    best, oracle, single = roster.best, roster.reference(ORACLE), roster.reference(BEST_SINGLE)
    if best is None or oracle is None:
        return ""
    left = oracle["avg_acc"] - best["avg_acc"]
    told = (
        f"The oracle reaches {percent(oracle['avg_acc'])} %, the best router {percent(best['avg_acc'])} %: "
        f"{percent(left)} points are left"
    )
    if single is None or oracle["avg_acc"] - single["avg_acc"] <= _TIE:
        return f"{told}."
    won = (best["avg_acc"] - single["avg_acc"]) / (oracle["avg_acc"] - single["avg_acc"])
    if won <= 0:
        return f"{told}, and nothing is won of the way from the best single model in hindsight to it."
    return f"{told}; of the way from the best single model in hindsight to it, {percent(won, 0)} % is won."


def dataset_oracle(roster: Roster) -> str:
    """Say whether the best router does better than knowing the dataset would."""
    best, known = roster.best, roster.reference(DATASET_ORACLE)
    if best is None or known is None:
        return ""
    ahead = best["avg_acc"] - known["avg_acc"]
    told = f"Knowing only a prompt's dataset would give {percent(known['avg_acc'])} % (dataset oracle, in hindsight)"
    if ahead > _TIE:
        return f"{told}; {best['router']} is {percent(ahead)} points above it."
    if ahead < -_TIE:
        return f"{told}; {best['router']} stays {percent(-ahead)} points below it."
    return f"{told}; {best['router']} gets just that."


def savers(roster: Roster) -> list[Row]:
    """Return the routers that are as accurate as the best single model somewhere, the thriftiest first."""
    found = [row for row in roster.routers if is_there(row["cost_save"])] if roster.has_costs else []
    return sorted(found, key=lambda row: -number(row["cost_save"]))


def saving(roster: Roster) -> str:
    """Say who saves how much at no less accuracy."""
    found = savers(roster)
    if not roster.has_costs or not roster.routers:
        return ""
    if not found:
        return (
            "No router has a configuration that is as accurate as the best single model, so none saves at its accuracy."
        )
    names = listed(f"{row['router']} {_saved(roster, row)}" for row in found)
    return f"{roster.told_cost('Cost saved')} at no less accuracy than the best single model: {names}."


def _saved(roster: Roster, row: Row) -> str:
    splits, reached = number(roster.results.about.get("n_splits")), number(row["cost_save_n"])
    within = f" (on {reached:.0f} of {splits:.0f} splits)" if reached < splits else ""
    return f"{percent(row['cost_save'], 0)} %{within}"


def never(roster: Roster) -> str:
    """Say who is never as accurate as the best single model."""
    lost = [row["router"] for row in roster.routers if not is_there(row["cost_save"])] if savers(roster) else []
    verb = "has" if len(lost) == 1 else "have"
    return f"{listed(lost)} {verb} no configuration as accurate as the best single model." if lost else ""


def price(roster: Roster) -> str:
    """Say what the best router costs as it comes."""
    best, single = roster.best, roster.reference(BEST_SINGLE_TRAIN)
    if not roster.has_costs or best is None or single is None:
        return ""
    if not is_there(best["cost_usd"]) or not number(single["cost_usd"]) > 0:
        return ""
    ratio = best["cost_usd"] / single["cost_usd"]
    verb = "is estimated to cost" if roster.estimated else "costs"
    return (
        f"As it comes, {best['router']} {verb} {usd(best['cost_usd'])} USD per 1,000 prompts, "
        f"{percent(ratio, 0)} % of what the best single model known from training does."
    )


def chance(roster: Roster) -> str:
    """Say what many comparisons do to intervals."""
    judged = sum(map(len, by_verdict(roster)))
    if judged < 2:  # noqa: PLR2004
        return ""
    return (
        f"Each interval is for one router by itself: of {judged} routers no better than that model, about "
        f"{decimal(judged * _CHANCE_ABOVE)} would lie above it by chance."
    )
