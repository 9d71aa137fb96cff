"""An evaluation as tables of text, for the screen and for Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.evaluation import records as tidy
from langchain_dynaroute.evaluation.evaluation import IN_SOURCE, PARTS, SOURCE_LEFT_OUT
from langchain_dynaroute.evaluation.paper_figures import CHOSEN
from langchain_dynaroute.evaluation.profile_metrics import figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.evaluation.attacks import AttackFigures
    from langchain_dynaroute.evaluation.evaluation import Evaluation
    from langchain_dynaroute.evaluation.records import Record

_NONE = "–"
_CONFUSIONS = 10
_FIGURE_COLUMNS = {
    "category %": "category_accuracy",
    "group %": "group_accuracy",
    "level %": "level_accuracy",
    "F1 cat.": "category_macro_f1",
    "F1 level": "level_macro_f1",
    "ECE cat. %": "category_calibration_error",
    "ECE level %": "level_calibration_error",
    "same model": "same_model",
}
_OF_ONE = {"F1 cat.", "F1 level"}
FIGURES_ABOUT = """\
had seen: other sources, each source is left out whole; same sources, only the prompt itself is left out; \
trained on these, not even that; nothing, it is not fitted
category of 29, group of 6, level of 3; F1: macro-F1; ECE: expected calibration error, 0 is best
same model: % of prompts for which the tiers of {pool} pick the same model by the profile said as by the right one; \
score, $/1M: by how many benchmark points and USD of list price the choices differ, mean over all prompts"""
"""What the columns mean; a line a note."""


@dataclass(frozen=True)
class TextTable:
    """A titled table of text; columns from the third on are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 2
    """Columns of words, before those of figures."""


def report_tables(evaluation: Evaluation, attacks: tuple[AttackFigures, ...] = ()) -> list[TextTable]:
    """Return the tables of an evaluation: figures by part, sources, confusions, attacks."""
    found = [*_figure_tables(evaluation), _paper_table(evaluation)]
    if len(evaluation.table.sources) > 1:
        found += [_source_table(evaluation, label) for label in evaluation.table.labels]
    if len({row.language for row in evaluation.table.rows}) > 1:
        found.append(_language_table(evaluation))
    found += _confusion_tables(evaluation)
    return found + ([attack_table(attacks)] if attacks else [])


def _figure_tables(evaluation: Evaluation) -> list[TextTable]:
    records = tidy.figure_records(evaluation)
    tables = []
    for part, rows in evaluation.parts.items():
        sources = {evaluation.table.rows[i].source for i in rows}
        count = f"{_counted(len(rows), 'prompt')} of {_counted(len(sources), 'source')}"
        lines = tuple(_figure_row(record) for record in records if record["part"] == part)
        columns = ("classifier", "had seen", *_FIGURE_COLUMNS, "score", "$/1M")
        authors = ", by the authors of its training prompts" if evaluation.sibling else ""
        tables.append(TextTable(f"{PARTS[part]}{authors} ({count})", columns, lines))
    return tables


def _figure_row(record: Record) -> tuple[str, ...]:
    cells = [_share(record[key]) if name in _OF_ONE else percent(record[key]) for name, key in _FIGURE_COLUMNS.items()]
    points, usd = record["decision_score_points"], record["decision_usd_per_1m_tokens"]
    money = _NONE if usd is None else f"{usd:+.2f} ({record['decision_usd_share']:+.1%})"
    return (record["classifier"], record["had_seen"], *cells, _NONE if points is None else f"{points:+.2f}", money)


def _paper_table(evaluation: Evaluation) -> TextTable:
    rows = tuple(
        (
            record["classifier"],
            record["had_seen"],
            percent(record["category_accuracy"]),
            percent(record["level_accuracy"]),
        )
        for record in tidy.figure_records(evaluation)
        if record["part"] == tidy.PAPER
    )
    title = "The paper's own classifiers, on its prompts and labels: 600 for the category, 200 for the level"
    return TextTable(title, ("classifier", "from", "category %", "level %"), rows)


