"""What a conversation asks now, and how much of what went before must be read with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_dynaroute.classifiers.base import as_text
from langchain_dynaroute.classifiers.text_features import blend, features_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.classifiers.text_features import TextFeatures
    from langchain_dynaroute.classifiers.word_vectors import WordVectors

_TURNS_READ = 6
_CHARACTERS_PER_TURN = 700
_SHORT_WORDS = 12
_SHORT_IDEOGRAMS = 24
_SHARE_OF_SHORT, _SHARE_OF_LONG = 0.5, 0.85
"""How much of the profile the newest message decides, when it is short and when it stands on its own."""
_SHARE_BESIDE_SYSTEM = 0.92
_REFERS_BACK = re.compile(
    r"^\W*(?:and|but|so|then|now|also|why|how so|same|again|it|that|this|those|these|ok|okay|yes|no|y|et|pourquoi|und"
    r"|warum|aber|ahora|por qu|e |и|а|почему|теперь|那|为什么|再|じゃあ|なぜ|次|و|لماذا|अब|और|क्यों)\b",
    re.IGNORECASE,
)


class Conversation(NamedTuple):
    """The newest request, the turns before it and the system message."""

    now: str
    before: str = ""
    system: str = ""

    @property
    def is_follow_up(self) -> bool:
        """Whether the newest message can hardly be understood without those before it."""
        if not self.before:
            return False
        words = len(self.now.split())
        short = words <= _SHORT_WORDS and len(self.now) <= 8 * _SHORT_WORDS and "\n" not in self.now.strip()
        return short or (words <= 2 * _SHORT_WORDS and _REFERS_BACK.match(self.now) is not None)

    def features(self, vectors: WordVectors) -> TextFeatures:
        """Return the features of the newest request, blended with what it refers to."""
        features = features_of(self.now, vectors, history_words=len(self.before.split()))
        if self.before:
            share = _SHARE_OF_SHORT if self.is_follow_up else _SHARE_OF_LONG
            features = blend(features, features_of(self.before, vectors), share)
        if self.system:
            features = blend(features, features_of(self.system, vectors), _SHARE_BESIDE_SYSTEM, surface=False)
        return features


def conversation_of(prompt: str | Sequence[Any]) -> Conversation:
    """Return a prompt as a conversation: its last human message is what is asked now."""
    if isinstance(prompt, str):
        return Conversation(prompt)
    messages = list(prompt)
    last = max((i for i, message in enumerate(messages) if _kind(message) == "human"), default=len(messages) - 1)
    turns = [as_text([message]) for message in messages[:last] if _kind(message) != "system"]
    system = "\n".join(as_text([message]) for message in messages if _kind(message) == "system")
    before = "\n".join(turn[-_CHARACTERS_PER_TURN:] for turn in turns[-_TURNS_READ:])
    now = as_text(messages[last : last + 1])
    return Conversation(now, before.strip(), "" if last < 0 or _kind(messages[last]) == "system" else system)


def _kind(message: Any) -> str:
    return str(getattr(message, "type", ""))
