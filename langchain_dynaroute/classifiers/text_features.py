"""Turn a prompt into numbers: hashed words and characters, word vectors, and its surface."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from langchain_dynaroute.classifiers.clean_text import cleaned
from langchain_dynaroute.classifiers.surface import CONVERSATION_FEATURES, surface_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.word_vectors import WordVectors

WORD_BUCKETS = 1 << 15
"""Words and pairs of words have as many buckets as runs of characters have behind them."""
BUCKETS = 2 * WORD_BUCKETS
_CHARACTERS_HEAD, _CHARACTERS_TAIL = 350, 200
_FIRST_WORDS, _LAST_WORDS = 60, 40
_MIDDLE_WEIGHT = 0.4
_LONGEST_IDEOGRAM_RUN = 200
_MOST_FIRST_WORDS, _MOST_LAST_WORDS = 160, 90
_MARKS = "\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
"""Vowel signs and accents that Python does not count among the letters of a word."""
_WORD = re.compile(rf"[^\W_][^\W_{_MARKS}]*(?:[{_MARKS}]+[^\W_]*)*")
_WORDS_IN_ASCII = tuple(sign.lower() if sign.isalnum() else " " for sign in map(chr, range(128)))
"""Table for `str.translate`, which finds the words of ASCII text three times faster than `_WORD` does."""
_IDEOGRAM = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


class TextFeatures(NamedTuple):
    """A text as the classifier's head sees it."""

    buckets: NDArray[np.int64]
    """Buckets of the words and character n-grams that occur, in rising order."""
    counts: NDArray[np.float32]
    """How often each occurs, weighed by where it stands."""
    vector: NDArray[np.float32]
    """Weighed mean of the word vectors."""
    surface: NDArray[np.float32]
    words: list[str]
    word_buckets: NDArray[np.int64]
    """The bucket of each word."""
    rows: NDArray[np.int64]
    """Where each word stands in the table of vectors; -1 where it is not there."""

    @property
    def is_readable(self) -> bool:
        """Whether there is a word in it."""
        return bool(self.words)


def features_of(text: str, vectors: WordVectors, *, history_words: int = 0) -> TextFeatures:
    """Return the features of `text`; the words of a conversation before it are only counted."""
    import numpy as np

    text = cleaned(text)
    words = words_of(text)
    hashes = np.fromiter(map(crc32, map(str.encode, words)), dtype=np.uint32, count=len(words))
    rows = vectors.rows(words, hashes)
    weights = _weights(len(words))
    known = rows >= 0
    surface = surface_of(text, words, len(set(rows[known].tolist())), history_words=history_words)
    vector = _mean(vectors, rows[known], weights[known])
    buckets = _buckets(hashes, text)
    amounts = np.ones(len(buckets))
    amounts[: len(words)] = weights
    amounts[len(words) :][: len(weights[1:])] = weights[1:]
    return TextFeatures(*_summed(buckets, amounts), vector, surface, words, buckets[: len(words)], rows)


def words_of(text: str) -> list[str]:
    """Return the lower-case words of `text`; runs of ideograms give their 1- to 3-character parts."""
    found = text.translate(_WORDS_IN_ASCII).split() if text.isascii() else _WORD.findall(text.lower())
    if len(found) > _MOST_FIRST_WORDS + _MOST_LAST_WORDS:
        found = found[:_MOST_FIRST_WORDS] + found[-_MOST_LAST_WORDS:]
    words = ["#####"[: len(word)] if word.isdigit() else word for word in found]
    if text.isascii() or not _IDEOGRAM.search(text):
        return words
    return list(chain.from_iterable(_parts(word) if _IDEOGRAM.match(word) else (word,) for word in words))


def _parts(run: str) -> list[str]:
    run = run[:_LONGEST_IDEOGRAM_RUN]
    return [run[i : i + size] for size in (1, 2, 3) for i in range(len(run) - size + 1)]


def _weights(count: int) -> NDArray[np.float32]:
    import numpy as np

    weights = np.ones(count, dtype=np.float32)
    if count > _FIRST_WORDS + _LAST_WORDS:
        weights[_FIRST_WORDS:-_LAST_WORDS] = _MIDDLE_WEIGHT
    return weights


def _buckets(hashes: NDArray[np.uint32], text: str) -> NDArray[np.int64]:
    """Return the buckets of the words, of every two in a row, and of the runs of characters."""
    import numpy as np

    pairs = hashes[:-1] * np.uint32(0x9E3779B1) + hashes[1:]
    mixed = np.concatenate((hashes, pairs, _character_hashes(text))) * np.uint32(0x85EBCA6B)
    buckets = ((mixed ^ (mixed >> np.uint32(15))) & np.uint32(WORD_BUCKETS - 1)).astype(np.int64)
    buckets[len(hashes) + len(pairs) :] += WORD_BUCKETS
    return buckets


def _summed(buckets: NDArray[np.int64], amounts: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return each bucket once, in rising order, with the sum of its amounts."""
    import numpy as np

    order = buckets.astype(np.uint16).argsort(kind="stable")  # there are 2**16 buckets, and these sort fast
    ordered = buckets[order]
    is_first = np.empty(len(ordered), dtype=np.bool_)
    is_first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    first = is_first.nonzero()[0]
    return ordered[first], np.add.reduceat(amounts[order], first, dtype=np.float64).astype(np.float32)


def _character_hashes(text: str) -> NDArray[np.uint32]:
    """Return the hashes of every run of 2 to 5 characters."""
    import numpy as np

    if len(text) > _CHARACTERS_HEAD + _CHARACTERS_TAIL:
        text = text[:_CHARACTERS_HEAD] + " " + text[-_CHARACTERS_TAIL:]
    text = f" {' '.join(text.lower().split())} "
    codes = np.frombuffer(text.encode("utf-32-le", "ignore"), dtype=np.uint32)
    hashes, longer = [], codes * np.uint32(0x01000193)
    for size in range(2, 6):
        longer = (longer[:-1] ^ codes[size - 1 :]) * np.uint32(0x01000193) + np.uint32(size)
        hashes.append(longer)
    return np.concatenate(hashes)


def _mean(vectors: WordVectors, rows: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    if not len(rows):
        return np.zeros(vectors.width, dtype=np.float32)
    total = weights @ vectors.vectors[rows].astype(np.float32)
    return np.asarray(total * vectors.scales / (weights.sum() + 2), dtype=np.float32)


def blend(now: TextFeatures, before: TextFeatures, share: float, *, surface: bool = True) -> TextFeatures:
    """Return `now` with a share of `before`; the surface tells of `now` alone unless `surface` is set."""
    import numpy as np

    mixed = share * now.surface + (1 - share) * before.surface
    mixed[-CONVERSATION_FEATURES:] = now.surface[-CONVERSATION_FEATURES:]
    amounts = np.concatenate((share * now.counts, (1 - share) * before.counts))
    buckets, counts = _summed(np.concatenate((now.buckets, before.buckets)), amounts)
    return now._replace(
        buckets=buckets,
        counts=counts,
        vector=share * now.vector + (1 - share) * before.vector,
        surface=mixed if surface else now.surface,
    )
