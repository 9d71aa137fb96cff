"""An evaluation as tidy rows, for CSV and JSON; a figure that does not exist is None."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.evaluation.decision_agreement import Agreement
from langchain_dynaroute.evaluation.paper_figures import OVERALL, paper_figures
from langchain_dynaroute.evaluation.predictions import CATEGORIES
from langchain_dynaroute.evaluation.profile_metrics import Figures, confusion_pairs
from langchain_dynaroute.profiles import DifficultyLevel

if TYPE_CHECKING:
    from langchain_dynaroute.evaluation.attacks import AttackFigures
    from langchain_dynaroute.evaluation.evaluation import Evaluation, Line

Record = dict[str, Any]
PAPER = "paper"
_NO_FIGURES: Record = {item.name: None for item in fields(Figures)}
_NO_AGREEMENT: Record = {item.name: None for item in fields(Agreement)}
_LEVEL_NAMES = tuple(level.label for level in DifficultyLevel)


def figure_records(evaluation: Evaluation) -> list[Record]:
    """Return a row for each part and classifier, then the paper's own figures over all its prompts."""
    return [
        {"part": part, **_line_record(line)}
        for part, rows in evaluation.parts.items()
        for line in evaluation.lines(rows, part)
    ] + [{"part": PAPER, **record} for benchmark, record in _paper_records() if benchmark == OVERALL]


def source_records(evaluation: Evaluation) -> list[Record]:
    """Return a row for each source and classifier, then the paper's own by benchmark (its Tables 1 and 2)."""
    return [
        {"source": source, "part": evaluation.exposures[source], **_line_record(line)}
        for source in evaluation.table.sources
        for line in evaluation.lines(evaluation.rows_of(source), evaluation.exposures[source])
    ] + [
        {"source": benchmark, "part": PAPER, **record} for benchmark, record in _paper_records() if benchmark != OVERALL
    ]


def _line_record(line: Line) -> Record:
    agreement = _NO_AGREEMENT if line.agreement is None else asdict(line.agreement)
    return {
        "classifier": line.name,
        "had_seen": line.had_seen,
        **asdict(line.figures),
        "same_model": agreement["agreement"],
        **{f"decision_{name}": value for name, value in agreement.items() if name != "agreement"},
    }


def _paper_records() -> list[tuple[str, Record]]:
    """Return benchmark and figures of the paper's Qwen models."""
    found: dict[tuple[str, str], Record] = {}
    for figure in paper_figures():
        key = (figure.benchmark, figure.model)
        record = found.setdefault(
            key,
            {
                "classifier": figure.model,
                "had_seen": "",
                **_NO_FIGURES,
                "same_model": None,
                **{f"decision_{name}": None for name in _NO_AGREEMENT if name != "agreement"},
            },
        )
        record[f"{figure.measure}_accuracy"] = figure.share
        record[f"{figure.measure}_prompts"] = figure.prompts
        record["had_seen"] = "; ".join(filter(None, (record["had_seen"], figure.source)))
    return [(benchmark, record) for (benchmark, _), record in found.items()]


def confusion_records(evaluation: Evaluation) -> list[Record]:
    """Return the pairs of labels that the classifier itself confuses, by part, most frequent first."""
    said = evaluation.entries[0].said
    found = []
    for part, rows in evaluation.parts.items():
        right, guess = evaluation.right.take(rows), said.take(rows)
        for what, pairs in (
            ("category", confusion_pairs(right.category, guess.category, [name.value for name in CATEGORIES])),
            ("level", confusion_pairs(right.level, guess.level, _LEVEL_NAMES)),
        ):
            found += [{"part": part, "label": what, **asdict(pair)} for pair in pairs]
    return found


def attack_records(attacks: tuple[AttackFigures, ...]) -> list[Record]:
    """Return a row for each attack."""
    return [{**asdict(item), "moved": item.moved} for item in attacks]
