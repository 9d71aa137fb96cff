"""Which feature moves which model, and which way: what a router that explains itself says of its features."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from langchain_dynaroute.bench.feature_influence import SHOWN
from langchain_dynaroute.bench.llmrank_tables import PRESETS
from langchain_dynaroute.bench.report.formats import clean, decimal, is_there, listed, number
from langchain_dynaroute.bench.report.heat_map import STEPS
from langchain_dynaroute.bench.report.roster import rows_of
from langchain_dynaroute.features import FEATURES

if TYPE_CHECKING:
    from langchain_dynaroute.bench.report.roster import Roster, Row

_CLEAR = 0.5
"""From this correlation on, a contribution is said to go one way."""
_COVERED = 0.9
"""So large a part of the contributions is told apart by colour; the others have the deepest."""
_NICE = (1.0, 2.0, 3.0, 5.0, 10.0)
_FEW_MODELS = 3
_STRENGTH = "mean contribution"
_MOVES, _DIRECTION = " moves", " direction"
_PRESET_WORDS = {
    "perf": "quality alone (λ = 0)",
    "balanced": "balanced (λ = 10³)",
    "cost": "cost above all (λ = 10⁵)",
}
_ABOUT = {feature.name: feature.about for feature in FEATURES}


class Influence(NamedTuple):
    """How far a feature moves a model."""

    moves: float
    """Mean absolute contribution to the model's utility, over the mean of all models."""
    direction: float
    """Correlation of the feature's value with it; NaN where the feature is many numbers."""

    @property
    def is_clear(self) -> bool:
        """Whether more of the feature mostly moves the model one way."""
        return self.moves > 0 and is_there(self.direction) and abs(self.direction) >= _CLEAR

    @property
    def signed(self) -> float:
        """The contribution, below 0 where more of the feature speaks against the model; NaN where it is not clear."""
        return math.copysign(self.moves, self.direction) if self.is_clear else math.nan


def influences(roster: Roster) -> list[InfluenceData]:
    """Return the frames of LLMRank's routers that a run has, from quality alone to cost above all."""
    found = [InfluenceData(roster, router) for router in PRESETS]
    return [data for data in found if data.is_whole]


@dataclass(frozen=True, eq=False)
class InfluenceData:
    """What one router says of its features."""

    roster: Roster
    router: str

    @property
    def name(self) -> str:
        """The name of the frame."""
        return f"{self.router}_features_by_model"

    @property
    def is_whole(self) -> bool:
        """Whether there is a frame with the columns it should have: any other is shown as it is."""
        frame = self.roster.results.extra.get(self.name)
        if frame is None or not len(frame) or not {"feature", _STRENGTH} <= set(frame.columns):
            return False
        return bool(self._columns) and all(f"{model}{_DIRECTION}" in frame for model in self._columns)

    @property
    def _columns(self) -> list[str]:
        columns = map(str, self.roster.results.extra[self.name].columns)
        return [column.removesuffix(_MOVES) for column in columns if column.endswith(_MOVES)]

    @property
    def title(self) -> str:
        """The title of its section."""
        return f"LLMRank, {_PRESET_WORDS[PRESETS[self.router]]}: which feature moves which model"

    @cached_property
    def models(self) -> dict[str, str]:
        """Model → its name without its maker, where that is still one model's name."""
        full = [clean(model) for model in self._columns]
        bare = [name.rsplit("/", 1)[-1] for name in full]
        return {
            model: own if own and bare.count(own) == 1 else name
            for model, name, own in zip(self._columns, full, bare, strict=True)
        }

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Feature → its row, the strongest first."""
        rows = sorted(
            rows_of(self.roster.results.extra[self.name]),
            key=lambda row: -number(row[_STRENGTH]) if is_there(row[_STRENGTH]) else math.inf,
        )
        return {clean(row["feature"]): row for row in rows[:SHOWN]}

    def at(self, feature: str, model: str) -> Influence:
        """Return how far a feature moves a model."""
        row = self.rows[feature]
        return Influence(number(row[f"{model}{_MOVES}"]), number(row[f"{model}{_DIRECTION}"]))

    @cached_property
    def _sizes(self) -> list[float]:
        """The sizes of the contributions with a clear direction, the smallest first."""
        every = (self.at(feature, model).signed for feature in self.rows for model in self.models)
        return sorted(abs(value) for value in every if is_there(value))

    @cached_property
    def step(self) -> float:
        """How much one step of colour stands for."""
        wide = self._sizes[int(_COVERED * (len(self._sizes) - 1))] / STEPS if self._sizes else 0.0
        if not wide > 0:
            return 1.0
        unit = 10.0 ** math.floor(math.log10(wide))
        return unit * next(nice for nice in _NICE if nice * unit >= wide * (1 - 1e-9))

    def step_of(self, found: Influence) -> int:
        """Return the step of colour, from -5 to 5; 0 is under half a step, or no clear direction."""
        return max(-STEPS, min(STEPS, round(found.signed / self.step))) if found.is_clear else 0

    @property
    def _digits(self) -> int:
        largest = self._sizes[-1] if self._sizes else 0.0
        return max(1, 1 - math.floor(math.log10(largest))) if largest > 0 else 1

    def text(self, found: Influence) -> str:
        """Return a contribution in words: `±` where it has no clear direction."""
        if found.is_clear or not is_there(found.moves):
            return decimal(found.signed, self._digits, sign=True)
        size = decimal(found.moves, self._digits)
        return f"±{size}" if found.moves > 0 else size

    def strength(self, feature: str) -> str:
        """Return a feature's mean contribution over all models."""
        return decimal(self.rows[feature][_STRENGTH], self._digits)

    @property
    def opening(self) -> str:
        """Which feature is the strongest, and whom it moves up and down."""
        pulling = [name for name in self.rows if any(self.at(name, model).is_clear for model in self.models)]
        if not pulling:
            return "No feature moves any model clearly one way."
        first = pulling[0]
        up, down = self._moved(first, 1), self._moved(first, -1)
        aside = next(iter(self.rows))
        told = "" if aside == first else (
            f"{label(aside)[0].upper()}{label(aside)[1:]} as a whole moves models most ({self.strength(aside)} of utility "
            "on average), but is many numbers without one direction. Of the features that a reader can name, "
        )  # fmt: skip
        ways = [f"speaks for {up}" if up else "", f"{'against' if up else 'speaks against'} {down}" if down else ""]
        start = f"{told}{described(first)} is the strongest ({self.strength(first)} of utility on average)"
        return f"{start[0].upper()}{start[1:]}: more of it {' and '.join(filter(None, ways))}."

    def _moved(self, feature: str, sign: int) -> str:
        """Return the models that a feature moves up (1) or down (-1), the most moved first."""
        signed = {model: sign * self.at(feature, model).signed for model in self.models}
        moved = sorted((model for model in signed if signed[model] > 0), key=lambda model: -signed[model])
        return listed((f"{self.models[m]} ({self.text(self.at(feature, m))})" for m in moved), most=_FEW_MODELS + 1)


def label(feature: str) -> str:
    """Return a feature's name as words."""
    return feature.replace("_", " ")


def described(feature: str) -> str:
    """Return a feature's name with what it measures, where that is known."""
    about = _ABOUT.get(feature)
    return f"{label(feature)} ({about})" if about and about != label(feature) else label(feature)
