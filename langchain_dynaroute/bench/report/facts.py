"""What a run was made of, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.report.formats import clean, count, counted, is_there, listed

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster

_COSTS = {"measured": "costs measured", "estimated": "costs estimated"}
NOT_MEASURED = "Costs are estimated from the length of texts and list prices, not measured: they say what is dear, not what was paid."


def facts(roster: Roster, *, full: bool = False) -> dict[str, str]:
    """Return fact → words; `full` for all of them."""
    about = roster.results.about
    models, datasets = about.get("models") or [], about.get("datasets") or []
    found = {
        "Routers": counted(len(roster.routers), "router"),
        "Models": counted(len(models), "model"),
        "Datasets": counted(len(datasets), "dataset"),
        "Prompts": _prompts(about),
        "Protocol": _protocol(about),
        "Costs": _COSTS.get(str(about.get("cost_source")), "no costs"),
    }
    return found | _more(about, models, datasets) if full else found


def _prompts(about: dict[str, Any]) -> str:
    told = f"{count(about.get('n_prompts'))} prompts"
    return f"{told}, {count(about['n_judged'])} judged" if is_there(about.get("n_judged")) else told


def _protocol(about: dict[str, Any]) -> str:
    splits = counted(int(about["n_splits"]), "split") if is_there(about.get("n_splits")) else ""
    prepared = "LLMRank's preprocessing" if about.get("preprocess") else ""
    return ", ".join(part for part in (f"{clean(about.get('protocol'))} protocol", prepared, splits) if part)


def _more(about: dict[str, Any], models: list[Any], datasets: list[Any]) -> dict[str, str]:
    sizes = (f"{clean(item.get('name'))} ({count(item.get('prompts'))})" for item in datasets)
    words = {
        "Names of the models": listed(map(clean, models), most=max(len(models), 1)),
        "Names of the datasets": listed(sizes, most=max(len(datasets), 1)),
        "Pooled as other": listed(map(clean, about.get("pooled") or []), most=100),
        "Best single model in hindsight": clean(about.get("best_single")),
        "Best single model known from training": clean(about.get("best_single_train")),
        "Seeds": listed((str(seed) for seed in about.get("seeds") or []), most=100),
        "Encoder": clean(about.get("encoder")),
        "Version": clean(about.get("version")),
        "Fingerprint of the table": clean(about.get("fingerprint")),
    }
    return {key: value for key, value in words.items() if value}


def notes(roster: Roster) -> list[str]:
    """Return what was not as usual: of the run, and of each router."""
    told = [clean(note) for note in roster.results.about.get("notes") or []]
    told += [f"{row['router']}: {row['note']}" for row in roster.rows if row["note"]]
    return [NOT_MEASURED, *told] if roster.estimated else told