def _source_table(evaluation: Evaluation, label: str) -> TextTable:
    """Return the paper's Table 1 layout: a row a source, a column a classifier; then the paper's own rows."""
    key, count = f"{label}_accuracy", f"{label}_prompts"
    cells: dict[tuple[str, str], dict[str, Record]] = {}
    for record in tidy.source_records(evaluation):
        if record[count] and (record["part"] != tidy.PAPER or record["classifier"] == CHOSEN):
            line = cells.setdefault((record["source"], record["part"]), {})
            line[_column_of(record, evaluation)] = record
    names = dict.fromkeys(name for line in cells.values() for name, record in line.items() if record[key] is not None)
    shares = {place: [line[name][key] if name in line else None for name in names] for place, line in cells.items()}
    counts = {place: next(iter(line.values()))[count] for place, line in cells.items()}
    rows = [(*place, f"{counts[place]:,}", *map(percent, line)) for place, line in shares.items()]
    for part in evaluation.parts:
        of_part = [line for (_, kind), line in shares.items() if kind == part]
        total = sum(number for (_, kind), number in counts.items() if kind == part)
        rows.append((f"mean of {_counted(len(of_part), 'source')}", part, f"{total:,}", *map(percent, _means(of_part))))
    title = f"{label.capitalize()} accuracy by source, %"
    return TextTable(title, ("source", "classifier was", "prompts", *names), tuple(rows))


def _means(lines: Sequence[Sequence[float | None]]) -> list[float | None]:
    """Return the mean of each column; None of a column that is not filled."""
    columns = ([value for value in column if value is not None] for column in zip(*lines, strict=True))
    return [sum(column) / len(column) if column else None for column in columns]


_PAPER_COLUMN = f"{CHOSEN}, paper"


def _column(name: str, had_seen: str) -> str:
    return f"{name}: {had_seen}" if had_seen in {SOURCE_LEFT_OUT, IN_SOURCE} else name


def _column_of(record: Record, evaluation: Evaluation) -> str:
    if record["part"] == tidy.PAPER:
        return _PAPER_COLUMN
    if record["classifier"] == evaluation.entries[0].name:
        return evaluation.entries[0].name
    return _column(record["classifier"], record["had_seen"])


def _language_table(evaluation: Evaluation) -> TextTable:
    """Return the classifier's own figures by language, English and all others first."""
    languages = [row.language for row in evaluation.table.rows]
    groups = {"all but English": [i for i, language in enumerate(languages) if language != "en"]}
    for language in sorted(set(languages), key=lambda name: (name != "en", name)):
        groups[language or "not told"] = [i for i, name in enumerate(languages) if name == language]
    said, rows = evaluation.entries[0].said, []
    for language, places in groups.items():
        found = figures_of(evaluation.right.take(places), said.take(places))
        shares = (found.category_accuracy, found.group_accuracy, found.level_accuracy)
        rows.append((language, f"{len(places):,}", *map(percent, shares)))
    title = f"{evaluation.entries[0].name} by language"
    return TextTable(title, ("language", "prompts", "category %", "group %", "level %"), tuple(rows), texts=1)


def _confusion_tables(evaluation: Evaluation) -> list[TextTable]:
    records = tidy.confusion_records(evaluation)
    name = evaluation.entries[0].name
    tables = []
    for part in evaluation.parts:
        for label in evaluation.table.labels:
            found = [record for record in records if (record["part"], record["label"]) == (part, label)]
            rows = tuple(
                (pair["right"], pair["said"], f"{pair['count']:,}", percent(pair["share"]))
                for pair in found[:_CONFUSIONS]
            )
            title = f"What {name} confuses, {label}, {len(found)} pairs in all (sources {part})"
            tables.append(TextTable(title, ("is", "read as", "prompts", "% of those"), rows))
    return [table for table in tables if table.rows]


def attack_table(attacks: Sequence[AttackFigures]) -> TextTable:
    """Return how often each attack moves the level."""
    rows = tuple(
        (item.attack, percent(item.moved), percent(item.moved_up), percent(item.moved_down)) for item in attacks
    )
    count = attacks[0].prompts if attacks else 0
    title = f"How often {len(attacks)} attacks move the level of {count:,} prompts"
    return TextTable(title, ("attack", "moved %", "up %", "down %"), rows, texts=1)


def markdown(tables: Sequence[TextTable], notes: Sequence[str]) -> str:
    """Return tables and notes as Markdown."""
    parts = ["# How good the classifier is\n"]
    for table in tables:
        line = ["---"] * table.texts + ["---:"] * (len(table.columns) - table.texts)
        rows = [table.columns, tuple(line), *table.rows]
        body = "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)
        parts.append(f"## {table.title}\n\n{body}\n")
    return "\n".join([*parts, *(f"- {note}" for note in notes)]) + "\n"


def percent(share: float | None) -> str:
    """Return a share in percent with one decimal."""
    return _NONE if share is None else f"{100 * share:.1f}"


def _share(value: Any) -> str:
    return _NONE if value is None else f"{value:.3f}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
