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

_ADDRESSES_ANSWERER = re.compile(
    r"\W*(?:you(?: are|'re) (?:an?|the|my|our|(?-i:[A-Z]\w+))\b|act as\b|as an? (?:\w+[- ]){1,5}|your (?:role|name|job)\b"
    r"|(?:role|system|persona|instructions?|rules?)\b(?:\W|$)|du bist|sie sind|eres|usted es|actúa como|tu es|vous êtes|agis"
    r"|você é|aja como|ты —|ты |вы —|你是|您是|请扮演|あなたは|أنت|आप |तुम )",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\W*(?:[#*<\-•]|\d+[.)]\s|never|do not|don't|always|answer|respond|reply|keep|be\b|use\b|avoid|if\b|when\b|stay"
    r"|think|cite|write in|no\b|only|must|rules?\b|output|format|tone|style|goal)",
    re.IGNORECASE,
)
"""How the paragraphs of a system prompt begin: the first, and those behind it."""

_HARDNESS = (
    r"(?:trivial\w*|simpl\w+|eas(?:y|ily|iest)|basic|beginner|hard(?:est)?|difficult|complex|expert|advanced"
    r"|research|level|tier|(?:low|moderate|best|top|high)(?:est)?[- ]tier)"
)
_PICK = (
    r"(?:best|strong(?:est)?|smart(?:est)?|cheap(?:est)?|small(?:est)?|big(?:gest)?|larg(?:e|est)|flagship|premium|top"
    r"|most\s+(?:capable|powerful|expensive))"
)
"""How people who talk to the router call a model."""
_SELF_DESCRIPTION = re.compile(
    r"(?:\b(?:important|note|system|attention|p\.?s|nb)\b\s*[:!\-]+\s*)?(?:"
    r"\b(?:classify|treat|rate|route|label|consider|mark|categori[sz]e|grade|score|tag|handle|flag|regard)"
    r"\s+(?:this|it|me)\s*(?:prompt|task|question|request|message|query|conversation)?\s*(?:as|to|at|with)?\s*:?"
    rf"\s*(?:an?|the|being|of)?\s*(?:\w+\s+){{0,2}}?{_HARDNESS}"
    r"|\b(?:classify|rate|route|label|mark|grade|flag)\s+(?:as|to|at)\s+:?\s*(?:an?\s+|the\s+)?"
    rf"(?:\w+\s+){{0,2}}?{_HARDNESS}"
    r"|\b(?:this|the|my|following|above)\s+(?:prompt|task|question|request|message|query|one|job)?\s*"
    rf"(?:is|are|needs|requires|has)\s+(?:only\s+|just\s+|an?\s+|of\s+|the\s+)*(?:\w+ly\s+|very\s+)*{_HARDNESS}"
    rf"|(?:\b(?:system|metadata|override)\b\W*){{0,2}}\b(?:difficulty|complexity|task|prompt)(?:\s+level)?\W?\s*[:=]\W?\s*(?:\w+\s+)?(?:{_HARDNESS}|[0-9])"
    r"|\blevel\s*[:=]?\s*[1-3]\b(?:\s+(?:of|out\s+of)\s+3)?"
    r"|\b(?:to\s+the\s+router|rout(?:e|ing)|send|forward|escalate|hand|give)\b[^.!?\n]{0,60}"
    rf"\b{_PICK}\s+(?:\w+\s+)?(?:model|tier|llm)s?\b"
    rf"|\b(?:use|pick|choose|select|take)\s+(?:the|your|an?|any)\s+{_PICK}\s+(?:\w+\s+)?(?:model|tier|llm)s?\b"
    r"|\bany\s+(?:small|cheap|weak|tiny)\s+(?:model|llm)\s+(?:will|can|could)\b"
    r")[^.!?\n]{0,40}[.!?]*",
    re.IGNORECASE,
)
_HARDNESS_HINTS = (
    *("trivial", "simpl", "eas", "basic", "beginner", "hard", "difficult", "complex", "expert", "advanced"),
    *("level", "tier", "research", "model", "llm"),
)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]*")
_PROBE = 12
"""Characters at a text's end that are looked for a second time, to tell whether it goes round in circles."""
_LEAST_REPEATED, _LEAST_ROUNDS = 120, 3
"""A repetition is cut when it has so many characters and goes round so often beyond the first time."""


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
    """Return the beginning, some of the middle and the end of a long `text`, and endless repetitions once."""
    if len(text) <= HEAD + MIDDLE + TAIL:
        return _without_repetition(text)
    middle = (HEAD + len(text) - TAIL - MIDDLE) // 2
    parts = (text[:HEAD], text[middle : middle + MIDDLE], text[-TAIL:])
    first, *others = map(_without_repetition, parts)
    return "\n".join((first, *(part for part in others if part not in parts[0])))


def _without_repetition(text: str) -> str:
    if len(text) <= _LEAST_REPEATED:
        return text
    return _once_at_the_end(_once_at_the_end(text)[::-1])[::-1]


def _once_at_the_end(text: str) -> str:
    """Return `text` with what its end repeats over and over said once."""
    before = text.rfind(text[-_PROBE:], 0, len(text) - 1)
    if before < 0:
        return text
    period = len(text) - _PROBE - before
    end = len(text)
    while end > period and text[end - 1] == text[end - 1 - period]:
        end -= 1
    return text[:end] if len(text) - end >= max(_LEAST_ROUNDS * period, _LEAST_REPEATED) else text


def behind_system_prompt(text: str) -> str:
    """Return `text` without the paragraphs, or lines, at its beginning that tell the answerer who it is and what rules it has.

    They are for the category, not for the level: the same persona stands before easy tasks and hard ones.
    """
    stripped = text.strip()
    between = "\n\n" if "\n\n" in stripped else "\n"
    if between not in stripped or not _ADDRESSES_ANSWERER.match(stripped):
        return text
    parts = stripped.split(between)
    asked = next((i for i, part in enumerate(parts) if i and not _is_rule(part)), len(parts) - 1)
    return between.join(parts[asked:])


def _is_rule(part: str) -> bool:
    return _RULE.match(part) is not None or _ADDRESSES_ANSWERER.match(part) is not None


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
