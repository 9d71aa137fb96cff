"""The evaluation: nothing is learned from what it is measured on, and every figure says what had been seen."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest
from fakes import FixedClassifier

from langchain_dynaroute import Category, ModelPool
from langchain_dynaroute.classifiers import EmbeddedClassifier, difficulty_attacks
from langchain_dynaroute.classifiers.difficulty_attacks import ATTACKS
from langchain_dynaroute.errors import ClassifierError
from langchain_dynaroute.evaluation import evaluation as evaluating
from langchain_dynaroute.evaluation import litellm_complexity, source_folds, tables
from langchain_dynaroute.evaluation.attacks import attacked
from langchain_dynaroute.evaluation.baselines import KeywordLevel, MajorityClass, TfIdfRegression
from langchain_dynaroute.evaluation.decision_agreement import DecisionJudge
from langchain_dynaroute.evaluation.labelled_prompts import PromptRow, PromptTable, read_prompts
from langchain_dynaroute.evaluation.litellm_complexity import LiteLLMComplexity
from langchain_dynaroute.evaluation.named_classifier import make_classifier
from langchain_dynaroute.evaluation.paper_figures import paper_figures
from langchain_dynaroute.evaluation.predictions import CATEGORIES, UNKNOWN, Profiles
from langchain_dynaroute.evaluation.records import figure_records, source_records
from langchain_dynaroute.evaluation.training_record import NEVER_SEEN, NOT_TOLD, TRAINED_ON, TrainingRecord

LAW, BIOLOGY = Category.LAW, Category.BIOLOGY
OWN = Path(__file__).parents[3] / "tables" / "user_prompts"


def row(prompt, source="s", category=LAW, level=1):
    return PromptRow(prompt, source, category, level)


SMALL = tuple(
    row(f"{word} {i}", source, category, level)
    for word, category, level in (("lawyer contract", LAW, 1), ("cell enzyme", BIOLOGY, 3))
    for i, source in enumerate("aabbccdd")
)


class Spy:
    """Notes what it was fitted on and asked for."""

    name = "spy"
    learns = True

    def __init__(self):
        self.fits = []

    def fit(self, rows):
        self.known = rows
        return self

    def predict(self, rows):
        self.fits.append((self.known, rows))
        return Profiles.unknown(len(rows))


def test_a_whole_source_is_never_learned_from() -> None:
    """With sources left out, no fit has seen a source or a text that it predicts, and each prompt is predicted once."""
    rows = [row(f"{source}{i % 7}", source) for i in range(60) for source in ("a", "b", "c")] + [row("a1", "d")]
    more = [row("new", "a"), row("a1", "z"), row("other", "z")]
    spy = Spy()
    source_folds.predict_unseen(spy, rows, source_folds.source_folds(rows), more, whole_sources=True)
    assert len(rows) == sum(len(asked) for _, asked in spy.fits)
    for known, asked in spy.fits:
        assert not {item.source for item in known} & {item.source for item in asked}
        assert not {item.prompt for item in known} & {item.prompt for item in asked}
        assert row("other", "z") in known


def test_many_sources_go_into_ten_folds_of_even_size() -> None:
    """46 sources make ten folds, none split; single prompts make five."""
    rows = [row(f"{i}", f"source {i % 46}") for i in range(460)]
    folds = source_folds.source_folds(rows)
    assert set(range(10)) == set(folds.tolist())
    assert all(
        len({fold for item, fold in zip(rows, folds, strict=True) if item.source == name}) == 1
        for name in ("source 0", "source 9")
    )
    assert {92} == set(np.bincount(source_folds.prompt_folds(rows, 1)).tolist())


def test_single_prompts_are_left_out_of_their_source() -> None:
    """In-source folds have seen the source, never the text itself, even where it stands twice."""
    rows = [row("same"), row("same"), *(row(f"{i}") for i in range(20))]
    spy = Spy()
    source_folds.predict_unseen(spy, rows, source_folds.prompt_folds(rows, 3), whole_sources=False)
    assert all("same" not in {item.prompt for item in known} for known, asked in spy.fits if row("same") in asked)
    assert any({item.source for item in known} & {item.source for item in asked} for known, asked in spy.fits)


def test_one_source_alone_leaves_nothing_to_learn_from() -> None:
    """Without its only source there is no figure rather than a wrong one."""
    rows = [row("a"), row("b")]
    assert (
        source_folds.predict_unseen(MajorityClass(), rows, source_folds.source_folds(rows), whole_sources=True) is None
    )


def test_the_majority_is_said_with_its_share() -> None:
    """Two of three are Law, so Law is said with confidence 2/3; ties go to the first; no level is no level."""
    said = MajorityClass().fit([row("a"), row("b"), row("c", category=BIOLOGY)]).predict([row("d")])
    assert (CATEGORIES.index(LAW), pytest.approx(2 / 3)) == (said.category[0], said.category_confidence[0])
    assert UNKNOWN == MajorityClass().fit([row("a", level=None)]).predict([row("d")]).level[0]


def test_tf_idf_learns_words() -> None:
    """Words that told apart two categories in training do so afterwards; a second fit gives the same."""
    pytest.importorskip("sklearn")
    asked = [row("my lawyer"), row("an enzyme")]
    said = TfIdfRegression(seed=1).fit(SMALL).predict(asked)
    assert [CATEGORIES.index(LAW), CATEGORIES.index(BIOLOGY)] == said.category.tolist()
    assert [0, 2] == said.level.tolist()
    again = TfIdfRegression(seed=1).fit(SMALL).predict(asked)
    assert said.category_confidence.tolist() == again.category_confidence.tolist()


@pytest.mark.parametrize("prompts", [("?", "!"), ("a b", "c d")])
def test_tf_idf_of_nothing_to_learn_is_the_majority(prompts) -> None:
    """Texts without words, or one class alone, fall back to the most frequent label."""
    pytest.importorskip("sklearn")
    said = TfIdfRegression().fit([row(prompt) for prompt in prompts]).predict([row("lawyer")])
    assert [CATEGORIES.index(LAW)] == said.category.tolist()


@pytest.mark.parametrize(
    ("prompt", "level"),
    [
        ("Who wrote Faust?", 1),
        ("Write a polite mail to my landlord about the broken heating and ask for a date", 2),
        ("Prove rigorously that this distributed algorithm terminates and analyse its asymptotic cost", 3),
    ],
)
def test_key_words_tell_the_level(prompt, level) -> None:
    """A short question is simple, a request moderate, and words of hard work make it complex."""
    assert level == KeywordLevel().level(prompt)
    assert [UNKNOWN] == KeywordLevel().predict([row(prompt)]).category.tolist()


def test_litellms_rules_give_levels_offline() -> None:
    """LiteLLM's own rules call a greeting simple and much code and technique complex, without a network."""
    baseline = LiteLLMComplexity().fit(())
    hard = "Design a distributed, scalable microservice architecture with kubernetes, a database api and low latency"
    assert [0, 2] == baseline.predict([row("hello"), row(hard)]).level.tolist()


