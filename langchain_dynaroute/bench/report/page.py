"""The report as one HTML page that opens without the network."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.references import ORACLE
from langchain_dynaroute.bench.report import heat_map, legend, palette
from langchain_dynaroute.bench.report.facts import facts, notes
from langchain_dynaroute.bench.report.findings import findings, savers
from langchain_dynaroute.bench.report.formats import clean, interval, is_there, percent, with_error
from langchain_dynaroute.bench.report.markup import Safe, joined, tag
from langchain_dynaroute.bench.report.sections import Section, sections
from langchain_dynaroute.bench.results import COLUMNS

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster


def page(roster: Roster) -> str:
    """Return the whole page."""
    name = clean(roster.results.about.get("name")) or "Routing benchmark"
    parts = sections(roster)
    style, script = _style(), _asset("page.js")
    main = tag("main", _lessons(roster), *map(_section, parts), _about(roster))
    body = tag("body", legend.stripes(), _head(roster, name, parts), main, tag("script", Safe(script)))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{name}: routing benchmark"),
        tag("link", rel="icon", href="data:,"),
        tag("style", Safe(style)),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    return (
        f":root{{{palette.css_variables()}}}{palette.css_fills()}{legend.css()}{heat_map.css()}\n{_asset('page.css')}"
    )


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _head(roster: Roster, name: str, parts: list[Section]) -> Safe:
    look = tag("button", "Look: as the system", type="button", id="look", class_="control", aria_live="polite")
    links = [tag("a", part.title, href=f"#{part.anchor}") for part in parts]
    nav = tag("nav", *links, tag("a", "About", href="#about"), aria_label="Sections")
    line = tag("p", " · ".join(facts(roster).values()), class_="facts")
    title = tag("div", tag("p", "Routing benchmark", class_="kind"), tag("h1", name), line)
    return tag("header", tag("div", title, look, class_="top"), nav)


def _section(part: Section) -> Safe:
    opening = tag("p", part.opening, class_="opening") if part.opening else ""
    return tag("section", tag("h2", part.title, id=f"h-{part.anchor}"), opening, part.body, id=part.anchor,
               aria_labelledby=f"h-{part.anchor}")  # fmt: skip


def _lessons(roster: Roster) -> Safe:
    told = findings(roster)
    first = tag("p", told[0], class_="opening") if told else ""
    rest = tag("ul", *(tag("li", sentence) for sentence in told[1:]), class_="lessons") if told[1:] else ""
    return tag("section", tag("h2", "What it teaches"), first, _tiles(roster), rest, id="lessons")


def _tiles(roster: Roster) -> Safe:
    best, oracle = roster.best, roster.reference(ORACLE)
    tiles = []
    if best is not None:
        tiles.append(
            _tile("Best router", f"{with_error(percent(best['avg_acc']), best['avg_acc_se'])} %", best["router"])
        )
        if is_there(best["difference"]):
            bounds = interval(best["difference_low"], best["difference_high"])
            under = f"{bounds} points of AvgAcc" if bounds else "points of AvgAcc"
            tiles.append(_tile("Over the best single model (train)", percent(best["difference"], sign=True), under))
        if oracle is not None:
            left = percent(oracle["avg_acc"] - best["avg_acc"])
            tiles.append(_tile("Left to the oracle", left, f"points, up to {percent(oracle['avg_acc'])} %"))
    if savers(roster):
        row = savers(roster)[0]
        tiles.append(
            _tile(roster.told_cost("Cost saved, no less accurate"), f"{percent(row['cost_save'], 0)} %", row["router"])
        )
    return tag("dl", *tiles, class_="tiles") if tiles else Safe("")


def _tile(title: str, figure: str, under: str) -> Safe:
    return tag("div", tag("dt", title), tag("dd", tag("strong", figure), tag("span", under)))


def _about(roster: Roster) -> Safe:
    told = [tag("p", _with_code(note)) for note in notes(roster)]
    rows = [tag("tr", tag("th", key, scope="row"), tag("td", value)) for key, value in facts(roster, full=True).items()]
    box = tag(
        "div", tag("table", tag("tbody", *rows)), class_="scroll", tabindex=0, role="region", aria_label="The run"
    )
    words = [_glossary(name, columns) for name, columns in COLUMNS.items()]
    opening = tag("p", "How the run was made, what was not as usual, and what every figure means.", class_="opening")
    heads = (tag("h3", "Notes") if told else ""), tag("h3", "The run"), tag("h3", "What the figures mean")
    return tag("section", tag("h2", "About"), opening, heads[0], *told, heads[1], box, heads[2], *words, id="about")


def _glossary(name: str, columns: dict[str, str]) -> Safe:
    terms = [joined(tag("dt", tag("code", key)), tag("dd", _with_code(meaning))) for key, meaning in columns.items()]
    title = tag("summary", f"{name.replace('_', ' ').capitalize()} (results/{name}.csv)")
    return tag("details", title, tag("dl", *terms, class_="glossary"))


def _with_code(words: str) -> Safe:
    parts = words.split("`")
    return joined(*(tag("code", part) if i % 2 else part for i, part in enumerate(parts)))
