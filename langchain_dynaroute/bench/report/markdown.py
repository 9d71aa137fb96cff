"""The report as Markdown: what the run teaches, the leaderboard, the datasets, and the pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.references import BEST_SINGLE, ORACLE
from langchain_dynaroute.bench.report import influence_chart, openings
from langchain_dynaroute.bench.report.columns import MAIN, MORE, Column, shown
from langchain_dynaroute.bench.report.experiment_chart import EXPERIMENT
from langchain_dynaroute.bench.report.facts import facts, notes
from langchain_dynaroute.bench.report.findings import findings
from langchain_dynaroute.bench.report.formats import clean, count, percent
from langchain_dynaroute.bench.report.heat_map import HeatData
from langchain_dynaroute.bench.report.influence import influences
from langchain_dynaroute.bench.report.paper_table import paper_tables
from langchain_dynaroute.bench.report.tables import any_text, is_numeric
from langchain_dynaroute.bench.results import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from langchain_dynaroute.bench.report.pictures import Picture
    from langchain_dynaroute.bench.report.roster import Roster, Row

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")
_KINDS = (("router", "Routers"), ("reference", "References"), ("model", "Single models"))
_FEW_MODELS = 5


def escaped(words: str) -> str:
    """Return words that Markdown shows as they are."""
    return _SPECIAL.sub(r"\\\1", words)


def markdown(roster: Roster, pictures: Mapping[str, Picture]) -> str:
    """Return the whole report."""
    name = clean(roster.results.about.get("name")) or "Routing benchmark"
    parts = [f"# {escaped(name)}", escaped(" · ".join(facts(roster).values()))]
    parts += ["## What it teaches", _bullets(findings(roster))]
    parts += _leaderboard(roster)
    parts += [part for picture in pictures.values() for part in _picture(picture)]
    parts += _datasets(roster)
    parts += _papers(roster) + _influences(roster)
    told = {part.name for part in paper_tables(roster)} | {data.name for data in influences(roster)}
    for title, frame in roster.results.extra.items():
        if len(frame.columns) and len(frame) and title not in told:
            own = title == EXPERIMENT
            head = "DynaRoute's own experiment, as a table" if own else clean(title).replace("_", " ").capitalize()
            parts += [f"## {escaped(head)}", _of_frame(frame)]
    parts += _about(roster)
    return "\n\n".join(part for part in parts if part) + "\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """Return a table of finished words; the first `words` columns are on the left, the others on the right."""
    rule = [":--" if i < words else "--:" for i in range(len(heads))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, rule, *rows))


def _bullets(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {escaped(sentence)}" for sentence in sentences)


def _picture(picture: Picture) -> list[str]:
    return [f"## {picture.title}", escaped(picture.opening), f"![{picture.title}](figures/{picture.path.name})"]


def _leaderboard(roster: Roster) -> list[str]:
    if not roster.rows:
        return []
    parts = ["## Leaderboard", escaped(openings.leaderboard(roster)), openings.errors(roster)]
    if not roster.has_costs:
        parts.append(openings.NO_COSTS)
    return [*parts, *_boards(roster, MAIN), *_further(roster)]


def _further(roster: Roster) -> list[str]:
    return ["### Further figures", *_boards(roster, MORE)] if shown(MORE, roster) else []


def _boards(roster: Roster, columns: tuple[Column, ...]) -> list[str]:
    parts = []
    for kind, title in _KINDS:
        rows = roster.of_kind(kind)[: _FEW_MODELS if kind == "model" else None]
        known = shown(columns, roster, (kind,))
        if rows and known:
            more = len(roster.of_kind(kind)) - len(rows)
            heads = [title, *(escaped(column.title_for(roster)) for column in known)]
            parts.append(table(heads, [_line(roster, row, known) for row in rows]))
            parts.append(f"{more} less accurate models are in `results/leaderboard.csv`." if more else "")
    return parts


def _line(roster: Roster, row: Row, columns: list[Column]) -> list[str]:
    name = f"**{escaped(row['router'])}**" if row is roster.best else escaped(row["router"])
    return [name, *(escaped(column.text(row)) for column in columns)]


def _datasets(roster: Roster) -> list[str]:
    data = HeatData(roster)
    if not data.cells:
        return []
    columns = [name for name in data.columns if name not in {BEST_SINGLE, ORACLE}] + [
        name for name in (BEST_SINGLE, ORACLE) if name in data.columns
    ]
    prompts = {of: row["prompts"] for (_, of), row in data.cells.items()}
    rows = [
        [escaped(of), count(prompts[of]), *(percent(data.accuracy(name, of)) for name in columns)]
        for of in data.datasets
    ]
    heads = ["Dataset", "Prompts", *map(escaped, columns)]
    return ["## Accuracy by dataset, %", escaped(openings.datasets(roster)), table(heads, rows)]


def _papers(roster: Roster) -> list[str]:
    parts = []
    for told in paper_tables(roster):
        heads = [*told.names, *(escaped(head.title) for head in told.heads)]
        rows = [
            [*(escaped(row[name]) for name in told.plan.names), *(cell.text for cell in told.cells(row))]
            for row in told.rows
        ]
        parts += [f"## {escaped(told.title)}", escaped(told.opening), table(heads, rows, words=len(told.names))]
    return parts


def _influences(roster: Roster) -> list[str]:
    parts = []
    for data in influences(roster):
        rows = [[escaped(cell) for cell in line] for line in influence_chart.lines(data, full=False)]
        parts += [f"## {escaped(data.title)}", escaped(data.opening), influence_chart.READING]
        parts.append(table([escaped(head) for head in influence_chart.heads(data)], rows))
    return parts


def _of_frame(frame: pd.DataFrame) -> str:
    columns = list(frame.columns)
    words = next((i for i, column in enumerate(columns) if is_numeric(frame[column].tolist())), len(columns))
    rows = [[escaped(any_text(cell)) for cell in line] for line in frame.itertuples(index=False)]
    return table([escaped(clean(column)) for column in columns], rows, words=words)


def _about(roster: Roster) -> list[str]:
    parts = ["## Notes", "\n".join(f"- {_noted(note)}" for note in notes(roster))] if notes(roster) else []
    run = [[key, escaped(value)] for key, value in facts(roster, full=True).items()]
    terms = [[f"`{key}`", meaning.replace("|", "\\|")] for key, meaning in COLUMNS["leaderboard"].items()]
    parts += ["## The run", table(["Fact", "Value"], run, words=2)]
    return [*parts, "## What the figures mean", table(["Column of `leaderboard.csv`", "Meaning"], terms, words=2)]


def _noted(note: str) -> str:
    """Return a note escaped, its code between backticks left as it is."""
    parts = note.split("`")
    if len(parts) % 2 == 0:
        return escaped(note)
    return "".join(f"`{part}`" if i % 2 else escaped(part) for i, part in enumerate(parts))
