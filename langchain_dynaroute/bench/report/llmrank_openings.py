"""What each of the LLMRank paper's tables says, ours first and then the paper's, in plain sentences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.llmrank_tables import PAPER_PROMPTS, PRESETS
from langchain_dynaroute.bench.references import BEST_SINGLE, ORACLE
from langchain_dynaroute.bench.report.formats import (
    clean,
    count,
    counted,
    decimal,
    is_there,
    listed,
    number,
    percent,
    usd,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_dynaroute.bench.report.roster import Roster, Row

_LEVEL = 0.0005
"""Under a tenth of a point when rounded."""
_TENTH = 0.1


def overall(roster: Roster, rows: Sequence[Row]) -> str:
    """Say where each router stands between the best single model and the oracle."""
    by_name = {row["router"]: row for row in rows if is_there(row["quality"])}
    single, oracle = by_name.get(BEST_SINGLE), by_name.get(ORACLE)
    routers = [by_name[name] for name in PRESETS if name in by_name]
    if single is None or oracle is None or not routers:
        return "Quality and cost over all judged prompts."
    name = clean(roster.results.about.get("best_single"))
    told = (
        f"Over all judged prompts the best single model in hindsight{f', {name},' if name else ''} reaches "
        f"{percent(single['quality'])} % quality and the oracle {percent(oracle['quality'])} %. "
    )
    own = "; ".join(_standing(roster, row, single, oracle) for row in routers)
    return f"{told}{own}.{_in_paper(routers, single)}"


def _standing(roster: Roster, row: Row, single: Row, oracle: Row) -> str:
    """Return one router's place, in points from the best single model and in shares of its cost."""
    ahead = row["quality"] - single["quality"]
    room = oracle["quality"] - single["quality"]
    told = f"{row['router']} stands at {percent(row['quality'])} %, {_points(ahead)} the best single"
    if ahead > _LEVEL and room > _LEVEL:
        told += f", {percent(ahead / room, 0)} % of the way to the oracle"
    if not roster.has_costs or not number(single["usd_per_1k_prompts"]) > 0 or not is_there(row["usd_per_1k_prompts"]):
        return told
    share = row["usd_per_1k_prompts"] / single["usd_per_1k_prompts"]
    word = "estimated cost" if roster.estimated else "cost"
    return f"{told}, at {percent(share, 0 if share >= _TENTH else 1)} % of its {word}"


def _points(ahead: float) -> str:
    if abs(ahead) <= _LEVEL:
        return "level with"
    return f"{percent(abs(ahead))} points {'above' if ahead > 0 else 'below'}"


def _in_paper(routers: Sequence[Row], single: Row) -> str:
    known = [row for row in routers if is_there(row["quality_paper"])]
    if not known or not is_there(single["quality_paper"]):
        return ""
    told = (f"{row['router']} {_points(row['quality_paper'] - single['quality_paper'])} it" for row in known)
    return f" In the paper the best single reaches {percent(single['quality_paper'])} %: {listed(told)}."


def by_benchmark(_: Roster, rows: Sequence[Row]) -> str:
    """Say on how many datasets each router holds level with the best single model, and where most is left."""
    quality = {(row["router"], row["dataset"]): row["quality"] for row in rows if is_there(row["quality"])}
    datasets = list(dict.fromkeys(row["dataset"] for row in rows))
    held = {
        name: sum(
            quality[name, of] >= quality[BEST_SINGLE, of] - _LEVEL
            for of in datasets
            if (name, of) in quality and (BEST_SINGLE, of) in quality
        )
        for name in PRESETS
        if any(router == name for router, _ in quality)
    }
    if not held:
        return f"Quality on {counted(len(datasets), 'dataset')}."
    (first, times), *rest = held.items()
    own = f"{first} is at least as good as the one model that is best over all on {times} of {counted(len(datasets), 'dataset')}"
    told = listed([own, *(f"{name} on {times}" for name, times in rest)])
    return f"{told}{_left(quality, datasets, first)}."


def _left(quality: dict[tuple[str, str], float], datasets: Sequence[str], router: str) -> str:
    left = {
        of: quality[ORACLE, of] - quality[router, of]
        for of in datasets
        if (ORACLE, of) in quality and (router, of) in quality
    }
    if not left:
        return ""
    most, least = max(left, key=lambda of: left[of]), min(left, key=lambda of: left[of])
    return (
        f"; from {router} to the oracle most is left on {most} ({percent(left[most])} points), least on {least} "
        f"({percent(left[least])})"
    )


