"""The classifier over a local language model, on the real weights of SmolLM2."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the extra 'transformers'")
pytest.importorskip("transformers", reason="the extra 'transformers'")

from langchain_dynaroute import Category, local_model
from langchain_dynaroute.classifiers import CascadeClassifier, TransformersClassifier

WEIGHTS = local_model.model_path("smollm2")
pytestmark = [
    pytest.mark.local_model,
    pytest.mark.skipif(not WEIGHTS.is_file(), reason="needs the model file (run: dynaroute download smollm2)"),
]
EASY = {
    "Translate 'good morning, how are you?' into French.": Category.LANGUAGE_TRANSLATION,
    "Write a short poem about the sea in autumn.": Category.CREATIVE_WRITING,
    "Solve the equation 3x + 5 = 20 for x.": Category.MATHEMATICS,
    "Summarize this article in three sentences: The city council met on Monday.": Category.SUMMARIZATION,
    "What does my horoscope say if I am a Leo with the moon in Pisces?": Category.ASTROLOGY,
    "Which foods help against high blood pressure?": Category.HEALTH,
    "When did the Roman Empire fall, and why?": Category.HISTORY,
    "What is the difference between mitosis and meiosis?": Category.BIOLOGY,
    "Can my landlord keep my deposit without giving a reason under the contract?": Category.LAW,
    "What did Kant mean by the categorical imperative?": Category.PHILOSOPHY,
}


@pytest.fixture(scope="module")
def classifier():
    """Return a classifier over SmolLM2, which is read from its GGUF file."""
    return TransformersClassifier(WEIGHTS)


def test_it_is_far_better_than_chance_on_easy_prompts(classifier) -> None:
    """SmolLM2, with 135 million parameters, is right on six easy prompts of ten or more; chance is one in 29."""
    profiles = classifier.batch(list(EASY))
    assert 6 <= sum(profile.category == right for profile, right in zip(profiles, EASY.values(), strict=True))
    assert all(pytest.approx(1) == sum(profile.category_probabilities.values()) for profile in profiles)


def test_a_cascade_asks_it_about_what_the_embedded_is_unsure_of(classifier) -> None:
    """Behind the embedded classifier it decides what that is not sure of, and the note says so."""
    everything = CascadeClassifier(classifier, threshold=1.01).batch(list(EASY)[:2])
    assert all(profile.note.startswith("category by transformers") for profile in everything)
    assert "decided by embedded" in CascadeClassifier(classifier, threshold=0.0).classify("Hi").note
