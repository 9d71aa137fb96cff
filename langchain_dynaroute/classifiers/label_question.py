"""The question put to a language model, as tokens: what is shared, the prompt, and the answers it may give."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.instructions import brief_instructions, excerpt
from langchain_dynaroute.errors import ClassifierError
from langchain_dynaroute.profiles import Category, DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    Tokens = list[int]

_PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for the prompt while the tokenizer's chat template is filled in."""
_CATEGORY, _LEVEL = "Category:", "\nThis task is"
_CHARACTERS_PER_TOKEN = 2
"""Text with fewer than this, Chinese or emoji, is cut by tokens, so that it costs no more than other text."""


class LabelQuestion:
    """Instruction, prompt and admissible answers in a tokenizer's own tokens and chat template."""

    def __init__(self, tokenizer: Any, *, descriptions: bool, max_prompt_chars: int, window: int | None) -> None:
        """Store how the question is put; `window` is how many tokens the model can read."""
        self.tokenizer = tokenizer
        self.max_prompt_chars = max_prompt_chars
        self._window = window
        before, after = self._dialogue(brief_instructions(descriptions=descriptions)).split(_PLACE)
        self.instruction = self._markup(before)
        self._after = self._markup(after)

    def prompt(self, text: str) -> Tokens:
        """Return the tokens of a prompt and of all that stands between it and the category.

        A prompt cannot bring in the template's own tokens: `<|im_end|>` in it is read as characters.
        """
        text = excerpt(text, self.max_prompt_chars).encode("utf-8", "replace").decode("utf-8")
        tokens = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        tokens = [token for token in tokens if token not in self._reserved]
        most = self._most_prompt_tokens
        if len(tokens) > most:
            tokens = tokens[: most - most // 2] + tokens[len(tokens) - most // 2 :]
        return tokens + self._after + self._categories[0]

    @property
    def categories(self) -> list[Tokens]:
        """The tokens of each category, behind those of `prompt`."""
        return self._categories[1]

    @property
    def levels(self) -> list[Tokens]:
        """The tokens of each level, behind those of `chosen`."""
        return self._levels[1]

    def chosen(self, category: int) -> Tokens:
        """Return the tokens from a chosen category to the level."""
        return self.categories[category] + self._levels[0]

    @cached_property
    def _categories(self) -> tuple[Tokens, list[Tokens]]:
        return self._answers(_CATEGORY, [category.value for category in Category])

    @cached_property
    def _levels(self) -> tuple[Tokens, list[Tokens]]:
        return self._answers(_LEVEL, [level.name.lower() for level in DifficultyLevel])

    @cached_property
    def _reserved(self) -> frozenset[int]:
        """The tokens that are no text: those of the template, also where a tokenizer cannot split them."""
        return frozenset(self.tokenizer.all_special_ids) | frozenset(self.tokenizer.get_added_vocab().values())

    @cached_property
    def _most_prompt_tokens(self) -> int:
        most = self.max_prompt_chars // _CHARACTERS_PER_TOKEN
        if self._window is None:
            return most
        answer = max(map(len, self.categories)) + len(self._levels[0]) + max(map(len, self.levels))
        room = self._window - len(self.instruction) - len(self._after) - len(self._categories[0]) - answer
        if room < 1:
            msg = f"The model's window of {self._window} tokens is too small: the question alone takes {self._window - room}."
            raise ClassifierError(msg)
        return min(most, room)

    def _answers(self, lead: str, labels: Sequence[str]) -> tuple[Tokens, list[Tokens]]:
        """Return what all of the lead's continuations share in tokens, and the rest of each."""
        whole = [self.tokenizer(f"{lead} {label}", add_special_tokens=False)["input_ids"] for label in labels]
        shared = next(place for place, tokens in enumerate(zip(*whole, strict=False)) if len(set(tokens)) > 1)
        return whole[0][:shared], [tokens[shared:] for tokens in whole]

    def _markup(self, text: str) -> Tokens:
        tokens: Tokens = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def _dialogue(self, told: str) -> str:
        """Return the conversation as text, with `_PLACE` where the prompt goes."""
        asked = f"<prompt>\n{_PLACE}\n</prompt>"
        if not getattr(self.tokenizer, "chat_template", None):
            return f"{self.tokenizer.bos_token or ''}{told}\n\n{asked}\n\n"
        from jinja2 import TemplateError

        def filled(*messages: tuple[str, str]) -> str:
            turns = [{"role": role, "content": content} for role, content in messages]
            template = self.tokenizer.apply_chat_template
            return str(template(turns, tokenize=False, add_generation_prompt=True, enable_thinking=False))

        try:
            return filled(("system", told), ("user", asked))
        except TemplateError:  # some know no system message
            return filled(("user", f"{told}\n\n{asked}"))
