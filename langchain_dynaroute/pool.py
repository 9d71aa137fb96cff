"""Who may answer: candidates with their price, abilities, scores, and whether they are in reach."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from langchain_core.load.serializable import Serializable
from pydantic import ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from langchain_dynaroute import local_model, reach
from langchain_dynaroute.benchmarks import (
    BenchmarkTable,
    CategoryMap,
    ModelRow,
    canonical_benchmark,
    provider_names,
    read_models,
)
from langchain_dynaroute.decisions import RejectedCandidate
from langchain_dynaroute.errors import PoolError, did_you_mean
from langchain_dynaroute.pricing import Price, mapped_price, price_map_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from langchain_core.messages import BaseMessage

_CHARACTERS_PER_TOKEN = 4
"""Rule of thumb for ASCII text; a character outside ASCII counts as a token of its own."""
_TOKENS_PER_IMAGE = 800


@dataclass(frozen=True)
class RequestNeeds:
    """What a request asks of whichever candidate answers it."""

    input_tokens: int = 0
    """Estimated from the text, erring on the high side for non-Latin scripts."""
    tool_calling: bool = False
    structured_output: bool = False
    """By a schema or by a tool."""
    response_format: bool = False
    """By a schema alone: the caller has already put it into that form."""
    image_input: bool = False

    @classmethod
    def of(cls, messages: Iterable[BaseMessage], **needs: bool) -> Self:
        """Read the needs off `messages`; what else the call `needs` is given by name."""
        tokens, images = 0, 0
        for message in messages:
            content = message.content
            for block in [content] if isinstance(content, str) else content:
                if isinstance(block, str):
                    tokens += estimate_tokens(block)
                elif block.get("type") in {"image", "image_url", "input_image"}:
                    images += 1
                else:
                    tokens += estimate_tokens(str(block.get("text", "")))
        return cls(input_tokens=tokens + images * _TOKENS_PER_IMAGE, image_input=images > 0, **needs)


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a text has, without a tokenizer."""
    ascii_characters = len(text) if text.isascii() else len(text.encode("ascii", "ignore"))
    return ascii_characters // _CHARACTERS_PER_TOKEN + len(text) - ascii_characters


