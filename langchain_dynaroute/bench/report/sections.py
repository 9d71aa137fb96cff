"""The page's sections in their order, each opened by what to see in it; those with nothing to show are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.report import (
    curation_chart,
    experiment_chart,
    frontier_chart,
    hardness_chart,
    heat_map,
    influence_chart,
    latency_chart,
    legend,
    openings,
    row_charts,
    share_charts,
    tables,
)
from langchain_dynaroute.bench.report.formats import clean, count, is_there, number, percent, seconds, usd, with_error
from langchain_dynaroute.bench.report.influence import influences
from langchain_dynaroute.bench.report.markup import Safe, joined, tag
from langchain_dynaroute.bench.report.paper_table import paper_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.bench.report.roster import Roster


class Section(NamedTuple):
    """A part of the page."""

    anchor: str
    title: str
    opening: str
    body: Safe


def sections(roster: Roster) -> list[Section]:
    """Return the sections with something to show."""
    parts = [
        _leaderboard(roster), _frontier(roster), _gains(roster), _datasets(roster), _hardness(roster),
        _shares(roster), _matched(roster), _curation(roster), _latency(roster), _experiment(roster),
    ]  # fmt: skip
    return [part for part in parts if part is not None] + _papers(roster) + _influences(roster) + _extra(roster)


def switch(name: str, label: str, options: Sequence[tuple[str, Safe]]) -> Safe:
    """Return panels of which one is shown, and the buttons that choose it."""
    if len(options) == 1:
        return options[0][1]
    buttons = [
        tag(
            "button", title, type="button", data_switch=name, data_to=str(i), aria_pressed="true" if i == 0 else "false"
        )
        for i, (title, _) in enumerate(options)
    ]
    panels = [tag("div", panel, data_panel=name, data_at=str(i), hidden=i > 0) for i, (_, panel) in enumerate(options)]
    return joined(tag("div", *buttons, class_="switch", role="group", aria_label=label), *panels)


def figure(*body: str, caption: str) -> Safe:
    """Return a picture with what it shows."""
    return tag("figure", *body, tag("figcaption", caption))


def _leaderboard(roster: Roster) -> Section | None:
    if not roster.rows:
        return None
    parts = []
    if row_charts.with_interval(roster):
        caption = (
            "Difference in AvgAcc to the best single model known from training, and its 95 % interval (paired bootstrap "
            "over prompts). Blue: wholly above zero; orange: wholly below; grey: zero is inside."
        )
        parts.append(figure(row_charts.intervals(roster), caption=caption))
    parts.append(tables.leaderboard(roster))
    parts.append(tag("p", openings.errors(roster), " Columns sort when their heads are pressed.", class_="quiet"))
    further = tables.further(roster)
    if further:
        parts.append(tag("details", tag("summary", "Further figures"), further))
    costs = [] if roster.has_costs else [tag("p", openings.NO_COSTS, class_="callout")]
    return Section("leaderboard", "Leaderboard", openings.leaderboard(roster), joined(*costs, *parts))


def _frontier(roster: Roster) -> Section | None:
    data = frontier_chart.FrontierData(roster)
    if not roster.has_costs or not data.seen:
        return None
    charts = [
        ("Linear", frontier_chart.chart(roster, log=False)),
        ("Logarithmic", frontier_chart.chart(roster, log=True)),
    ]
    charts = charts[::-1] if data.is_broad else charts
    caption = "Large marks with a rim are default configurations, small ones the rest of the sweep. "
    if data.below:
        caption += f"Below the picture: {', '.join(data.below)}. "
    oracle = roster.reference("Oracle")
    if oracle is not None:
        caption += f"The oracle, {percent(oracle['avg_acc'])} % at {usd(oracle['cost_usd'])} USD, is not drawn."
    lines = [
        [row["router"], count(row["configuration"]), percent(row["avg_acc"]), usd(row["cost_usd"])]
        for row in data.frontier
    ]
    heads = ["On the frontier", "Configuration", "AvgAcc, %", roster.cost_title]
    body = figure(switch("x", "Scale of cost", charts), frontier_chart.key(roster), caption=caption)
    body = joined(body, tables.figures("Pareto frontier, the cheapest first", heads, lines))
    return Section("cost", roster.told_cost("Quality and cost"), openings.frontier(roster), body)


def _gains(roster: Roster) -> Section | None:
    if not any(is_there(row["perf_gain"]) for row in roster.routers):
        return None
    title = roster.told_cost("Gain and saving") if roster.has_costs else "Gain"
    caption = (
        "Each router at the configuration of its sweep that does best, against the best single model in hindsight."
    )
    return Section("gains", title, openings.gains(roster), figure(row_charts.gains(roster), caption=caption))


def _datasets(roster: Roster) -> Section | None:
    data = heat_map.HeatData(roster)
    if not data.cells:
        return None
    relative = joined(heat_map.key(data), heat_map.table(data, relative=True))
    options = [("Against the best single", relative), ("Absolute", heat_map.table(data, relative=False))]
    known = any(is_there(data.difference(name, of)) for name in roster.names for of in data.datasets)
    body = figure(
        switch("heat", "What the cells show", options if known else options[1:]),
        caption="Default configurations, the best router on the left; the single model is the one best over all datasets.",
    )
    return Section("datasets", "Datasets", openings.datasets(roster), body)


def _hardness(roster: Roster) -> Section | None:
    prompts, lines = hardness_chart.prompts_of(roster), hardness_chart.lines_of(roster)
    if not prompts or not lines:
        return None
    cells = {name: {int(row["n_correct"]): row["accuracy"] for row in rows} for name, rows in lines.items()}
    rows = [[str(k), count(amount), *(percent(cells[name].get(k)) for name in cells)] for k, amount in prompts.items()]
    caption = (
        "Above: accuracy on the prompts that so many models answer. Below: how many such prompts there are. "
        f"The {hardness_chart.SHOWN} most accurate routers are coloured."
    )
    body = figure(hardness_chart.chart(roster), hardness_chart.key(roster), caption=caption)
    body = joined(
        body, tables.figures("Accuracy by models that are right, %", ["Models right", "Prompts", *cells], rows)
    )
    return Section("hardness", "Hard prompts", openings.hardness(roster), body)


def _shares(roster: Roster) -> Section | None:
    data = share_charts.ShareData(roster)
    if not data.routers:
        return None
    key = legend.models(data.models, rest=True)
    options = [("All routers", share_charts.by_router(data))]
    options += [(name, share_charts.by_dataset(data, name)) for name in data.routers if data.datasets(name)]
    caption = "Shares of the prompts by chosen model, default configurations: each router over all prompts, or one by dataset."
    body = figure(switch("shares", "Router", options), key, caption=caption)
    return Section("shares", "Which model gets which prompts", openings.shares(roster), body)


def _matched(roster: Roster) -> Section | None:
    data = share_charts.ShareData(roster)
    targets = data.targets() if roster.has_costs else {}
    if not targets:
        return None
    options = [(f"{usd(target)} USD", share_charts.at_target(data, rows)) for target, rows in targets.items()]
    caption = (
        "Each router at the configuration whose cost comes nearest to the target, the most accurate first; "
        f"{roster.cost_title[0].lower()}{roster.cost_title[1:]}."
    )
    key = legend.models(data.models, rest=True)
    body = figure(switch("target", "Target cost", options), key, caption=caption)
    return Section("same-cost", roster.told_cost("At the same cost"), openings.matched_cost(roster), body)


def _curation(roster: Roster) -> Section | None:
    ways = curation_chart.ways_of(roster)
    if not ways:
        return None
    rows = [
        [
            f"{number(row['k']):.0f}, {way}",
            with_error(percent(row["oracle_accuracy"]), row["oracle_accuracy_sd"]),
            clean(row["models"]),
        ]
        for way, own in ways.items()
        for row in own
    ]
    caption = "Accuracy of the oracle over pools of each size: what a perfect router could get from them."
    body = figure(curation_chart.chart(roster), curation_chart.key(roster), caption=caption)
    body = joined(body, tables.figures("Pools", ["Pool", "Oracle, %", "Models"], rows))
    return Section("curation", "Fewer models", openings.curation(roster), body)


def _latency(roster: Roster) -> Section | None:
    rows = latency_chart.rows_with_latency(roster)
    if not rows:
        return None
    costs = (
        f" The larger a mark, the dearer ({roster.cost_title[0].lower()}{roster.cost_title[1:]})."
        if roster.has_costs
        else ""
    )
    caption = f"Seconds until the whole answer is there, the router's own time counted in.{costs}"
    heads = ["Name", "Seconds", "AvgAcc, %"] + ([roster.cost_title] if roster.has_costs else [])
    lines = [
        [row["router"], seconds(row["latency_s"]), percent(row["avg_acc"]), usd(row["cost_usd"])][: len(heads)]
        for row in rows
    ]
    body = joined(
        figure(latency_chart.chart(roster), latency_chart.key(roster), caption=caption),
        tables.figures("Latency", heads, lines),
    )
    return Section(
        "latency", roster.told_cost("Latency") if roster.estimated else "Latency", openings.latency(roster), body
    )


def _experiment(roster: Roster) -> Section | None:
    data = experiment_chart.ExperimentData(roster)
    if not data.panels:
        return None
    caption = (
        "A router's price is the mean list price of the models it chose: what a million of its tokens costs, not how "
        "many they are. Default configurations; after Figures 2 to 4 of the DynaRoute paper."
    )
    more = len({row["dataset"] for row in data.rows}) - len(data.panels)
    if more:
        caption += f" The {experiment_chart.MOST} largest datasets are drawn; the table has {more} more."
    heads = ["Dataset and name", experiment_chart.Y_TITLE, experiment_chart.X_TITLE]
    body = joined(
        figure(experiment_chart.chart(data), experiment_chart.key(data), caption=caption),
        tables.figures("DynaRoute's own experiment", heads, experiment_chart.lines(data)),
    )
    return Section("experiment", "DynaRoute's own experiment", openings.experiment(roster), body)


def _papers(roster: Roster) -> list[Section]:
    return [
        Section(table.name.replace("_", "-"), table.title, table.opening, tables.of_paper(table))
        for table in paper_tables(roster)
    ]


def _influences(roster: Roster) -> list[Section]:
    caption = f"{influence_chart.READING} Blue is +, orange −, no colour ± or under half a step."
    found = []
    for data in influences(roster):
        body = joined(
            figure(influence_chart.key(data), influence_chart.chart(data), caption=caption),
            tables.figures(data.title, influence_chart.heads(data), influence_chart.lines(data)),
        )
        found.append(Section(data.name.replace("_", "-"), data.title, data.opening, body))
    return found


def _extra(roster: Roster) -> list[Section]:
    found = []
    told = {table.name for table in paper_tables(roster)} | {data.name for data in influences(roster)}
    told.add(experiment_chart.EXPERIMENT)
    for place, (name, frame) in enumerate(roster.results.extra.items()):
        if len(frame.columns) and len(frame) and name not in told:
            title = clean(name).replace("_", " ").capitalize()
            found.append(Section(f"extra-{place}", title, openings.of_frame(frame), tables.of_frame(title, frame)))
    return found
