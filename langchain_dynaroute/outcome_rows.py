"""Rows of outcomes: read from files, checked, repaired where that was chosen, and turned into arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from langchain_dynaroute.errors import MissingExtraError, OutcomeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from langchain_dynaroute.outcomes import OutcomeTable

PROMPT_COLUMNS = ("prompt_id", "dataset", "prompt")
OUTCOME_COLUMNS = ("prompt_id", "model", "score")
_NUMBERS = {
    "cost_usd": "cost_usd",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "output_chars": "output_chars",
}
"""Column of the rows → field of the table."""
_FILE = b"file"
"""Key of a table's metadata: the file it was read from, for errors."""
_COST_SOURCE = "cost_source"
"""Key of a Parquet file's metadata: whether its costs are measured or estimated."""
_NAMED = 3
"""Culprits an error names before it only counts."""
_MOST_MISSING = 0.5


@dataclass(frozen=True)
class Repairs:
    """What to do with rows that break a rule; every repair is told in `OutcomeTable.repairs`."""

    duplicates: Literal["error", "drop", "first", "mean"] = "error"
    """Two rows of one prompt and model: `drop` the second where they agree, take the `first`, or
    their `mean`. Two prompts of one id: `drop` where they agree, or take the `first`."""
    out_of_range: Literal["error", "clip", "drop"] = "error"
    """A score outside 0..1: `clip` it, or `drop` it (the cell is then missing)."""
    sparse_models: Literal["error", "keep", "drop"] = "error"
    """A model without an outcome on more than half of the prompts: `keep` it, or `drop` it."""


def read_folder(folder: Path) -> tuple[Any, Any]:
    """Return the prompts and the outcomes of a folder as pyarrow tables.

    Raises:
        OutcomeError: if a file is missing or cannot be read.
    """
    if not folder.is_dir():
        msg = f"There is no folder {str(folder)!r}. It should hold prompts.parquet and outcomes.parquet."
        raise OutcomeError(msg)
    return _read(folder, "prompts"), _read(folder, "outcomes")


def _read(folder: Path, stem: str) -> Any:
    arrow = _arrow()
    import pyarrow.csv
    import pyarrow.parquet

    def read_csv(path: Path) -> Any:
        lines = pyarrow.csv.ParseOptions(newlines_in_values=True)  # a prompt may run over many lines
        try:
            return pyarrow.csv.read_csv(path, parse_options=lines)
        except arrow.ArrowInvalid:  # read again in one go, which tells the row
            one_by_one = pyarrow.csv.ReadOptions(use_threads=False)
            return pyarrow.csv.read_csv(path, read_options=one_by_one, parse_options=lines)

    for ending, read in ((".parquet", pyarrow.parquet.read_table), (".csv", read_csv)):
        path = folder / f"{stem}{ending}"
        if path.is_file():
            try:
                table = read(path)
                return table.replace_schema_metadata({**(table.schema.metadata or {}), _FILE: path.name})
            except (arrow.ArrowInvalid, OSError) as error:
                msg = f"{path} cannot be read: {' '.join(str(error).split())}"
                raise OutcomeError(msg) from error
    msg = f"{str(folder)!r} has no {stem}.parquet (nor {stem}.csv)."
    raise OutcomeError(msg)


def _arrow() -> Any:
    try:
        import pyarrow as pa
    except ImportError as error:
        package = "pyarrow"
        raise MissingExtraError(package, "bench") from error
    return pa


def write_folder(table: OutcomeTable, folder: Path) -> Path:
    """Write a table as `prompts.parquet` and `outcomes.parquet`."""
    import pyarrow.parquet

    arrow = _arrow()
    folder.mkdir(parents=True, exist_ok=True)
    prompts = {"prompt_id": table.prompt_ids, "dataset": table.datasets, "prompt": table.prompts}
    if table.categories is not None:
        prompts["category"] = table.categories
    pyarrow.parquet.write_table(
        arrow.table({name: list(values) for name, values in {**prompts, **table.columns}.items()}),
        folder / "prompts.parquet",
    )
    row, model = np.nonzero(_known_cells(table))
    columns: dict[str, Any] = {
        "prompt_id": np.array(table.prompt_ids, dtype=object)[row],
        "model": np.array(table.models, dtype=object)[model],
        "score": table.quality[row, model],
    }
    for column, name in (*_NUMBERS.items(), ("response", "responses")):
        if (cells := getattr(table, name)) is not None:
            columns[column] = cells[row, model]
    outcomes = arrow.table(columns).replace_schema_metadata({_COST_SOURCE: table.cost_source or ""})
    pyarrow.parquet.write_table(outcomes, folder / "outcomes.parquet")
    return folder