class Candidate(Serializable):
    """A chat model that may answer.

    `model` is a LiteLLM id (`"gpt-4.1"`, `"gemini/gemini-2.5-flash"`) or any LangChain chat
    model. Without both prices a candidate is left out of the tiers. `scores` are benchmark
    results in percent; `params` go to every call.

    Raises:
        PoolError: naming the candidate, the field and the rule.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str = Field(min_length=1)
    model: Any = None
    input_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    output_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cached_input_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    reasoning_usd_per_1m_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    scores: dict[str, float] = Field(default_factory=dict)
    measured_usd_per_prompt: dict[str, float] = Field(default_factory=dict, repr=False)
    """Benchmark → measured USD for one of its prompts; used with `cost="measured"`."""
    params: dict[str, Any] = Field(default_factory=dict)
    api_key: SecretStr | None = None
    secret_params: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)
    """Parameters that are credentials (`aws_secret_access_key`, headers): sent, never shown or saved.
    Those given in `params` are moved here."""
    key_env: str = ""
    """Environment variable of its key, `|` between alternatives; found from the id if empty."""
    max_input_tokens: int | None = Field(default=None, gt=0)
    tool_calling: bool | None = None
    structured_output: bool | None = None
    image_input: bool | None = None
    last_resort: bool = False
    """Rank it behind every other candidate, whatever its scores and price."""

    def __init__(self, name: str | None = None, model: Any = None, **data: Any) -> None:
        """Accept `name` and `model` by position too."""
        given = {"name": name, "model": model, **data}
        try:
            super().__init__(**given)
        except ValidationError as error:
            rules = "; ".join(
                f"{'.'.join(map(str, item['loc'])) or 'candidate'}: {item['msg']}" for item in error.errors()
            )
            msg = f"Candidate {name!r}: {rules}."
            raise PoolError(msg) from None

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Say that `dumpd` saves a candidate."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Say where `load` finds it."""
        return ["langchain_dynaroute", "pool"]

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Say which environment variable `load` takes the key from: it is never saved."""
        return {"api_key": next(iter(self._key_variables()), "API_KEY")}

    @field_validator("model")
    @classmethod
    def _check_model(cls, model: Any) -> Any:
        if model is None or isinstance(model, str) or hasattr(model, "_generate"):
            return model or None
        msg = f"must be a LiteLLM id or a LangChain chat model, not {type(model).__name__}"
        raise ValueError(msg)

    @field_validator("scores")
    @classmethod
    def _check_scores(cls, scores: dict[str, float]) -> dict[str, float]:
        for benchmark, percent in scores.items():
            if not 0 <= percent <= 100:  # noqa: PLR2004 - percent
                msg = f"{benchmark} is {percent:g}, but a score is a percentage from 0 to 100"
                raise ValueError(msg)
        return {canonical_benchmark(benchmark): percent for benchmark, percent in scores.items()}

    @model_validator(mode="before")
    @classmethod
    def _keep_key_secret(cls, data: Any) -> Any:
        """Move what is secret out of `params`, which are printed and saved, to where it is not."""
        params = data.get("params") or {}
        if not isinstance(params, dict) or not any(map(_SECRET_PARAMETER.search, params)):
            return data
        secrets = {key: value for key, value in params.items() if _SECRET_PARAMETER.search(key)}
        key = secrets.pop("api_key", None)
        return {
            **data,
            "params": {key: value for key, value in params.items() if not _SECRET_PARAMETER.search(key)},
            "api_key": data.get("api_key") or key,
            "secret_params": {**(data.get("secret_params") or {}), **secrets},
        }

    @classmethod
    def from_row(cls, row: ModelRow) -> Self:
        """Make a candidate of a table's row."""
        return cls(
            name=row.name,
            model=row.model,
            params=row.params,
            key_env=row.key_env,
            max_input_tokens=row.max_input_tokens,
            tool_calling=row.tool_calling,
            structured_output=row.structured_output,
            image_input=row.image_input,
            last_resort=row.last_resort,
            scores=row.scores,
            measured_usd_per_prompt=row.measured_usd_per_prompt,
            **row.price.model_dump(),
        )

    def to_row(self) -> ModelRow:
        """Return what the benchmark table keeps of this candidate."""
        return ModelRow(
            name=self.name,
            model=self.model if isinstance(self.model, str) else "",
            price=self.price,
            last_resort=self.last_resort,
            scores=self.scores,
            measured_usd_per_prompt=self.measured_usd_per_prompt,
        )

    @property
    def call_params(self) -> dict[str, Any]:
        """Everything that goes to every call, credentials among it."""
        return {**self.params, **self.secret_params}

    def secrets(self) -> list[str]:
        """Return its credentials as texts, for redaction."""
        return [*_texts(self.api_key), *_texts(self.secret_params)]

    @property
    def price(self) -> Price:
        """Its own prices; nothing is looked up, so what is missing stays missing."""
        return Price(**{key: getattr(self, key) for key in Price.model_fields})

    @property
    def billing_price(self) -> Price:
        """Its prices, with LiteLLM's rates for cached and reasoning tokens where it has none."""
        if not isinstance(self.model, str):
            return self.price
        mapped = mapped_price(self.model)
        rates = {
            key: getattr(self, key) if getattr(self, key) is not None else getattr(mapped, key)
            for key in ("cached_input_usd_per_1m_tokens", "reasoning_usd_per_1m_tokens")
        }
        return self.price.model_copy(update=rates)

    @property
    def model_id(self) -> str:
        """Its LiteLLM id, or the model name that its chat model reports."""
        if isinstance(self.model, str):
            return self.model
        if self.model is None:
            return self.name
        params = self.model._get_ls_params()  # noqa: SLF001 - the one place LangChain names the model
        return str(params.get("ls_model_name") or self.name)

    @property
    def provider(self) -> str:
        """Who runs it, in LangChain's names (`"openai"`, `"google_genai"`, …)."""
        if isinstance(self.model, str):
            litellm_provider = reach.litellm_provider(self.model, self._custom_provider)
            return provider_names().get(litellm_provider, litellm_provider)
        if self.model is None:
            return "unknown"
        return str(self.model._get_ls_params().get("ls_provider") or self.model._llm_type)  # noqa: SLF001

    def ability(self, name: str) -> Any:
        """Return an ability: its own, else its chat model's profile, else LiteLLM's map, else None.

        Args:
            name: `"max_input_tokens"`, `"tool_calling"`, `"structured_output"` or `"image_input"`.
        """
        own = getattr(self, name)
        if own is not None or self.model is None:
            return own
        if isinstance(self.model, str):
            return price_map_entry(self.model).get(_MAP_ABILITIES[name])
        profile = getattr(self.model, "profile", None) or {}
        known = profile.get(_PROFILE_ABILITIES.get(name, name))
        if known is None and name == "tool_calling" and not _overrides_bind_tools(self.model):
            return False
        return known

    def missing(self) -> str | None:
        """Return what keeps it from being reached now, or None. No request is made."""
        if self.model is None:
            return "a LiteLLM id: none is known, so give this candidate a `model`"
        if not isinstance(self.model, str) or self.api_key or "api_base" in self.params or "base_url" in self.params:
            return None
        return reach.missing(self.model, self._key_variables())

    def _key_variables(self) -> tuple[str, ...]:
        if self.key_env:
            return reach.split_variables(self.key_env)
        return reach.key_variables(self.model, self._custom_provider) if isinstance(self.model, str) else ()

    @property
    def _custom_provider(self) -> str | None:
        named = self.params.get("custom_llm_provider")
        return str(named) if named else None

    def shortfall(self, needs: RequestNeeds) -> str | None:
        """Return why it may not answer a request with these needs, or None."""
        window = self.ability("max_input_tokens")
        if window is not None and needs.input_tokens > window:
            return f"context window of {window:,} tokens is too small for about {needs.input_tokens:,}"
        if (
            needs.structured_output
            and self.ability("structured_output") is False
            and self.ability("tool_calling") is False
        ):
            return "cannot give structured output, by schema or by tool"
        if needs.response_format and self.ability("structured_output") is False:
            return "cannot follow a response format"
        for need, words in _NEED_WORDS.items():
            if getattr(needs, need) and self.ability(need) is False:
                return words
        return None


