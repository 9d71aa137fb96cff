"""A cascade: a second classifier is asked only about what the first is unsure of."""

from __future__ import annotations

import io
from typing import Any

import pytest
from fakes import USAGE, FixedClassifier, Judge, candidate
from rich.console import Console
from test_chat_classifier import GOOD

from langchain_dynaroute import Candidate, Category, DynaRouteChatModel, TaskProfile
from langchain_dynaroute.classifiers import CascadeClassifier, ChatModelClassifier, EmbeddedClassifier, TaskClassifier
from langchain_dynaroute.classifiers.trade_off import TradeOff, chosen_row, print_trade_off, trade_off
from langchain_dynaroute.errors import ClassifierError


def said(category: str, sure: float, level: int = 1, level_sure: float = 0.9, **more: Any) -> TaskProfile:
    return TaskProfile(
        category=category,
        level=level,
        category_probabilities={category: sure},
        level_probabilities={level: level_sure},
        **more,
    )


class Scripted(TaskClassifier):
    """Says of each prompt what it is told to, and counts what it is asked."""

    def __init__(self, name: str, answers: dict[str, TaskProfile], error: str = "") -> None:
        self.name = name
        self.answers = answers
        self.error = error
        self._asked: list[list[str]] = []

    def classify(self, prompt):
        return self.batch([prompt])[0]

    def batch(self, prompts):
        self._asked.append(list(prompts))
        if self.error:
            raise RuntimeError(self.error)
        return [self.answers[prompt] for prompt in prompts]


FIRST = {
    "sure": said("Law", 0.9, evidence=("court",)),
    "unsure": said("Law", 0.3, evidence=("court",)),
    "level?": said("Law", 0.8, 1, 0.4, evidence=("court",)),
}
SECOND = {prompt: said("History", 0.6, 3) for prompt in FIRST}


def cascade(error: str = "", **options) -> CascadeClassifier:
    return CascadeClassifier(Scripted("second", SECOND, error), Scripted("first", FIRST), **options)


async def ask(classifier: TaskClassifier, prompt: str, way: str) -> TaskProfile:
    if way == "batch":
        return classifier.batch([prompt])[0]
    return classifier.classify(prompt) if way == "sync" else await classifier.aclassify(prompt)


WAYS = pytest.mark.parametrize("way", ["sync", "async", "batch"])


@WAYS
async def test_where_the_first_is_sure_the_second_is_not_asked(way) -> None:
    """A confident profile stands, its note says who decided, and the second sees nothing."""
    asked = cascade()
    profile = await ask(asked, "sure", way)
    assert Category.LAW == profile.category
    assert ("court",) == profile.evidence
    assert "decided by first, 90% sure" == profile.note
    assert [] == asked.second._asked


@WAYS
async def test_where_the_first_is_unsure_the_second_decides(way) -> None:
    """Under the threshold the second decides the category; the level stays the first's; the note says so."""
    profile = await ask(cascade(), "unsure", way)
    assert (Category.HISTORY, 1) == (profile.category, profile.level)
    assert 0.6 == profile.confidence
    assert () == profile.evidence
    assert "category by second, for first was 30% sure of Law, level 1 simple" == profile.note


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("category", [("Law", 1), ("History", 1), ("Law", 1)]),
        ("level", [("Law", 1), ("Law", 1), ("Law", 3)]),
        ("both", [("Law", 1), ("History", 3), ("History", 3)]),
    ],
)
def test_what_it_is_on_is_what_is_tested_and_taken(on, expected) -> None:
    """On the level, the level's confidence is tested and the level is taken; on both, either sends on."""
    profiles = cascade(on=on).batch(list(FIRST))
    assert expected == [(profile.category.value, profile.level) for profile in profiles]


@WAYS
async def test_when_the_second_fails_the_first_stands(way) -> None:
    """An exception of the second leaves the first's profile, with the reason in its note."""
    profile = await ask(cascade(error="out of memory"), "unsure", way)
    assert Category.LAW == profile.category
    assert "decided by first, since second failed: RuntimeError: out of memory" == profile.note