def oracle_share(roster: Roster, rows: Sequence[Row]) -> str:
    """Say which model the oracle chooses most often, and how many it never does."""
    first = leaders(rows, "percent", max)
    rule = (
        "For each prompt the oracle takes a model of the highest quality"
        f"{', of equals the cheapest' if roster.has_costs else ''}."
    )
    if not first:
        return rule
    model, _ = Counter(first.values()).most_common(1)[0]
    of = {row["dataset"]: number(row["percent"]) for row in rows if row["model"] == model}
    most = max((name for name in of if first.get(name) == model), key=lambda name: of[name])
    told = (
        f"{rule} Its most frequent choice is {_held(first)}; {model} gets up to {decimal(of[most])} % of the prompts, "
        f"on {most}{_never(rows)}."
    )
    return told + _agreed(first, leaders(rows, "percent_paper", max))


def _never(rows: Sequence[Row]) -> str:
    chosen = {row["model"] for row in rows if number(row["percent"]) > 0}
    models = dict.fromkeys(row["model"] for row in rows)
    left = [model for model in models if model not in chosen]
    return f"; {listed(left)} {'is' if len(left) == 1 else 'are'} never chosen" if left else ""


def accuracy(_: Roster, rows: Sequence[Row]) -> str:
    """Say which model leads on most datasets."""
    first = leaders(rows, "quality", max)
    if not first:
        return "Quality of each model on each dataset."
    return f"The most accurate single model is {_held(first)}.{_agreed(first, leaders(rows, 'quality_paper', max))}"


def cost(roster: Roster, rows: Sequence[Row]) -> str:
    """Say which model is the cheapest and which the dearest, and how far they are apart."""
    low, high = leaders(rows, "usd_per_1k_prompts", min), leaders(rows, "usd_per_1k_prompts", max)
    amount = {(row["dataset"], row["model"]): number(row["usd_per_1k_prompts"]) for row in rows}
    apart = {of: amount[of, high[of]] / amount[of, low[of]] for of in low if amount[of, low[of]] > 0}
    if not apart:
        return "What each model costs on each dataset."
    most = max(apart, key=lambda of: apart[of])
    word = " by estimate" if roster.estimated else ""
    ends = f"{usd(amount[most, low[most]] / 1000)} to {usd(amount[most, high[most]] / 1000)} USD per 1,000 prompts"
    return (
        f"The cheapest model{word} is {_held(low)}; the dearest is {_held(high)}. They are furthest apart on {most}: "
        f"{ends}, {count(apart[most])} times as much."
    )


def remark(roster: Roster, *, known: bool) -> str:
    """Say of what the paper's figures are and of what ours; `known` where the paper has any for these names."""
    if not known:
        return "The paper has no figures for these names."
    about = roster.results.about
    prompts = number(about.get("n_prompts"))
    if prompts == PAPER_PROMPTS:
        return f"The paper's figures and ours are of the full data set of {count(PAPER_PROMPTS)} prompts, in different splits."
    own = f"{count(prompts)} prompts" if is_there(prompts) else "the prompts of this run"
    is_part = "routerbench" in clean(about.get("name")).lower() and prompts < PAPER_PROMPTS
    return (
        f"The paper's figures are of the full data set of {count(PAPER_PROMPTS)} prompts, ours of "
        f"{f'a part of it, {own}' if is_part else own}: compare them in kind only."
    )


def leaders(rows: Sequence[Row], key: str, best: Callable[..., Row]) -> dict[str, str]:
    """Return dataset → the model with the highest or lowest figure, where there is one."""
    known = [row for row in rows if is_there(row.get(key))]
    datasets = dict.fromkeys(row["dataset"] for row in known)
    return {
        of: best((row for row in known if row["dataset"] == of), key=lambda row: row[key])["model"] for of in datasets
    }


def _held(first: dict[str, str]) -> str:
    """Return `a on 3 of 5 datasets and b on 2`, the most frequent leader first."""
    (top, most), *rest = Counter(first.values()).most_common()
    datasets = counted(len(first), "dataset")
    if not rest:
        return f"{top} on {f'all {datasets}' if len(first) > 1 else datasets}"
    return listed([f"{top} on {most} of {datasets}", *(f"{name} on {times}" for name, times in rest)])


def _agreed(ours: dict[str, str], paper: dict[str, str]) -> str:
    shared = [of for of in ours if of in paper]
    if not shared:
        return ""
    same = sum(ours[of] == paper[of] for of in shared)
    datasets = counted(len(shared), "dataset")
    some = f"all {datasets}" if same == len(shared) > 1 else f"{same} of {datasets}"
    return f" In the paper the same model leads on {some} that both have."