_SECRET_PARAMETER = re.compile(r"(^|_)(key|key_id|token|credentials?|headers)$|secret|password", re.IGNORECASE)
_MAP_ABILITIES = {
    "max_input_tokens": "max_input_tokens",
    "tool_calling": "supports_function_calling",
    "structured_output": "supports_response_schema",
    "image_input": "supports_vision",
}
_PROFILE_ABILITIES = {"image_input": "image_inputs"}
_NEED_WORDS = {
    "tool_calling": "cannot call tools",
    "image_input": "cannot read images",
}


def _texts(value: Any) -> list[str]:
    if isinstance(value, SecretStr):
        return [value.get_secret_value()]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def _overrides_bind_tools(model: Any) -> bool:
    from langchain_core.language_models.chat_models import BaseChatModel

    return type(model).bind_tools is not BaseChatModel.bind_tools


class ModelPool:
    """The candidates under comparison, in the order given; names are unique."""

    def __init__(
        self, candidates: Iterable[Candidate], name: str = "custom", category_map: CategoryMap | None = None
    ) -> None:
        """Hold `candidates`; `category_map` says which benchmarks speak for which category."""
        self.candidates = tuple(candidates)
        self.name = name
        self._by_name: dict[str, Candidate] = {}
        for candidate in self.candidates:
            if not isinstance(candidate, Candidate):
                msg = f"A pool holds candidates, not {type(candidate).__name__}. Write Candidate(name=…, model=…)."
                raise PoolError(msg)
            if candidate.name in self._by_name:
                msg = f"The name {candidate.name!r} stands twice in the pool; names are unique."
                raise PoolError(msg)
            self._by_name[candidate.name] = candidate
        if not self.candidates:
            msg = "A pool needs at least one candidate."
            raise PoolError(msg)
        self._category_map = category_map

    @classmethod
    def load(cls, name_or_path: str | Path, category_map: str | Path | None = None) -> Self:
        """Load a shipped pool (`"flagship"`, `"dynaroute-paper"`, `"lightweight"`) or a CSV file.

        Raises:
            TableError: naming file, row and rule.
        """
        table = BenchmarkTable.load(name_or_path, category_map)
        return cls(map(Candidate.from_row, table.rows), table.name, table.category_map)

    @cached_property
    def benchmarks(self) -> BenchmarkTable:
        """The pool's models × benchmarks, with prices."""
        return BenchmarkTable((c.to_row() for c in self.candidates), self.name, self._category_map)

    def updated(self, added: Sequence[Candidate] | Candidate | str | Path) -> ModelPool:
        """Return a pool in which `added` (candidates, or a CSV file) replace or join the present ones."""
        if isinstance(added, Candidate):
            added = [added]
        elif isinstance(added, (str, os.PathLike)):
            added = [Candidate.from_row(row) for row in read_models(added, self._category_map)]
        merged = {**self._by_name, **{candidate.name: candidate for candidate in added}}
        return ModelPool(merged.values(), self.name, self._category_map)

    @cached_property
    def description(self) -> str:
        """All that is said of the candidates, as JSON without secrets; a chat model can change its id, so no ids."""
        shown = [candidate.model_dump(mode="python", exclude={"api_key", "model"}) for candidate in self.candidates]
        return json.dumps(shown, sort_keys=True, default=str)

    @cached_property
    def looks_at_disk(self) -> bool:
        """Whether finding out who is in reach looks for a file: local models need theirs."""
        return any(isinstance(c.model, str) and c.model.startswith(local_model.PREFIX) for c in self.candidates)

    def eligible(self, needs: RequestNeeds) -> tuple[tuple[Candidate, ...], tuple[RejectedCandidate, ...]]:
        """Split the pool into those that may answer, and those that may not, each with a reason."""
        shortfalls = {candidate.name: candidate.shortfall(needs) for candidate in self.candidates}
        kept = tuple(candidate for candidate in self.candidates if shortfalls[candidate.name] is None)
        rejected = tuple(RejectedCandidate(name=name, reason=why) for name, why in shortfalls.items() if why)
        return kept, rejected

    def find(self, name_or_id: str) -> Candidate:
        """Return the candidate of a name or LiteLLM id.

        Raises:
            PoolError: naming the nearest names.
        """
        if name_or_id in self._by_name:
            return self._by_name[name_or_id]
        for candidate in self.candidates:
            if name_or_id == candidate.model_id:
                return candidate
        msg = f"The pool {self.name!r} has no model {name_or_id!r}.{did_you_mean(name_or_id, self._by_name)}"
        raise PoolError(msg)

    def __getitem__(self, name: str) -> Candidate:
        """Return the candidate called `name`."""
        return self._by_name[name]

    def __iter__(self) -> Iterator[Candidate]:
        """Iterate over the candidates in order."""
        return iter(self.candidates)

    def __len__(self) -> int:
        """Count the candidates."""
        return len(self.candidates)

    def __repr__(self) -> str:
        """Name the pool and its size."""
        return f"ModelPool({self.name!r}, {len(self)} candidates)"


def as_pool(pool: ModelPool | str | Path | Iterable[Candidate] | None) -> ModelPool:
    """Return a pool from whatever a user may give: a pool, a name, a path, candidates, or nothing."""
    if isinstance(pool, ModelPool):
        return pool
    if pool is None:
        return ModelPool.load("flagship")
    if isinstance(pool, (str, os.PathLike)):
        return ModelPool.load(pool)
    return ModelPool(pool)