def _known_cells(table: OutcomeTable) -> NDArray[np.bool_]:
    """Return which cells hold anything: what was paid for an answer that nobody graded is kept."""
    known = ~np.isnan(table.quality)
    for name in _NUMBERS.values():
        if (cells := getattr(table, name)) is not None:
            known |= ~np.isnan(cells)
    return known


def fields_of(prompts: Any, outcomes: Any, name: str, repairs: Repairs | None) -> dict[str, Any]:
    """Return the fields of an `OutcomeTable` from rows.

    Raises:
        OutcomeError: naming the rows and the rule.
    """
    return _Reading(_table(prompts), _table(outcomes), name, repairs or Repairs()).fields()


def _table(rows: Any) -> Any:
    arrow = _arrow()
    if isinstance(rows, arrow.Table):
        return rows
    if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
        return arrow.Table.from_pandas(rows, preserve_index=False)
    try:
        return arrow.table({column: list(values) for column, values in rows.items()})
    except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError, UnicodeError) as error:
        msg = f"The rows are no table: {error}."
        raise OutcomeError(msg) from error


class _Reading:
    """One reading of rows, with the repairs done on the way."""

    def __init__(self, prompts: Any, outcomes: Any, name: str, repairs: Repairs) -> None:
        self.name, self.choice = name, repairs
        self.done: list[str] = []
        self.prompts = self._unique_prompts(self._having(prompts, PROMPT_COLUMNS, "prompts"))
        self.outcomes = self._having(outcomes, OUTCOME_COLUMNS, "outcomes")

    def _broken(self, rule: str) -> OutcomeError:
        return OutcomeError(f"{self.name}: {rule}")

    def _having(self, table: Any, columns: tuple[str, ...], what: str) -> Any:
        for column in columns:
            if column not in table.column_names:
                rule = f"the {what} have no column {column!r}; they have {', '.join(table.column_names)}."
                raise self._broken(rule)
            if nulls := _empty(table[column], texts=column != "prompt") if column != "score" else 0:
                rule = f"{nulls:,} rows of the {what} have no {column}."
                raise self._broken(rule)
            if _is_binary(table[column]):
                rule = (
                    f"the column {column!r} of {_file_of(table) or f'the {what}'} is not UTF-8 text. Save it in UTF-8."
                )
                raise self._broken(rule)
        return table

    def _unique_prompts(self, table: Any) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: table[name].to_pylist() for name in table.column_names}
        for name in PROMPT_COLUMNS:
            columns[name] = [str(value) for value in columns[name]]
        first: dict[str, int] = {}
        twice = [(first[key], row) for row, key in enumerate(columns["prompt_id"]) if first.setdefault(key, row) != row]
        if not twice:
            return columns
        differ = [pair for pair in twice if any(columns[c][pair[0]] != columns[c][pair[1]] for c in PROMPT_COLUMNS)]
        self._settle_duplicates([columns["prompt_id"][row] for _, row in twice], len(differ), "prompts")
        kept = sorted(first.values())
        return {name: [values[row] for row in kept] for name, values in columns.items()}

    def _settle_duplicates(self, culprits: list[str], differ: int, what: str) -> None:
        rule = self.choice.duplicates
        if rule == "error" or (rule == "drop" and differ):
            way_out = "'first' or 'mean'" if differ else "'drop', 'first' or 'mean'"
            tail = f"{differ:,} of them disagree" if differ else "they agree"
            msg = f"{len(culprits):,} {what} stand twice ({_some(culprits)}); {tail}. Repair with duplicates={way_out}."
            raise self._broken(msg)
        self.done.append(f"{len(culprits):,} {what} stood twice ({differ:,} disagreed): {rule}")

    def fields(self) -> dict[str, Any]:
        if not self.outcomes.num_rows:
            rule = "there are no outcomes."
            raise self._broken(rule)
        rows, columns, models = self._places()
        cells = self._cells(rows, columns)
        shape = (len(self.prompts["prompt"]), len(models))
        arrays = {name: _filled(shape, rows, columns, values) for name, values in cells.items()}
        keep = self._dense_models(arrays["quality"], models)
        extra = {name: tuple(v) for name, v in self.prompts.items() if name not in {*PROMPT_COLUMNS, "category"}}
        category = self.prompts.get("category")
        return {
            "prompt_ids": tuple(self.prompts["prompt_id"]),
            "prompts": tuple(self.prompts["prompt"]),
            "datasets": tuple(self.prompts["dataset"]),
            "categories": None
            if category is None
            else tuple("" if value is None else str(value) for value in category),
            "models": tuple(models[i] for i in keep),
            **{name: values[:, keep] for name, values in arrays.items()},
            "columns": extra,
            "cost_source": (self.outcomes.schema.metadata or {}).get(_COST_SOURCE.encode(), b"").decode() or None,
            "name": self.name,
            "repairs": tuple(self.done),
        }

    def _places(self) -> tuple[NDArray[np.intp], NDArray[np.intp], list[str]]:
        """Return the row and the column of each outcome, and the models in order."""
        codes, ids = _coded(self.outcomes["prompt_id"])
        places = {key: row for row, key in enumerate(self.prompts["prompt_id"])}
        row_of = np.array([places.get(key, -1) for key in ids], dtype=np.intp)
        rows = row_of[codes]
        if (rows < 0).any():
            strangers = [ids[code] for code in np.unique(codes[rows < 0])]
            rule = f"{int((rows < 0).sum()):,} outcomes are of prompts that are not there ({_some(strangers)})."
            raise self._broken(rule)
        codes, names = _coded(self.outcomes["model"])
        used = np.unique(codes)
        models = sorted(names[code] for code in used)
        order = {name: column for column, name in enumerate(models)}
        column_of = np.array([order.get(name, -1) for name in names], dtype=np.intp)
        return rows, column_of[codes], models

    def _cells(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        cells: dict[str, NDArray[Any]] = {"quality": self._in_range(self._numbers("score"))}
        for column, name in _NUMBERS.items():
            if column in self.outcomes.column_names:
                cells[name] = self._numbers(column)
        if "response" in self.outcomes.column_names:
            cells["responses"] = np.array(self.outcomes["response"].to_pylist(), dtype=object)
        return self._without_duplicates(rows, columns, cells)

    def _numbers(self, column: str) -> NDArray[np.float64]:
        arrow = _arrow()
        try:
            return np.asarray(self.outcomes[column].cast(arrow.float64()).to_numpy(), dtype=float)
        except (arrow.ArrowInvalid, arrow.ArrowNotImplementedError) as error:
            values = self.outcomes[column].to_pylist()
            bad = next((row for row, value in enumerate(values) if not _is_number(value)), None)
            told = f"{values[bad]!r}, which is not a number" if bad is not None else f"no number ({error})"
            msg = f"{self._place(bad or 0)}: {column} is {told}."
            raise self._broken(msg) from error

    def _place(self, row: int) -> str:
        """Return where a row of the outcomes stands; in a CSV file the header is row 1."""
        file = _file_of(self.outcomes)
        return f"{file or 'the outcomes'}, row {row + (2 if file.endswith('.csv') else 1)}"

    def _in_range(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        outside = (scores < 0) | (scores > 1) | np.isinf(scores)
        if not outside.any():
            return scores
        some = _some([f"{value:g}" for value in scores[outside]])
        if self.choice.out_of_range == "error":
            rule = (
                f"{int(outside.sum()):,} scores lie outside 0..1 ({some}; first in {self._place(int(np.argmax(outside)))}). "
                "Repair with out_of_range='clip' or 'drop'."
            )
            raise self._broken(rule)
        self.done.append(f"{int(outside.sum()):,} scores lay outside 0..1 ({some}): {self.choice.out_of_range}")
        return np.clip(scores, 0, 1) if self.choice.out_of_range == "clip" else np.where(outside, np.nan, scores)

    def _without_duplicates(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp], cells: dict[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """Settle cells that stand twice: each of their rows then holds the same values."""
        key = rows * (int(columns.max(initial=0)) + 1) + columns
        _, first, group, counts = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        if (counts == 1).all():
            return cells
        repeated = counts[group] > 1
        repeated[first] = False
        again = np.flatnonzero(repeated)
        differ = int(
            (~np.isclose(cells["quality"][again], cells["quality"][first[group[again]]], equal_nan=True)).sum()
        )
        ids = self.outcomes["prompt_id"].take(again[:_NAMED]).to_pylist()
        names = self.outcomes["model"].take(again[:_NAMED]).to_pylist()
        shown = [f"{a} × {b}" for a, b in zip(ids, names, strict=True)]
        self._settle_duplicates([*shown, *[""] * (len(again) - len(shown))], differ, "outcomes")
        if self.choice.duplicates != "mean":
            return {name: values[first][group] for name, values in cells.items()}
        return {name: _group_means(values, group, first) for name, values in cells.items()}

    def _dense_models(self, quality: NDArray[np.float64], models: list[str]) -> list[int]:
        missing = np.isnan(quality).mean(axis=0)
        sparse = [i for i in range(len(models)) if missing[i] > _MOST_MISSING]
        if not sparse or self.choice.sparse_models == "keep":
            if sparse:
                self.done.append(f"{len(sparse)} models lack over half of the prompts: keep")
            return list(range(len(models)))
        names = _some([f"{models[i]}: {missing[i]:.0%} missing" for i in sparse])
        if self.choice.sparse_models == "error":
            rule = (
                f"{len(sparse)} models have no outcome on more than half of the prompts ({names}). "
                "Repair with sparse_models='drop' or 'keep'."
            )
            raise self._broken(rule)
        self.done.append(f"{len(sparse)} models lacked over half of the prompts ({names}): drop")
        return [i for i in range(len(models)) if i not in sparse]


def _file_of(table: Any) -> str:
    return str((table.schema.metadata or {}).get(_FILE, b"").decode())


def _empty(column: Any, *, texts: bool) -> int:
    """Return how many cells are null, and of texts also how many are empty words."""
    from pyarrow import compute, types

    empty = int(column.null_count)
    if texts and (types.is_string(column.type) or types.is_large_string(column.type)):
        empty += int(compute.sum(compute.equal(column, "")).as_py() or 0)
    return empty


def _is_binary(column: Any) -> bool:
    from pyarrow import types

    return bool(types.is_binary(column.type) or types.is_large_binary(column.type))


def _is_number(value: Any) -> bool:
    try:
        float(value if value is not None else "nan")
    except (TypeError, ValueError):
        return False
    return True


def _coded(column: Any) -> tuple[NDArray[np.intp], list[str]]:
    """Return a column as codes and the texts they stand for."""
    array = column.combine_chunks()
    array = array if hasattr(array, "dictionary") else array.dictionary_encode()
    if hasattr(array, "chunks"):  # a dictionary column may stay in chunks
        array = array.unify_dictionaries().combine_chunks()
    return np.asarray(array.indices.to_numpy(), dtype=np.intp), [str(text) for text in array.dictionary.to_pylist()]


def _filled(
    shape: tuple[int, int], rows: NDArray[np.intp], columns: NDArray[np.intp], values: NDArray[Any]
) -> NDArray[Any]:
    cells = np.full(shape, None if values.dtype == object else np.nan, dtype=values.dtype)
    cells[rows, columns] = values
    return cells


def _group_means(values: NDArray[Any], group: NDArray[np.intp], first: NDArray[np.intp]) -> NDArray[Any]:
    if values.dtype == object:  # answers have no mean
        return values[first][group]
    known = ~np.isnan(values)
    sums = np.bincount(group, np.where(known, values, 0.0))
    counts = np.bincount(group, known)
    with np.errstate(invalid="ignore"):
        return (sums / counts)[group]


def _some(names: list[str]) -> str:
    shown = ", ".join(name for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown}, …"


def columns_of(records: list[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return records as columns; a record without a column has None there."""
    names = dict.fromkeys(name for record in records for name in record)
    return {name: [record.get(name) for record in records] for name in names}
