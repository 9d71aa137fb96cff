"""The network over the words: numpy reads what torch learned, and the order of the words counts."""

from __future__ import annotations

import numpy as np
import pytest

from langchain_dynaroute.classifiers.classification_head import ClassificationHead
from langchain_dynaroute.classifiers.context_network import FIRST_WORDS, LAST_WORDS, ContextNetwork, rows_read

torch = pytest.importorskip("torch")

from langchain_dynaroute.classifiers import training_context  # noqa: E402


@pytest.fixture(scope="module")
def head() -> ClassificationHead:
    """The head that ships."""
    return ClassificationHead.load()


def _examples(texts: list[list[int]]) -> training_context.ContextExamples:
    rows = tuple(np.array(text, dtype=np.int64) for text in texts)
    targets = np.zeros((len(rows), 32), dtype=np.float32)
    targets[:, 0], targets[:, 29] = 1, 1
    linear, weights = np.zeros_like(targets), np.ones((len(rows), 2), dtype=np.float32)
    return training_context.ContextExamples(rows, linear, targets, weights)


def test_numpy_says_what_torch_says(head, monkeypatch) -> None:
    """The forward pass in numpy is the one in torch, with texts of different lengths in one batch."""
    monkeypatch.setattr(training_context, "_DROPOUT", 0.0)
    monkeypatch.setattr(training_context, "_WORDS_DROPPED", -1.0)
    examples = _examples([[5], [1, 2, 3, 4, 5, 6, 7], [9, 8, 9], list(range(120)), []])
    trainer = training_context._Trainer(torch, examples, head.vectors)
    with torch.no_grad():
        for name, value in trainer.module.named_parameters():
            if name.endswith("_bias"):
                value.uniform_(-0.5, 0.5)
        expected = trainer._forward(torch.arange(5)).numpy()
    weights = dict(trainer.module.named_parameters())
    network = ContextNetwork(*(weights[name].detach().numpy() for name in ContextNetwork._fields))
    for rows, logits in zip(examples.rows, expected, strict=True):
        np.testing.assert_allclose(np.zeros(32) + network.logits(rows, head.vectors), logits, atol=1e-5)


def test_one_seed_trains_one_network(head, monkeypatch) -> None:
    """Training twice gives the same network, and it has learned what it was shown."""
    monkeypatch.setattr(training_context, "_AVERAGING", 0.5)
    examples = _examples([[i % 50, 3, i % 7] for i in range(300)])
    first, second = (training_context.train_context(examples, head.vectors, seed=3) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    logits = first.logits(np.array([4, 3, 2]), head.vectors)
    assert np.argmax(logits[:29]) == 0
    assert np.argmax(logits[29:]) == 0


def test_the_order_of_the_words_counts(head) -> None:
    """The shipped network tells apart two texts of the same words."""
    words = np.array([11, 500, 7, 900])
    assert not np.allclose(head.context.logits(words, head.vectors), head.context.logits(words[::-1], head.vectors))


def test_without_a_known_word_nothing_is_added(head) -> None:
    """A text whose words are all unknown is left to the linear layer."""
    assert head.context.logits(np.array([-1, -1]), head.vectors) == 0.0


def test_of_a_long_text_both_ends_are_read() -> None:
    """Beyond the cap the middle is left out; unknown words do not count."""
    rows = np.arange(1_000)
    read = rows_read(np.where(rows % 2, rows, -1))
    assert len(read) == FIRST_WORDS + LAST_WORDS
    assert (read[0], read[-1]) == (1, 999)
