"""Benchmark scores of models, and which benchmarks speak for which category.

The only reader of `tables/`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from langchain_dynaroute.errors import TableError, did_you_mean
from langchain_dynaroute.pricing import Price
from langchain_dynaroute.profiles import Category
from langchain_dynaroute.rows import Row, header_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

SCORE_PREFIX = "percent:"
"""Starts the column of a benchmark's score, in percent."""
COST_PREFIX = "usd_per_benchmark:"
"""Starts the column of what all prompts of a benchmark cost, in USD."""
_TEXT_COLUMNS = ("name", "model", "key_env")
_PRICE_COLUMNS = (
    "input_usd_per_1m_tokens",
    "output_usd_per_1m_tokens",
    "cached_input_usd_per_1m_tokens",
    "reasoning_usd_per_1m_tokens",
)
_ABILITY_COLUMNS = ("tool_calling", "structured_output", "image_input")
_PROVENANCE_COLUMNS = (
    "scores_source",
    "scores_date",
    "prices_source",
    "prices_date",
    "ids_source",
    "ids_date",
    "params_billions",
    "note",
)
_KNOWN_COLUMNS = (
    *_TEXT_COLUMNS,
    "params",
    *_PRICE_COLUMNS,
    "max_input_tokens",
    *_ABILITY_COLUMNS,
    "last_resort",
    *_PROVENANCE_COLUMNS,
)
_TOP_PERCENT = 100.0


def tables_folder() -> Path:
    """Return the folder of the shipped tables: inside the wheel, else in the checkout."""
    packaged = Path(str(files("langchain_dynaroute"))) / "tables"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "tables"


@cache
def _shipped_benchmarks() -> dict[str, int | None]:
    """Known benchmarks, and how many prompts their measured cost is for."""
    sizes: dict[str, int | None] = {}
    for row in read_rows(tables_folder() / "benchmarks.csv"):
        size = row.number_in("prompts", 1, math.inf)
        sizes[row.cells["benchmark"]] = None if size is None else int(size)
    return sizes


@cache
def _aliases() -> dict[str, str]:
    aliases = {}
    for row in read_rows(tables_folder() / "benchmarks.csv"):
        name = row.cells["benchmark"]
        for alias in (name, *filter(None, row.cells["aliases"].split("|"))):
            aliases[_fold(alias)] = name
    return aliases


