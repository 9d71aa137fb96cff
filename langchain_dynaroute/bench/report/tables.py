"""HTML tables: sortable by any column, scrolling within their own box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.report.columns import MAIN, MORE, Column, shown
from langchain_dynaroute.bench.report.formats import clean, counted, is_there, number
from langchain_dynaroute.bench.report.markup import Safe, joined, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from langchain_dynaroute.bench.report.paper_table import PaperTable
    from langchain_dynaroute.bench.report.roster import Roster, Row

_KINDS = (("router", "Routers"), ("reference", "References"), ("model", "Single models"))
_FEW_MODELS = 5
"""So many single models are shown at once; the others on request."""
_TALL = 25
"""A table of the LLMRank paper with more rows scrolls under its head."""


def scrolling(table: Safe, label: str, *, tall: bool = False) -> Safe:
    """Return a table in a box of its own, which can be scrolled by keyboard."""
    return tag("div", table, class_="scroll tall" if tall else "scroll", tabindex=0, role="region", aria_label=label)


def leaderboard(roster: Roster) -> Safe:
    """Return the main figures."""
    return _board(roster, shown(MAIN, roster), [kind for kind, _ in _KINDS], "Leaderboard")


def further(roster: Roster) -> Safe:
    """Return the other figures, or nothing where there are none."""
    columns = shown(MORE, roster)
    return _board(roster, columns, [kind for kind, _ in _KINDS], "Further figures") if columns else Safe("")


def _board(roster: Roster, columns: list[Column], kinds: list[str], label: str) -> Safe:
    heads = [_head(column.title_for(roster), column.meaning) for column in columns]
    head = tag("thead", tag("tr", _head("Name", "", text=True), *heads))
    groups = [_group(roster, columns, kind, title, label) for kind, title in _KINDS if kind in kinds]
    return scrolling(tag("table", tag("caption", label), head, *groups, class_="board sortable"), label)


def _head(title: str, tip: str, *, text: bool = False, paper: bool = False) -> Safe:
    button = tag("button", title, tag("span", class_="arrow", aria_hidden="true"), type="button", data_tip=tip or None)
    class_ = None if text else "number paper" if paper else "number"
    return tag("th", button, scope="col", class_=class_, aria_sort="none")


def _group(roster: Roster, columns: list[Column], kind: str, title: str, label: str) -> Safe:
    rows = roster.of_kind(kind)
    if not rows:
        return Safe("")
    lines = [_line(roster, row, columns, folded=kind == "model" and i >= _FEW_MODELS) for i, row in enumerate(rows)]
    more = ""
    if kind == "model" and len(rows) > _FEW_MODELS:
        words = f"Show all {counted(len(rows), 'model')}"
        more = tag("button", words, type="button", class_="unfold", aria_expanded="false", data_less="Show fewer")
    head = tag("th", title, " ", more, colspan=len(columns) + 1, scope="rowgroup")
    return tag("tbody", tag("tr", head, class_="group"), *lines, class_=kind, aria_label=f"{label}: {title}")


def _line(roster: Roster, row: Row, columns: list[Column], *, folded: bool) -> Safe:
    best = roster.best is row
    note = tag("small", row["note"], class_="note") if row["note"] and columns[0].key == MAIN[0].key else ""
    name = tag("th", row["router"], note, scope="row", data_v=row["router"])
    cells = [tag("td", column.text(row), class_="number", data_v=_sort_value(row[column.key])) for column in columns]
    return tag(
        "tr", name, *cells, class_=" ".join(filter(None, ("best" if best else "", "folded" if folded else ""))) or None
    )


def _sort_value(value: Any) -> str:
    return f"{number(value):.8g}" if is_there(value) else ""


def figures(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Safe:
    """Return a table of finished words, folded away: what a picture shows, for those who do not see it."""
    head = tag("tr", *(tag("th", word, scope="col", class_="number" if i else None) for i, word in enumerate(heads)))
    lines = [
        tag("tr", tag("th", line[0], scope="row"), *(tag("td", word, class_="number") for word in line[1:]))
        for line in rows
    ]
    table = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *lines))
    return tag("details", tag("summary", "The figures as a table"), scrolling(table, caption))


def of_paper(table: PaperTable) -> Safe:
    """Return one of the LLMRank paper's tables, ours beside the paper's, as a sortable table."""
    heads = [_head(name, "", text=True) for name in table.names]
    heads += [_head(head.title, "", paper=head.is_paper) for head in table.heads]
    lines = [_paper_line(table, row) for row in table.rows]
    shown = tag(
        "table",
        tag("caption", table.title),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *lines),
        class_="sortable paired",
    )
    return scrolling(shown, table.title, tall=len(lines) > _TALL)


def _paper_line(table: PaperTable, row: Row) -> Safe:
    names = [tag("th", row[name], scope="row", data_v=row[name]) for name in table.plan.names]
    cells = [
        tag("td", cell.text, class_="number paper" if head.is_paper else "number", data_v=_sort_value(cell.value))
        for head, cell in zip(table.heads, table.cells(row), strict=True)
    ]
    return tag("tr", *names, *cells)


def of_frame(name: str, frame: pd.DataFrame) -> Safe:
    """Return any frame as a sortable table."""
    numeric = {column: is_numeric(frame[column].tolist()) for column in frame.columns}
    heads = joined(*(_head(clean(column), "", text=not numeric[column]) for column in frame.columns))
    lines = [
        tag("tr", *(_any_cell(row[column], number=numeric[column]) for column in frame.columns))
        for row in frame.to_dict("records")
    ]
    table = tag("table", tag("caption", name), tag("thead", tag("tr", heads)), tag("tbody", *lines), class_="sortable")
    return scrolling(table, name)


def is_numeric(cells: list[Any]) -> bool:
    """Return whether a column holds numbers: every cell is one, or empty."""
    return all(not clean(cell) or (is_there(cell) and not isinstance(cell, (str, bool))) for cell in cells)


def _any_cell(cell: Any, *, number: bool) -> Safe:
    return tag("td", any_text(cell), class_="number" if number else None, data_v=clean(cell))


def any_text(cell: Any) -> str:
    """Return any cell in words: floats to four figures."""
    return f"{cell:.4g}".replace("-", "−") if isinstance(cell, float) and is_there(cell) else clean(cell)
