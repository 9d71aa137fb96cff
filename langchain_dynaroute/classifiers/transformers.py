"""A local language model as the classifier: it is never asked to write, only how likely each label is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.classifiers.base import TaskClassifier, as_text
from langchain_dynaroute.classifiers.causal_lm import Source
from langchain_dynaroute.classifiers.label_question import LabelQuestion
from langchain_dynaroute.profiles import Category, DifficultyLevel, TaskProfile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_core.messages import BaseMessage
    from numpy.typing import NDArray

    from langchain_dynaroute.classifiers.causal_lm import CausalLM

CATEGORIES = tuple(Category)
_LOCK = threading.RLock()
"""Held while a model loads or reads: a tokenizer's settings are not safe between threads."""


class TransformersClassifier(TaskClassifier):
    """Asks a causal language model on this machine, the paper's way without its parsing.

    The model reads instruction and prompt once; then the likelihoods of all 29 categories, and of
    the three levels given the most likely category, are compared in one pass. So there is always
    a valid profile. From each label's log-likelihood that under an empty prompt is taken off
    (contextual calibration, Zhao et al. 2021), or the longest names would never win.
    """

    name = "transformers"

    def __init__(  # noqa: PLR0913 - what a model needs to be found and run
        self,
        model: str | Path | Any = "Qwen/Qwen2.5-3B-Instruct",
        *,
        tokenizer: str | Path | Any = None,
        device: str | None = None,
        dtype: Any = "auto",
        revision: str | None = None,
        batch_size: int = 8,
        download: bool = False,
        max_prompt_chars: int = 2000,
        descriptions: bool = False,
    ) -> None:
        """Store how the model is to be had and asked; it is loaded when the first prompt comes.

        Args:
            model: A folder, a hub id that is in the local cache, a GGUF file, or a loaded model.
            tokenizer: Default is the model's own; a loaded model needs it.
            device: Default is a GPU if there is one.
            dtype: As `from_pretrained` takes it; `"auto"` is the checkpoint's, float32 for a GGUF file.
            revision: Branch, tag or commit on the hub.
            batch_size: How many prompts are read at once by `batch`.
            download: Fetch a model that is not here.
            max_prompt_chars: How much of a long prompt is read, from its beginning and its end.
            descriptions: Tell the model also what belongs to each category.
        """
        self.model = model
        self.tokenizer = tokenizer
        self.device = device
        self.dtype = dtype
        self.revision = revision
        self.batch_size = batch_size
        self.download = download
        self.max_prompt_chars = max_prompt_chars
        self.descriptions = descriptions
        self._reader: _Reader | None = None

    @property
    def version(self) -> str:
        """The model asked, for cache keys."""
        if not hasattr(self.model, "config"):
            return f"{self.model}@{self.revision}" if self.revision else str(self.model)
        return f"{self.model.config.name_or_path}-{id(self.model):x}"

    def classify(self, prompt: str | Sequence[BaseMessage]) -> TaskProfile:
        """Return the profile of a prompt, or of what a conversation asks now."""
        return self.batch([prompt])[0]

    def batch(self, prompts: Sequence[str | Sequence[BaseMessage]]) -> list[TaskProfile]:
        """Return the profiles of many prompts, in their order; those of like length are read together."""
        texts = [as_text(prompt) for prompt in prompts]
        profiles = [_unreadable()] * len(texts)
        order = sorted((place for place, text in enumerate(texts) if text.strip()), key=lambda place: len(texts[place]))
        for start in range(0, len(order), self.batch_size):
            places = order[start : start + self.batch_size]
            with _LOCK:
                read = self._loaded().read([texts[place] for place in places])
            for place, profile in zip(places, read, strict=True):
                profiles[place] = profile
        return profiles

    def _loaded(self) -> _Reader:
        if self._reader is None:
            source = Source(self.model, self.tokenizer, self.device, self.dtype, self.revision, self.download)
            self._reader = _Reader(source.load(), self.max_prompt_chars, descriptions=self.descriptions)
        return self._reader


class _Reader:
    """A loaded model that has read the instruction, and knows how likely each label is without a prompt."""

    def __init__(self, loaded: CausalLM, max_prompt_chars: int, *, descriptions: bool) -> None:
        import torch

        from langchain_dynaroute.classifiers.whole_rows import empty_prefix

        window = getattr(loaded.model.config.get_text_config(), "max_position_embeddings", None)
        self.question = LabelQuestion(
            loaded.tokenizer, descriptions=descriptions, max_prompt_chars=max_prompt_chars, window=window
        )
        with torch.inference_mode():
            self._instructed = empty_prefix(loaded.model)
            self._instructed.extend([self.question.instruction])
            empty = self._instructed.repeated(1)
            self._category_prior = _array(empty.extend([self.question.prompt("")], self.question.categories))[0]
            self._empty = empty
        self._level_priors: dict[int, NDArray[np.float64]] = {}

    def read(self, texts: Sequence[str]) -> list[TaskProfile]:
        """Return the profiles of some texts, read at once."""
        import torch

        question = self.question
        with torch.inference_mode():
            rows = self._instructed.repeated(len(texts))
            categories = _array(rows.extend([question.prompt(text) for text in texts], question.categories))
            categories -= self._category_prior
            chosen = categories.argmax(1).tolist()
            levels = _array(rows.extend([question.chosen(best) for best in chosen], question.levels))
            levels -= np.stack([self._level_prior(best) for best in chosen])
        return [_profile(*scores) for scores in zip(_softmax(categories), _softmax(levels), strict=True)]

    def _level_prior(self, category: int) -> NDArray[np.float64]:
        if category not in self._level_priors:
            levels = self._empty.repeated(1).extend([self.question.chosen(category)], self.question.levels)
            self._level_priors[category] = _array(levels)[0]
        return self._level_priors[category]


def _array(likelihoods: Any) -> NDArray[np.float64]:
    return np.array(likelihoods.cpu().double().numpy())


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _profile(categories: NDArray[np.float64], levels: NDArray[np.float64]) -> TaskProfile:
    return TaskProfile(
        category=CATEGORIES[int(categories.argmax())],
        level=DifficultyLevel(int(levels.argmax()) + 1),
        category_probabilities=dict(zip(CATEGORIES, categories.tolist(), strict=True)),
        level_probabilities=dict(zip(DifficultyLevel, levels.tolist(), strict=True)),
    )


def _unreadable() -> TaskProfile:
    return TaskProfile(
        category=Category.MISCELLANEOUS,
        level=DifficultyLevel.SIMPLE,
        category_probabilities=dict.fromkeys(CATEGORIES, 1 / len(CATEGORIES)),
        level_probabilities=dict.fromkeys(DifficultyLevel, 1 / len(DifficultyLevel)),
        note="nothing readable in the prompt",
    )