def _fold(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def canonical_benchmark(name: str) -> str:
    """Return the one name a benchmark has here: `"HLE"` is `"Humanity's Last Exam"`."""
    return _aliases().get(_fold(name), name.strip())


@cache
def category_descriptions() -> dict[Category, str]:
    """Return what belongs to each category, in words; ours, since the paper only names them."""
    rows = read_rows(tables_folder() / "categories.csv")
    return {Category(row.cells["category"]): row.cells["about"] for row in rows}


@cache
def category_groups() -> dict[Category, str]:
    """Return the group of each category (DynaRoute, Table 4)."""
    rows = read_rows(tables_folder() / "categories.csv")
    return {Category(row.cells["category"]): row.cells["group"] for row in rows}


@dataclass(frozen=True)
class CategoryMap:
    """Which benchmarks speak for a category (DynaRoute, Table 5, and our own additions)."""

    benchmarks: Mapping[Category, tuple[str, ...]]
    name: str = "category_benchmarks.csv"

    @classmethod
    def load(cls, path: str | Path | None = None, extra_benchmarks: Iterable[str] = ()) -> Self:
        """Read a map with the columns `category` and `benchmark`; None is the shipped one.

        Raises:
            TableError: if a category is unknown, or a benchmark is neither shipped nor among
                `extra_benchmarks`.
        """
        source = Path(path) if path else tables_folder() / "category_benchmarks.csv"
        known = {*_shipped_benchmarks(), *extra_benchmarks}
        found: dict[Category, list[str]] = {}
        for row in read_rows(source):
            if missing := {"category", "benchmark"} - set(row.cells):
                row.fail(f"the column {min(missing)!r} is missing.")
            category, benchmark = _read_pair(row, known)
            if benchmark in found.setdefault(category, []):
                row.fail(f"{benchmark!r} is listed twice for {category.value}.")
            found[category].append(benchmark)
        return cls({category: tuple(names) for category, names in found.items()}, source.name)

    def of(self, category: Category) -> tuple[str, ...]:
        """Return the benchmarks of a category, none if it has none."""
        return self.benchmarks.get(category, ())


def _read_pair(row: Row, known: set[str]) -> tuple[Category, str]:
    try:
        category = Category(row.cells["category"])
    except ValueError:
        row.fail(f"unknown category.{did_you_mean(row.cells['category'], [c.value for c in Category])}")
    benchmark = canonical_benchmark(row.cells["benchmark"])
    if benchmark not in known:
        row.fail(f"unknown benchmark {benchmark!r}.{did_you_mean(benchmark, known)}")
    return category, benchmark


@dataclass(frozen=True)
class ModelRow:
    """One model of a table: who it is, what it costs, how it scored."""

    name: str
    model: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    key_env: str = ""
    price: Price = field(default_factory=Price)
    max_input_tokens: int | None = None
    tool_calling: bool | None = None
    structured_output: bool | None = None
    image_input: bool | None = None
    last_resort: bool = False
    scores: dict[str, float] = field(default_factory=dict)
    """Benchmark → score in percent."""
    measured_usd_per_prompt: dict[str, float] = field(default_factory=dict)
    """Benchmark → USD for one of its prompts, as measured."""


def read_models(name_or_path: str | Path, category_map: CategoryMap | None = None) -> tuple[ModelRow, ...]:
    """Read the models of a shipped table (by name) or of a CSV file (by path).

    A benchmark must be a shipped one or stand in `category_map`: else it is most likely misspelt.

    Raises:
        TableError: naming file, row and rule: an unknown column, a score outside 0 to 100, a
            negative price, a repeated name, a cell that is not a number.
    """
    path = table_path(name_or_path)
    rows = read_rows(path)
    _check_columns(path, header_of(path))
    _check_benchmarks(path, category_map or default_map())
    models: dict[str, ModelRow] = {}
    for row in rows:
        model = _read_model(row)
        if model.name in models:
            row.fail(f"the name {model.name!r} stands twice; names are unique.")
        models[model.name] = model
    return tuple(models.values())


def table_path(name_or_path: str | Path) -> Path:
    """Return the file of a shipped table's name, or the path itself."""
    shipped = {path.stem: path for path in (tables_folder() / "pools").glob("*.csv")}
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    path = Path(name_or_path)
    if path.suffix.lower() != ".csv" and not path.exists():
        msg = f"There is no shipped table {str(name_or_path)!r} and no such file.{did_you_mean(str(name_or_path), sorted(shipped))}"
        raise TableError(msg)
    return path


def _check_columns(path: Path, columns: tuple[str, ...]) -> None:
    known = {*_KNOWN_COLUMNS}
    for column in columns:
        if column not in known and not column.startswith((SCORE_PREFIX, COST_PREFIX)):
            hint = (
                f" A benchmark's column is named {SCORE_PREFIX + column!r}."
                if canonical_benchmark(column) in _shipped_benchmarks()
                else did_you_mean(column, known)
            )
            msg = f"{path.name}, row 1: unknown column {column!r}.{hint}"
            raise TableError(msg)
    if "name" not in columns:
        msg = f"{path.name}, row 1: the column 'name' is missing."
        raise TableError(msg)


def benchmark_columns(path: Path) -> list[str]:
    """Return the benchmarks that a table has scores for, by their one name."""
    columns = (column for column in header_of(path) if column.startswith(SCORE_PREFIX))
    return [canonical_benchmark(column.removeprefix(SCORE_PREFIX)) for column in columns]


def _check_benchmarks(path: Path, category_map: CategoryMap) -> None:
    benchmarks = benchmark_columns(path)
    mapped = {name for names in category_map.benchmarks.values() for name in names}
    known = {*_shipped_benchmarks(), *mapped}
    for benchmark in benchmarks:
        if benchmarks.count(benchmark) > 1:
            msg = f"{path.name}, row 1: the benchmark {benchmark!r} has two columns, under different names."
            raise TableError(msg)
        if benchmark not in known:
            hint = did_you_mean(benchmark, known)
            msg = f"{path.name}, row 1: unknown benchmark {benchmark!r}.{hint} For one of your own, give a category map that uses it."
            raise TableError(msg)


def _read_model(row: Row) -> ModelRow:
    name = row.cells["name"].strip()
    if not name:
        row.fail("the name is empty.")
    window = row.number_in("max_input_tokens", 1, math.inf)
    return ModelRow(
        name=name,
        model=row.cells.get("model", "").strip(),
        params=row.json_object("params"),
        key_env=row.cells.get("key_env", "").strip(),
        price=Price(**{column: row.number_in(column, 0, math.inf) for column in _PRICE_COLUMNS}),
        max_input_tokens=None if window is None else int(window),
        last_resort=bool(row.boolean("last_resort")),
        **{column: row.boolean(column) for column in _ABILITY_COLUMNS},
        scores=_read_benchmarks(row, SCORE_PREFIX, _TOP_PERCENT),
        measured_usd_per_prompt=_read_measured(row),
    )


def _read_benchmarks(row: Row, prefix: str, high: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for column in row.cells:
        if not column.startswith(prefix):
            continue
        value = row.number_in(column, 0, high)
        if value is not None:
            found[canonical_benchmark(column.removeprefix(prefix))] = value
    return found


def _read_measured(row: Row) -> dict[str, float]:
    """Divide the bill of a whole benchmark by its prompts (LLMRouterBench, Tables 6 and 9)."""
    sizes = _shipped_benchmarks()
    costs = {}
    for benchmark, bill in _read_benchmarks(row, COST_PREFIX, math.inf).items():
        size = sizes.get(benchmark)
        if size is None:
            row.fail(f"{COST_PREFIX}{benchmark}: the number of prompts of this benchmark is not known.")
        costs[benchmark] = bill / size
    return costs


class BenchmarkTable:
    """Models × benchmarks in percent, with list prices; NaN where a figure is missing."""

    def __init__(
        self, models: Iterable[ModelRow], name: str = "custom", category_map: CategoryMap | None = None
    ) -> None:
        """Hold `models` under a `name`; `category_map` defaults to the shipped one."""
        self.rows = tuple(models)
        self.name = name
        self.benchmarks = tuple(dict.fromkeys(key for row in self.rows for key in row.scores))
        self.category_map = category_map or default_map()

    @classmethod
    def load(cls, name_or_path: str | Path, category_map: str | Path | None = None) -> Self:
        """Read a shipped table by name, or a CSV file; `category_map` is a CSV file too.

        Raises:
            TableError: naming file, row and rule.
        """
        benchmarks = benchmark_columns(table_path(name_or_path))
        mapped = CategoryMap.load(category_map, benchmarks if category_map else ())
        return cls(read_models(name_or_path, mapped), table_path(name_or_path).stem, mapped)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, one a row."""
        return tuple(row.name for row in self.rows)

    @property
    def percent(self) -> NDArray[np.float64]:
        """Scores in percent, shape (n_models, n_benchmarks)."""
        return self._array("scores")

    @property
    def measured_usd_per_prompt(self) -> NDArray[np.float64]:
        """Measured cost in USD per prompt, shape (n_models, n_benchmarks)."""
        return self._array("measured_usd_per_prompt")

    @property
    def cost_usd_per_1m_tokens(self) -> NDArray[np.float64]:
        """List price, input + output, in USD per 1M tokens, shape (n_models,)."""
        import numpy as np

        totals = (row.price.total_usd_per_1m_tokens for row in self.rows)
        return np.array([math.nan if total is None else total for total in totals])

    def _array(self, attribute: str) -> NDArray[np.float64]:
        import numpy as np

        rows = [[getattr(row, attribute).get(name, math.nan) for name in self.benchmarks] for row in self.rows]
        return np.array(rows, dtype=np.float64).reshape(len(self.rows), len(self.benchmarks))

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas frame: a row a model, prices first. Needs pandas."""
        import pandas as pd

        frame = pd.DataFrame(self.percent, index=pd.Index(self.models, name="model"), columns=list(self.benchmarks))
        frame.insert(0, "cost_usd_per_1m_tokens", self.cost_usd_per_1m_tokens)
        return frame

    def __repr__(self) -> str:
        """Say how large it is."""
        return f"BenchmarkTable({self.name!r}, {len(self.rows)} models × {len(self.benchmarks)} benchmarks)"


@cache
def default_map() -> CategoryMap:
    """Return the shipped map."""
    return CategoryMap.load()


@cache
def level_shifts(pool: str) -> dict[Category, int]:
    """Return the level shifts that are on by default for a pool (`tables/level_shifts.csv`)."""
    rows = read_rows(tables_folder() / "level_shifts.csv")
    return {Category(row.cells["category"]): int(row.cells["levels"]) for row in rows if row.cells["pool"] == pool}


@cache
def provider_keys() -> dict[str, str]:
    """Return LiteLLM provider → environment variables of its key, `|` between alternatives."""
    rows = read_rows(tables_folder() / "providers.csv")
    return {row.cells["provider"]: row.cells["key_env"] for row in rows}


@cache
def provider_names() -> dict[str, str]:
    """Return LiteLLM provider → the name LangChain has for it."""
    rows = read_rows(tables_folder() / "providers.csv")
    return {row.cells["provider"]: row.cells["langchain_name"] for row in rows}
