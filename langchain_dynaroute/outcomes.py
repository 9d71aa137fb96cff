"""What each model would have scored and cost on each prompt: the table that routers learn from and are judged by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from langchain_dynaroute.errors import OutcomeError, did_you_mean
from langchain_dynaroute.outcome_splits import grouped_split
from langchain_dynaroute.pricing import tokens_cost_usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from langchain_dynaroute.outcome_rows import Repairs
    from langchain_dynaroute.pricing import Price

CostSource = Literal["measured", "estimated"]
CHARACTERS_PER_TOKEN = 4.0
"""What an estimate takes a token for; English prose and code are near it."""
_PROMPT_LENGTH = "full_prompt_chars"
"""Prompt column that, where it is there, holds the length of what was really sent."""
_CELLS = ("quality", "cost_usd", "prompt_tokens", "completion_tokens", "output_chars", "responses")
"""Fields of one value a prompt and model."""


@dataclass(frozen=True, eq=False, repr=False)
class OutcomeTable:
    """Prompts × models, with the quality of each answer and, where known, its cost.

    `n` prompts by `m` models. A cell without an outcome is NaN: it is kept, counted and never
    taken for a zero. All arrays are read-only.
    """

    prompt_ids: tuple[str, ...]
    prompts: tuple[str, ...]
    datasets: tuple[str, ...]
    """Dataset of each prompt, shape (n,)."""
    models: tuple[str, ...]
    quality: NDArray[np.float64]
    """Graded result of each answer in [0, 1], higher is better; shape (n, m), NaN where unknown."""
    cost_usd: NDArray[np.float64] | None = None
    """USD of each call, shape (n, m), NaN where unknown; None where no cost is known at all."""
    cost_source: CostSource | None = None
    """Whether the costs were measured or estimated; None where there are none."""
    prompt_tokens: NDArray[np.float64] | None = None
    completion_tokens: NDArray[np.float64] | None = None
    output_chars: NDArray[np.float64] | None = None
    """Length of each answer in characters, a stand-in for completion tokens."""
    responses: NDArray[np.object_] | None = None
    """The answers themselves, None where unknown; shape (n, m)."""
    categories: tuple[str, ...] | None = None
    """The source's own subject of each prompt."""
    columns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Whatever else the source says of each prompt: column → one value a prompt."""
    name: str = "outcomes"
    repairs: tuple[str, ...] = ()
    """What was repaired while reading, in words."""

    def __post_init__(self) -> None:
        """Check the shapes, once, and make the arrays read-only.

        Raises:
            OutcomeError: if an array does not fit, a name repeats, or a value is out of range.
        """
        shape = (len(self.prompts), len(self.models))
        for name in _CELLS:
            if (cells := getattr(self, name)) is not None:
                object.__setattr__(self, name, _cells(name, cells, shape))
        if self.cost_usd is not None and np.isnan(self.cost_usd).all():
            object.__setattr__(self, "cost_usd", None)
        source = None if self.cost_usd is None else self.cost_source or "measured"
        object.__setattr__(self, "cost_source", source)
        self._check()

    def _check(self) -> None:
        for name in ("prompt_ids", "datasets", "categories", *self.columns):
            values = self.columns.get(name, getattr(self, name, None))
            if values is not None and len(values) != len(self.prompts):
                msg = f"{self.name}: {name} has {len(values)} values for {len(self.prompts)} prompts."
                raise OutcomeError(msg)
        for what, names in (("model", self.models), ("prompt_id", self.prompt_ids)):
            if len(set(names)) != len(names):
                twice = next(name for name in names if names.count(name) > 1)
                msg = f"{self.name}: the {what} {twice!r} stands twice; each may stand once."
                raise OutcomeError(msg)
        known = self.quality[~np.isnan(self.quality)]
        if known.size and (known.min() < 0 or known.max() > 1):
            msg = f"{self.name}: quality runs from {known.min():g} to {known.max():g}, but must lie in 0..1."
            raise OutcomeError(msg)
        if self.cost_usd is not None and not np.nanmin(self.cost_usd) >= 0:
            row, column = np.unravel_index(np.nanargmin(self.cost_usd), self.cost_usd.shape)
            place = f"{self.prompt_ids[row]} × {self.models[column]}"
            msg = f"{self.name}: a cost of {np.nanmin(self.cost_usd):g} USD ({place}); costs are 0 or more."
            raise OutcomeError(msg)
        if self.cost_usd is not None and np.isinf(self.cost_usd).any():
            msg = f"{self.name}: an infinite cost; where it is unknown, leave it empty."
            raise OutcomeError(msg)

    @classmethod
    def load(cls, folder: str | Path, repairs: Repairs | None = None) -> Self:
        """Read `prompts.parquet` and `outcomes.parquet` (or `.csv`) of a folder.

        Args:
            folder: Where `prompts` (`prompt_id`, `dataset`, `prompt`, and more) and `outcomes`
                (`prompt_id`, `model`, `score` in 0..1, and where known `cost_usd`,
                `prompt_tokens`, `completion_tokens`, `output_chars`, `response`) stand.
            repairs: What to do with duplicates, scores out of range and models with few
                outcomes; None raises at each of them.

        Raises:
            OutcomeError: naming the file, the rows and the rule they break.
            MissingExtraError: without the extra `bench`.
        """
        from langchain_dynaroute.outcome_rows import read_folder

        return cls.from_rows(*read_folder(Path(folder)), name=Path(folder).resolve().name, repairs=repairs)

    @classmethod
    def from_rows(cls, prompts: Any, outcomes: Any, *, name: str = "outcomes", repairs: Repairs | None = None) -> Self:
        """Build the table from rows: one a prompt, and one a prompt and model.

        Args:
            prompts: Columns (a mapping, a DataFrame or a pyarrow Table) as in `load`.
            outcomes: The same, of the outcomes.
            name: What the table is called in errors and reports.
            repairs: As in `load`.

        Raises:
            OutcomeError: as in `load`.
        """
        from langchain_dynaroute.outcome_rows import fields_of

        return cls(**fields_of(prompts, outcomes, name, repairs))

    def save(self, folder: str | Path) -> Path:
        """Write `prompts.parquet` and `outcomes.parquet`, what `load` reads, and return the folder."""
        from langchain_dynaroute.outcome_rows import write_folder

        return write_folder(self, Path(folder))

    def __len__(self) -> int:
        return len(self.prompts)

    def __repr__(self) -> str:
        """Tell the size, what is missing and where costs come from."""
        cost = "no cost" if self.cost_source is None else f"{self.cost_source} cost"
        missing = f", {self.n_missing} cells missing" if self.n_missing else ""
        return f"OutcomeTable({self.name!r}, {len(self):,} prompts × {len(self.models)} models, {cost}{missing})"

    @property
    def n_missing(self) -> int:
        """Cells without a quality."""
        return int(np.isnan(self.quality).sum())

    @property
    def missing_by_model(self) -> dict[str, int]:
        """Model → prompts on which it has no outcome."""
        return dict(zip(self.models, np.isnan(self.quality).sum(axis=0).tolist(), strict=True))

    @cached_property
    def is_complete(self) -> NDArray[np.bool_]:
        """Whether each prompt has a quality, and a cost where the table has costs, of every model; shape (n,)."""
        complete = np.asarray(~np.isnan(self.quality).any(axis=1))
        if self.cost_usd is not None:
            complete &= ~np.isnan(self.cost_usd).any(axis=1)
        return complete

    @cached_property
    def dataset_names(self) -> tuple[str, ...]:
        """The datasets, the largest first."""
        names, counts = np.unique(np.array(self.datasets, dtype=object).astype(str), return_counts=True)
        return tuple(str(name) for name in names[np.lexsort((names, -counts))])

    @cached_property
    def fingerprint(self) -> str:
        """Short hash of everything that a router may learn from; the same for the same content."""
        digest = hashlib.sha256()
        for texts in (self.models, self.prompt_ids, self.prompts, self.datasets):
            digest.update("\x1f".join(texts).encode("utf-8", "surrogatepass") + b"\x1e")
        for cells in (self.quality, self.cost_usd):
            digest.update(b"-" if cells is None else np.ascontiguousarray(cells).tobytes())
        return digest.hexdigest()[:16]

    def take(self, rows: ArrayLike) -> Self:
        """Return the table of these prompts, by positions (in their order) or by a boolean mask."""
        chosen = np.asarray(rows)
        index = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.intp)
        positions = index.tolist()

        def of(values: Sequence[Any] | None) -> tuple[Any, ...] | None:
            return None if values is None else tuple(values[i] for i in positions)

        taken: dict[str, Any] = {
            **{name: of(getattr(self, name)) for name in ("prompt_ids", "prompts", "datasets", "categories")},
            **{name: None if (cells := getattr(self, name)) is None else cells[index] for name in _CELLS},
            "columns": {name: of(values) for name, values in self.columns.items()},
        }
        return replace(self, **taken)

    def of_models(self, models: Iterable[str]) -> Self:
        """Return the table of these models, in this order.

        Raises:
            OutcomeError: if one is not in the table.
        """
        places = {name: i for i, name in enumerate(self.models)}
        names = tuple(models)
        for name in names:
            if name not in places:
                msg = f"{self.name}: there is no model {name!r}.{did_you_mean(name, self.models)}"
                raise OutcomeError(msg)
        index = [places[name] for name in names]
        taken: dict[str, Any] = {
            name: None if (cells := getattr(self, name)) is None else cells[:, index] for name in _CELLS
        }
        return replace(self, models=names, **taken)

    def split(self, train: float = 0.7, seed: int = 42) -> tuple[Self, Self]:
        """Return a training and a test table, stratified by dataset (LLMRouterBench, B.2).

        Rows with the same prompt text are never parted. The same seed gives the same split,
        whatever the order of the rows.

        Raises:
            OutcomeError: if `train` is not between 0 and 1.
        """
        first, second = self.split_rows((train, 1 - train), seed)
        return self.take(first), self.take(second)

    def split_rows(self, fractions: Sequence[float], seed: int = 42) -> tuple[NDArray[np.intp], ...]:
        """Return the rows of each part of a split like `split`'s, with any number of parts."""
        if any(not 0 < fraction < 1 for fraction in fractions):
            msg = f"{self.name}: a split into {fractions}; each part is a fraction between 0 and 1."
            raise OutcomeError(msg)
        return grouped_split(self.prompts, self.datasets, fractions, seed)

    def utility(self, cost_weight: float) -> NDArray[np.float64]:
        """Return quality − λ · cost, shape (n, m) (LLMRank, equation 11); λ per USD per prompt.

        Raises:
            OutcomeError: if λ is not 0 and the table has no cost.
        """
        if cost_weight == 0:
            return self.quality
        return self.quality - cost_weight * self.costs()

    def costs(self) -> NDArray[np.float64]:
        """Return the costs.

        Raises:
            OutcomeError: if the table has none.
        """
        if self.cost_usd is None:
            msg = f"{self.name} has no costs. Estimate them with `with_estimated_costs(prices)`, or use a cost weight of 0."
            raise OutcomeError(msg)
        return self.cost_usd

    def with_estimated_costs(
        self,
        prices: Mapping[str, Price],
        *,
        completion_tokens: float | None = None,
        characters_per_token: float = CHARACTERS_PER_TOKEN,
    ) -> Self:
        """Return the table with each unknown cost estimated from tokens, or characters, and list prices.

        A table that knows every cost is returned as it is: its costs stay measured.

        Args:
            prices: Model → price.
            completion_tokens: What to take for the length of an answer of which nothing is known.
            characters_per_token: How long a token is taken to be where only characters are known.

        Raises:
            OutcomeError: if a model whose costs are not all known has no price, or the length of such an
                answer is unknown.
        """
        unknown = ~np.isnan(self.quality)
        if self.cost_usd is not None:
            unknown &= np.isnan(self.cost_usd)
        if not unknown.any():
            return self
        needed = [unknown[:, i].any() for i in range(len(self.models))]
        pairs = zip(self.models, needed, strict=True)
        rates = np.array([self._rates(name, prices) if is_needed else (np.nan, np.nan) for name, is_needed in pairs])
        asked = self._tokens_in(characters_per_token)
        answered = self._tokens_out(completion_tokens, characters_per_token, unknown)
        estimate = tokens_cost_usd(asked, answered, rates[:, 0], rates[:, 1])
        otherwise = np.nan if self.cost_usd is None else self.cost_usd
        return replace(self, cost_usd=np.where(unknown, estimate, otherwise), cost_source="estimated")

    def _rates(self, name: str, prices: Mapping[str, Price]) -> tuple[float, float]:
        price = prices.get(name)
        if price is None or price.input_usd_per_1m_tokens is None or price.output_usd_per_1m_tokens is None:
            msg = f"{self.name}: no list price of {name!r}, so its cost cannot be estimated. Give its price, or leave it out."
            raise OutcomeError(msg)
        return price.input_usd_per_1m_tokens, price.output_usd_per_1m_tokens

    def _tokens_in(self, characters_per_token: float) -> NDArray[np.float64]:
        lengths = self.columns.get(_PROMPT_LENGTH) or [len(prompt) for prompt in self.prompts]
        guess = np.repeat(np.array(lengths, dtype=float)[:, None], len(self.models), axis=1) / characters_per_token
        return (
            guess if self.prompt_tokens is None else np.where(np.isnan(self.prompt_tokens), guess, self.prompt_tokens)
        )

    def _tokens_out(
        self, otherwise: float | None, characters_per_token: float, needed: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        tokens = np.full(self.quality.shape, np.nan if otherwise is None else otherwise)
        lengths = self.output_chars
        if lengths is None and self.responses is not None:
            measure = np.frompyfunc(lambda text: np.nan if text is None else len(text), 1, 1)
            lengths = measure(self.responses).astype(float)
        for known in (None if lengths is None else lengths / characters_per_token, self.completion_tokens):
            tokens = tokens if known is None else np.where(np.isnan(known), tokens, known)
        missing = np.isnan(tokens) & needed
        if missing.any():
            msg = (
                f"{self.name}: the length of {int(missing.sum()):,} answers is unknown (no completion_tokens, "
                "output_chars or response), so their cost cannot be estimated. "
                "Say how long an answer is taken to be: `completion_tokens`, or --answer-tokens."
            )
            raise OutcomeError(msg)
        return tokens


def _cells(name: str, values: ArrayLike, shape: tuple[int, int]) -> NDArray[Any]:
    array = np.array(values, dtype=object if name == "responses" else float)
    if array.shape != shape:
        msg = f"{name} has shape {array.shape}, but there are {shape[0]} prompts × {shape[1]} models."
        raise OutcomeError(msg)
    array.setflags(write=False)
    return array


FIELD_NAMES = tuple(item.name for item in fields(OutcomeTable))