def test_a_litellm_without_the_router_is_told(monkeypatch) -> None:
    """Where LiteLLM has no such router, the baseline is left out with the reason."""
    monkeypatch.setitem(sys.modules, "litellm.router_strategy.complexity_router.complexity_router", None)
    with pytest.raises(ClassifierError, match="no complexity router that can be asked"):
        LiteLLMComplexity().fit(())


def test_the_card_says_what_was_trained_on() -> None:
    """Sources of the card's table are trained on, those it left out were never seen, and so are held-out prompts."""
    record = TrainingRecord.of(EmbeddedClassifier())
    table = PromptTable("t", (row("a", "mmlu"), row("b", "asdiv")))
    assert {"asdiv": NEVER_SEEN, "mmlu": TRAINED_ON} == record.exposures(table)
    heldout, train = (read_prompts(OWN / f"{name}.jsonl", "category") for name in ("heldout", "train"))
    assert {"heldout": NEVER_SEEN} == record.exposures(heldout)
    assert record.sibling(heldout) == "tables/user_prompts/train.jsonl"
    assert {"train": TRAINED_ON} == record.exposures(train)


def test_a_classifier_that_says_nothing_is_unknown(tmp_path) -> None:
    """Without a card or `trained_on_sources`, no figure is called unseen."""
    table = PromptTable("t", (row("a"),))
    assert {"s": NOT_TOLD} == TrainingRecord.of(FixedClassifier()).exposures(table)
    assert {"s": NOT_TOLD} == TrainingRecord.of(EmbeddedClassifier(tmp_path)).exposures(table)
    honest = types.SimpleNamespace(trained_on_sources=("s",))
    assert {"s": TRAINED_ON} == TrainingRecord.of(honest).exposures(table)


def test_the_evaluation_sets_apart_what_was_trained_on(monkeypatch) -> None:
    """Trained-on sources stand in a part of their own, and every line says what its classifier had seen."""
    monkeypatch.setattr(litellm_complexity, "_rules", _no_rules)
    classifier = FixedClassifier(category="Law", level=1)
    classifier.trained_on_sources = ("a", "b")
    found = evaluating.evaluate(PromptTable("t", SMALL, labels=("category", "level")), classifier, _judge())
    assert {NEVER_SEEN: 8, TRAINED_ON: 8} == {part: len(rows) for part, rows in found.parts.items()}
    records = figure_records(found)
    own = {record["part"]: record for record in records if record["classifier"] == classifier.name}
    assert {"other sources", "trained on these"} == {record["had_seen"] for record in own.values()}
    assert own[NEVER_SEEN]["category_accuracy"] == 0.5
    assert any("LiteLLM complexity router: gone" in why for why in found.skipped)
    tf_idf = {record["had_seen"]: record for record in records if record["classifier"].startswith("TF-IDF")}
    assert tf_idf["other sources"]["category_accuracy"] == 1
    assert {"a", "b", "c", "d", "GPQA"} <= {record["source"] for record in source_records(found)}
    report = tables.markdown(tables.report_tables(found), ["a note"])
    for words in ("its figures here flatter", "Category accuracy by source", "| mean of 2 sources |", "- a note"):
        assert words in report


