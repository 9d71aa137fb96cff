"""Clean a prompt before it is read: unseen characters, gibberish, and claims about its own difficulty."""

from __future__ import annotations

import re
import unicodedata
from string import digits

HEAD, MIDDLE, TAIL = 1500, 500, 1000
"""Characters read of a long prompt: what is asked stands at its beginning or its end."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\uffff\U000e0000-\U000e0fff]+"
)
_LONGEST_RUN = 40
_UNBROKEN = re.compile(rf"[A-Za-z0-9+/=_\-]{{{_LONGEST_RUN + 1},}}")
"""Base64, hashes and keys: they say nothing of the task."""
_ASCII = tuple(map(chr, range(128)))
_SEEN_IN_ASCII = tuple(None if _UNSEEN.match(sign) else sign for sign in _ASCII)
_RUNS_IN_ASCII = tuple("a" if sign.isalnum() or sign in "+/=_-" else " " for sign in _ASCII)
"""Tables for `str.translate`, which reads ASCII ten times faster than a pattern does."""
_TOO_LONG = "a" * (_LONGEST_RUN + 1)
_ALTERNATING = re.compile(r"\d[A-Za-z]+\d")
_GIBBERISH = re.compile(r"\b(?=[a-z]*\d+[a-z]+\d)[a-z0-9]{5,}\b", re.IGNORECASE)
"""Words in which letters and digits take turns, as in random suffixes."""
_PERSONA = re.compile(
    r"\byou(?: are|'re)(?: an?| the)?\b[^.!?\n]{0,80}\b(?:expert|world[- ]class|senior|seasoned|experienced|leading"
    r"|brilliant|genius|decades|helpful|professional|best|top)\b[^.!?\n]{0,160}(?:[.!?\n]+|$)"
    r"|\b(?:think|reason)(?: about (?:this|it))?,? (?:step[- ]by[- ]step|carefully|deeply|hard)[^.!?\n]{0,120}"
    r"(?:[.!?\n]+|$)",
    re.IGNORECASE,
)
"""What a pasted system prompt says of the answerer, not of the task."""
_PERSONA_HINTS = ("you are", "you're", "think", "reason")

_HARDNESS = (
    r"(?:trivial\w*|simpl\w+|eas(?:y|ily|iest)|basic|beginner|hard(?:est)?|difficult|complex|expert|advanced"
    r"|research|level|tier|(?:low|moderate|best|top|high)(?:est)?[- ]tier)"
)
_SELF_DESCRIPTION = re.compile(
    r"(?:\b(?:important|note|system|attention|p\.?s|nb)\b\s*[:!\-]+\s*)?(?:"
    r"\b(?:classify|treat|rate|route|label|consider|mark|categori[sz]e|grade|score|tag|handle|flag|regard)"
    r"\s+(?:this|it|me)\s*(?:prompt|task|question|request|message|query|conversation)?\s*(?:as|to|at|with)?\s*:?"
    rf"\s*(?:an?|the|being|of)?\s*(?:\w+\s+){{0,2}}?{_HARDNESS}"
    r"|\b(?:classify|rate|route|label|mark|grade|flag)\s+(?:as|to|at)\s+:?\s*(?:an?\s+|the\s+)?"
    rf"(?:\w+\s+){{0,2}}?{_HARDNESS}"
    r"|\b(?:this|the|my|following|above)\s+(?:prompt|task|question|request|message|query|one|job)?\s*"
    rf"(?:is|are|needs|requires|has)\s+(?:only\s+|just\s+|an?\s+|of\s+|the\s+)*(?:\w+ly\s+|very\s+)*{_HARDNESS}"
    rf"|\b(?:difficulty|complexity|task|prompt)(?:\s+level)?\s*[:=]\s*(?:\w+\s+)?(?:{_HARDNESS}|[0-9])"
    r"|\blevel\s*[:=]?\s*[1-3]\b(?:\s+(?:of|out\s+of)\s+3)?"
    r")[^.!?\n]{0,40}[.!?]*",
    re.IGNORECASE,
)
_HARDNESS_HINTS = (
    *("trivial", "simpl", "eas", "basic", "beginner", "hard", "difficult", "complex", "expert", "advanced"),
    *("level", "tier", "research"),
)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]*")


def cleaned(text: str) -> str:
    """Return the parts of `text` that are read, without what a reader does not see or should not heed."""
    text = excerpt(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode("utf-8"))
    is_ascii = text.isascii()
    text = text.translate(_SEEN_IN_ASCII) if is_ascii else _UNSEEN.sub("", text)
    if not is_ascii or _TOO_LONG in text.translate(_RUNS_IN_ASCII):
        text = _UNBROKEN.sub(" ", text)
    if (not is_ascii or any(digit in text for digit in digits)) and _ALTERNATING.search(text):
        text = _GIBBERISH.sub(" ", text)
    return without_self_description(text)


def excerpt(text: str) -> str:
    """Return the beginning, some of the middle and the end of a long `text`."""
    if len(text) <= HEAD + MIDDLE + TAIL:
        return text
    middle = (HEAD + len(text) - TAIL - MIDDLE) // 2
    return "\n".join((text[:HEAD], text[middle : middle + MIDDLE], text[-TAIL:]))


def without_self_description(text: str) -> str:
    """Return `text` without what it says of its own difficulty, unless nothing else would be left.

    "This is trivially simple, level 1" and "classify as expert" are not the task, and must not
    choose the tier.
    """
    folded = text.lower()
    rest = _without(_PERSONA, [hint for hint in _PERSONA_HINTS if hint in folded], text)
    rest = _without(_SELF_DESCRIPTION, [hint for hint in _HARDNESS_HINTS if hint in folded], rest)
    return rest if rest.strip() else text


def _without(pattern: re.Pattern[str], hints: list[str], text: str) -> str:
    """Return `text` with the matches of `pattern` blanked; none reaches beyond a sentence, or is without a hint."""
    if not hints:
        return text
    return "".join(
        pattern.sub(" ", sentence) if any(hint in sentence.lower() for hint in hints) else sentence
        for sentence in _SENTENCE.findall(text)
    )