def test_a_batch_sends_on_the_unsure_alone_and_at_once() -> None:
    """Of a batch the second sees one batch, of those prompts only, and order is kept."""
    asked = cascade()
    profiles = asked.batch(["unsure", "sure", "unsure", "level?"])
    assert [["unsure", "unsure"]] == asked.second._asked
    assert ["History", "Law", "History", "Law"] == [profile.category.value for profile in profiles]
    assert [] == asked.batch([])


def test_a_first_that_tells_no_probabilities_sends_all_on() -> None:
    """Where the first does not say how sure it is, the second decides."""
    assert (
        Category.HISTORY == CascadeClassifier(Scripted("second", SECOND), FixedClassifier()).classify("sure").category
    )


def test_the_first_is_the_embedded_classifier() -> None:
    """By default the embedded classifier is asked first."""
    assert isinstance(CascadeClassifier(FixedClassifier()).first, EmbeddedClassifier)


def test_an_unknown_part_is_refused() -> None:
    """A cascade on something else is an error that lists the choices."""
    with pytest.raises(ClassifierError, match="not on 'topic'"):
        cascade(on="topic")


def chat_cascade(judge: Judge) -> CascadeClassifier:
    priced = Candidate("judge", judge, input_usd_per_1m_tokens=1, output_usd_per_1m_tokens=1)
    return CascadeClassifier(ChatModelClassifier(priced), Scripted("first", FIRST))


@WAYS
async def test_a_chat_models_failure_is_paid_for_but_not_believed(way) -> None:
    """When the chat model gives no usable answer the first stands, and what was spent is still told."""
    judge = Judge(verdicts=[{"category": "Alchemy", "level": 9}])
    profile = await ask(chat_cascade(judge), "unsure", way)
    assert Category.LAW == profile.category
    assert "chat-model failed: the classifier gave no usable answer" in profile.note
    assert 2 * USAGE["total_tokens"] == profile.usage["total_tokens"]
    assert pytest.approx(100 / 1e6) == profile.cost_usd


class FirstOf(Scripted):
    """Reads the text of a conversation's last message."""

    def classify(self, prompt):
        return super().classify(prompt if isinstance(prompt, str) else prompt[-1].text)


@pytest.mark.parametrize(("prompt", "cost_usd"), [("unsure", 50 / 1e6), ("sure", 0.0)])
async def test_the_second_is_paid_as_the_routers_own(prompt, cost_usd) -> None:
    """Through the router the second's cost is `router_cost_usd`, sync and async, and 0 where it is not asked."""
    judged = chat_cascade(Judge(verdicts=[GOOD]))
    judged.first = FirstOf("first", FIRST)
    llm = DynaRouteChatModel(pool=[candidate("a", 2)], classifier=judged)
    for answer in (llm.invoke(prompt), await llm.ainvoke(prompt)):
        assert pytest.approx(cost_usd) == answer.response_metadata["routing"]["router_cost_usd"]
        assert USAGE["total_tokens"] == answer.usage_metadata["total_tokens"]


@pytest.mark.parametrize(("unpriced", "expected"), [(False, 100 / 1e6), (True, None)])
def test_both_may_cost(unpriced, expected) -> None:
    """Two paid classifiers add up; if either's price is unknown, so is the sum."""
    spent = {"usage": dict(USAGE), "cost_usd": 50 / 1e6}
    first = Scripted("first", {"x": said("Law", 0.1, **spent)})
    second = Scripted("second", {"x": said("Law", 0.1, **spent | ({"cost_usd": None} if unpriced else {}))})
    profile = CascadeClassifier(second, first).classify("x")
    assert 2 * USAGE["total_tokens"] == profile.usage["total_tokens"]
    assert expected == (None if profile.cost_usd is None else pytest.approx(profile.cost_usd))