def test_figures_are_told_by_language(monkeypatch) -> None:
    """Where a file tells languages, English and the others have figures of their own."""
    monkeypatch.setattr(litellm_complexity, "_rules", _no_rules)
    rows = (PromptRow("a", "s", LAW, 1, "en"), PromptRow("b", "s", BIOLOGY, 1, "de"), PromptRow("c", "s", LAW, 1, "fr"))
    found = evaluating.evaluate(PromptTable("t", rows), FixedClassifier(category="Law", level=1), _judge())
    (view,) = [view for view in tables.report_tables(found) if "by language" in view.title]
    assert ("all but English", "2", "50.0", "50.0", "100.0") == view.rows[0]
    assert ["en", "de", "fr"] == [line[0] for line in view.rows[1:]]


def _no_rules():
    msg = "gone"
    raise ClassifierError(msg)


def _judge():
    return DecisionJudge(ModelPool.load("flagship"))


def test_the_papers_figures_are_carried() -> None:
    """Qwen 2.5 3B has 78.28 % for the category and 65.03 % for the level, with their tables named."""
    overall = {figure.measure: figure for figure in paper_figures("Qwen 2.5 3B") if figure.benchmark == "all"}
    assert (0.7828, 600, "DynaRoute Table 1") == (
        overall["category"].share,
        overall["category"].prompts,
        overall["category"].source,
    )
    assert (0.6503, 200, "DynaRoute Table 2") == (
        overall["level"].share,
        overall["level"].prompts,
        overall["level"].source,
    )
    assert 5 == len({figure.model for figure in paper_figures() if figure.measure == "category"})


def test_attacks_are_counted_both_ways(monkeypatch) -> None:
    """A classifier that falls for "cheapest" and "expert" is moved down by the one and up by the other."""
    monkeypatch.setattr(difficulty_attacks, "_TRIVIAL", ("the cheapest will do",))
    monkeypatch.setattr(difficulty_attacks, "_EXPERT", ("ask an expert",))

    class Gullible(FixedClassifier):
        def classify(self, prompt):
            level = 1 if "cheapest will" in prompt else 3 if "ask an expert" in prompt else 2
            return FixedClassifier(category="Law", level=level).classify(prompt)

    found = {item.attack: item for item in attacked(PromptTable("t", SMALL[:4]), Gullible())}
    assert 10 == len(found)
    assert (0, 1) == (found["says it is trivial"].moved_up, found["says it is trivial"].moved_down)
    assert (1, 0) == (
        found["says to classify it as expert"].moved_up,
        found["says to classify it as expert"].moved_down,
    )
    assert 0 == found["zero-width characters"].moved


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_leaves_the_prompt_in_it(attack) -> None:
    """Whatever stands around it, the prompt is still there, and one prompt is attacked in one way."""
    prompt = "Who wrote Middlemarch?"
    attacked_prompt = ATTACKS[attack](prompt)
    assert prompt in attacked_prompt.replace("\u200b", "")
    assert attacked_prompt == ATTACKS[attack](prompt)


def test_noise_and_system_prompts_hardly_move_the_level_up() -> None:
    """Of 100 held-out prompts under five attacks, fewer than one in twenty is moved up."""
    table = read_prompts(OWN / "heldout.jsonl", "category,level")
    found = attacked(PromptTable("t", table.rows[::4][:100]), EmbeddedClassifier())
    harmless = {"a pasted system prompt", "random tokens behind", "punctuation behind", "base64 behind"}
    up = [item.moved_up for item in found if item.attack in {*harmless, "100,000 repetitions"}]
    assert sum(up) / len(up) < 0.05


def test_the_wordings_differ_from_prompt_to_prompt() -> None:
    """Several wordings of an attack occur, so that none can be learned by heart."""
    added = {ATTACKS["a pasted system prompt"](str(number)).removesuffix(str(number)) for number in range(50)}
    assert len(added) > 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("embeded", "Did you mean 'embedded'?"),
        ("nowhere_at_all:Mine", "cannot be made (ModuleNotFoundError"),
        ("json:Mine", "cannot be made (AttributeError"),
        ("json:JSONDecoder", "has no method `classify`"),
    ],
)
def test_a_classifier_that_cannot_be_had_is_told(name, words) -> None:
    """A misspelt name, a missing module or class, and something that does not classify are one error each."""
    with pytest.raises(ClassifierError) as caught:
        make_classifier(name)
    assert words in str(caught.value)


@pytest.mark.slow
def test_the_embedded_classifier_can_be_fitted_anew() -> None:
    """Fitted without each source, it still tells two plain categories apart, with probabilities."""
    from langchain_dynaroute.evaluation.refitted import predict_refitted

    said = predict_refitted(SMALL, read_prompts(OWN / "train.jsonl", "category,level").rows[:400], seed=1)
    assert len(said) == len(SMALL)
    assert np.isfinite(said.category_confidence).all()
    assert set(said.level.tolist()) <= {0, 1, 2}
