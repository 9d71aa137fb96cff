"""Two classifiers in a row: a quick one, and another that is asked only where the first is unsure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.base import NO_ANSWER, TaskClassifier
from langchain_dynaroute.classifiers.trade_off import checked_part, chosen_row, confidence_of, trade_off
from langchain_dynaroute.errors import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_dynaroute.classifiers.trade_off import Part, TradeOff
    from langchain_dynaroute.profiles import TaskProfile


class CascadeClassifier(TaskClassifier):
    """Asks a second classifier about those prompts that the first is not sure of.

    What the cascade is `on` is what the first's confidence is read from and what the second then
    decides; the rest stays the first's. The profile's `note` says who decided. If the second
    fails, the first's profile stands, with the reason. What either spends is the router's own.
    """

    name = "cascade"

    def __init__(
        self,
        second: TaskClassifier,
        first: TaskClassifier | None = None,
        *,
        threshold: float = 0.5,
        on: Part = "category",
    ) -> None:
        """Store the classifiers.

        Args:
            second: The slower and better one, such as a `ChatModelClassifier`.
            first: The quick one; default is the embedded. If it tells no probabilities, all is sent on.
            threshold: A prompt is sent on if the first's confidence is under it; `calibrate` finds one.
            on: `"category"`, `"level"`, or `"both"`: unsure of either, and the second decides both.

        Raises:
            ClassifierError: if `on` is none of these.
        """
        if first is None:
            from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

            first = EmbeddedClassifier()
        self.first = first
        self.second = second
        self.threshold = threshold
        self.on = checked_part(on)
        self.threshold_: float | None = None

    @property
    def version(self) -> str:
        """Both classifiers, for cache keys."""
        return "+".join(f"{one.name}-{getattr(one, 'version', '')}" for one in (self.first, self.second))

    def classify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt; never raises for what the second does."""
        profile = self.first.classify(prompt)
        if not self._is_unsure(profile):
            return self._kept(profile)
        try:
            return self._joined(profile, self.second.classify(prompt))
        except Exception as error:  # noqa: BLE001 - the first's profile is there to stand in
            return self._without_second(profile, describe(error))

    async def aclassify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt, async; never raises for what the second does."""
        profile = await self.first.aclassify(prompt)
        if not self._is_unsure(profile):
            return self._kept(profile)
        try:
            return self._joined(profile, await self.second.aclassify(prompt))
        except Exception as error:  # noqa: BLE001 - the first's profile is there to stand in
            return self._without_second(profile, describe(error))

    def batch(self, prompts: Sequence[str | Sequence[BaseMessage]]) -> list[TaskProfile]:
        """Return the profiles of many prompts; those the first is unsure of are sent on in one batch."""
        profiles = self.first.batch(prompts)
        unsure = [place for place, profile in enumerate(profiles) if self._is_unsure(profile)]
        sent = set(unsure)
        joined = [self._kept(profile) if i not in sent else profile for i, profile in enumerate(profiles)]
        if not unsure:
            return joined
        try:
            answers = self.second.batch([prompts[place] for place in unsure])
            for place, answer in zip(unsure, answers, strict=True):
                joined[place] = self._joined(profiles[place], answer)
        except Exception as error:  # noqa: BLE001 - the first's profiles are there to stand in
            for place in unsure:
                joined[place] = self._without_second(profiles[place], describe(error))
        return joined

    def calibrate(
        self,
        prompts: Sequence[str | Sequence[BaseMessage]],
        profiles: Sequence[TaskProfile],
        *,
        max_share: float | None = None,
        min_gain: float | None = None,
    ) -> tuple[TradeOff, ...]:
        """Ask both about every prompt, keep the best threshold as `threshold_`, and return the trade-off.

        Args:
            prompts: Prompts as they come, none of which either classifier was trained on.
            profiles: What is right for each.
            max_share: How many may be sent on, in [0, 1].
            min_gain: How much accuracy must be gained, with as few sent on as can be.

        Raises:
            ClassifierError: if no threshold gains `min_gain`, or prompts and profiles do not match.
        """
        started = time.perf_counter()
        first = self.first.batch(prompts)
        halfway = time.perf_counter()
        sent_on = [self._joined(*pair) for pair in zip(first, self.second.batch(prompts), strict=True)]
        per_prompt = 1 / max(len(first), 1)
        rows = trade_off(
            first,
            sent_on,
            profiles,
            on=self.on,
            first_latency_s=(halfway - started) * per_prompt,
            second_latency_s=(time.perf_counter() - halfway) * per_prompt,
        )
        self.threshold_ = chosen_row(rows, max_share=max_share, min_gain=min_gain).threshold
        return rows

    def _is_unsure(self, profile: TaskProfile) -> bool:
        threshold = self.threshold if self.threshold_ is None else self.threshold_
        return confidence_of(profile, self.on) < threshold

    def _joined(self, first: TaskProfile, second: TaskProfile) -> TaskProfile:
        """Return the first's profile with the second's word on what the cascade is on."""
        spent = _spent(first, second)
        if second.note.startswith(NO_ANSWER):
            return self._without_second(first, second.note).model_copy(update=spent)
        fields = {
            "category": ("category", "category_probabilities", "evidence"),
            "level": ("level", "level_probabilities"),
            "both": ("category", "category_probabilities", "level", "level_probabilities", "evidence"),
        }[self.on]
        sure = confidence_of(first, self.on)
        note = f"{self.on} by {self.second.name}, for {self.first.name} was {sure:.0%} sure of {first}"
        taken = {field: getattr(second, field) for field in fields}
        return first.model_copy(update={**taken, **spent, "note": _noted(note, second.note)})

    def _kept(self, first: TaskProfile) -> TaskProfile:
        sure = confidence_of(first, self.on)
        return first.model_copy(update={"note": _noted(f"decided by {self.first.name}, {sure:.0%} sure", first.note)})

    def _without_second(self, first: TaskProfile, reason: str) -> TaskProfile:
        note = f"decided by {self.first.name}, since {self.second.name} failed: {reason}"
        return first.model_copy(update={"note": _noted(note, first.note)})


def _noted(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _spent(first: TaskProfile, second: TaskProfile) -> dict[str, Any]:
    """Return what both spent; the cost is unknown as soon as that of either is."""
    paid = [profile for profile in (first, second) if profile.usage is not None]
    if len(paid) < 2:  # noqa: PLR2004 - one of the two, or none
        return {"usage": paid[0].usage, "cost_usd": paid[0].cost_usd} if paid else {"usage": None, "cost_usd": None}
    from langchain_core.messages.ai import add_usage

    costs = [profile.cost_usd for profile in paid]
    usage = add_usage(*(profile.usage for profile in paid))  # type: ignore[arg-type]
    return {"usage": dict(usage), "cost_usd": None if None in costs else sum(cost or 0.0 for cost in costs)}