def test_cached_answers_never_cross_cascades() -> None:
    """Threshold, part, and what either classifier was made with, tell cascades apart; equal ones are equal."""

    def key(**options):
        made = CascadeClassifier(ChatModelClassifier(options.pop("model", "a/b")), FixedClassifier(), **options)
        llm = DynaRouteChatModel(pool=[candidate("a", 2)], classifier=made)
        return llm._identifying_params["classifier"]

    assert key() == key()
    assert 4 == len({key(), key(threshold=0.4), key(on="both"), key(model="a/c")})


TRUTH = [said("Law", 1), said("History", 1), said("History", 1)]


def test_calibration_finds_the_threshold_that_gains_most() -> None:
    """Of prompts with known profiles the trade-off is told, and the best threshold is then used."""
    asked = cascade(threshold=0.0)
    rows = asked.calibrate(list(FIRST), TRUTH)
    assert [0.0, 1 / 3, 2 / 3, 1.0] == [pytest.approx(row.share_sent_on) for row in rows]
    assert [1 / 3, 2 / 3, 1.0, 2 / 3] == [pytest.approx(row.category_accuracy) for row in rows]
    assert 0.9 == asked.threshold_
    assert Category.HISTORY == asked.classify("level?").category
    assert rows[0].mean_latency_s < rows[-1].mean_latency_s


@pytest.mark.parametrize(
    ("bounds", "threshold"), [({"max_share": 0.4}, 0.8), ({"min_gain": 0.2}, 0.8), ({"max_share": 0.0}, 0.0)]
)
def test_calibration_keeps_bounds(bounds, threshold) -> None:
    """No more than `max_share` are sent on, and with `min_gain` no more than it takes."""
    asked = cascade()
    asked.calibrate(list(FIRST), TRUTH, **bounds)
    assert threshold == asked.threshold_


def test_a_gain_out_of_reach_is_told() -> None:
    """When no threshold gains what is asked, the error says what can be gained, and nothing is set."""
    asked = cascade()
    with pytest.raises(ClassifierError, match=r"No threshold gains 90\.0%; the best within bounds gains 66\.7%"):
        asked.calibrate(list(FIRST), TRUTH, min_gain=0.9)
    assert asked.threshold_ is None


def test_profiles_must_match_prompts() -> None:
    """A trade-off of unequal or no profiles is refused."""
    with pytest.raises(ClassifierError, match="not 3, 3 and 2"):
        cascade().calibrate(list(FIRST), TRUTH[:2])
    with pytest.raises(ClassifierError, match="not 0, 0 and 0"):
        trade_off([], [], [])


def test_the_gain_of_both_is_of_both_right() -> None:
    """On both, a prompt counts when category and level are right."""
    first, second = [said("Law", 0.2)], [said("Law", 0.9, 3)]
    none, every = trade_off(first, second, [said("Law", 1, 3)], on="both")
    assert (0.0, 1.0) == (none.gain, every.gain)
    assert (1.0, 0.0) == (none.category_accuracy, none.level_accuracy)


def test_of_equal_gains_the_cheapest_is_chosen() -> None:
    """When sending on more gains nothing, less is sent on."""
    rows = [TradeOff(t, share, 0.5, 0.5, gain, 1.0) for t, share, gain in ((0, 0, 0.0), (0.5, 0.5, 0.1), (1, 1, 0.1))]
    assert 0.5 == chosen_row(rows).threshold


def test_the_trade_off_is_printed() -> None:
    """The table has a line a threshold, with shares, accuracies, gain and seconds, and marks the chosen."""
    console = Console(width=100, record=True, file=io.StringIO())
    rows = [TradeOff(0.0, 0.0, 0.6, 0.8, 0.0, 0.0002), TradeOff(0.5, 0.25, 0.7, 0.8, 0.1, 0.12)]
    print_trade_off(rows, chosen=0.5, console=console)
    lines = console.export_text().splitlines()
    (line,) = [line for line in lines if "0.500" in line]
    assert ["0.500", "25%", "70.0%", "80.0%", "+10.0", "0.12", "←"] == [cell.strip() for cell in line.split("│")[1:-1]]
