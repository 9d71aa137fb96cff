"""Tables with one column a model: from CSV, Parquet or a pickle to columns of Python values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.restricted_pickle import read_pickle
from langchain_dynaroute.errors import MissingExtraError, OutcomeError

if TYPE_CHECKING:
    from pathlib import Path

PICKLES = (".pkl", ".pickle")
ENDINGS = (*PICKLES, ".parquet", ".csv")

Columns = dict[str, list[Any]]


def read_columns(path: Path) -> Columns:
    """Return the columns of a table; those of a CSV file are all texts.

    Raises:
        OutcomeError: naming the file that cannot be read, and the line where it is known.
    """
    if path.suffix.lower() in PICKLES:
        frame = read_pickle(path)
        return {str(name): frame[name].tolist() for name in frame.columns}
    return _parquet_columns(path) if path.suffix.lower() == ".parquet" else _csv_columns(path)


def _csv_columns(path: Path) -> Columns:
    try:
        import pandas as pd
    except ImportError as error:
        package = "pandas"
        raise MissingExtraError(package, "bench") from error
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        msg = f"{path} cannot be read as CSV: {' '.join(str(error).split())}"
        raise OutcomeError(msg) from error
    return {str(name): frame[name].tolist() for name in frame.columns}


def _parquet_columns(path: Path) -> Columns:
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError as error:
        package = "pyarrow"
        raise MissingExtraError(package, "bench") from error
    try:
        columns: Columns = pyarrow.parquet.read_table(path).to_pydict()
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{path} cannot be read as Parquet: {error}"
        raise OutcomeError(msg) from error
    return columns
