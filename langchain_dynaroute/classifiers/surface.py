"""The surface of a prompt: its length, scripts, code, mathematics, questions and lists."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FEW_WORDS = 8
_LEAST_SHARE = 0.02
"""Share of a script's characters from which a text is written in it."""
_LENGTHS = (2, 4, 6, 9, 13, 18, 25, 35, 50, 80, 130, 220)
"""Bounds of the buckets of how many different known words a prompt has."""
_PATTERN_HEAD, _PATTERN_TAIL = 500, 250
_SCRIPTS = {
    "Latin with accents": (0xC0, 0x250),
    "Cyrillic": (0x400, 0x530),
    "Arabic": (0x600, 0x700),
    "Devanagari": (0x900, 0x980),
    "kana": (0x3040, 0x3100),
    "Chinese characters": (0x4E00, 0xA000),
    "Hangul": (0xAC00, 0xD7B0),
    "mathematical signs": (0x2200, 0x2300),
    "Greek": (0x370, 0x400),
}
_PATTERNS = {
    "a code fence": re.compile(r"```"),
    "indented lines": re.compile(r"\n(?: {2,}|\t)\S"),
    "lines ending like code": re.compile(r"[;{})\]]\s*\n|:\n\s"),
    "a function or class": re.compile(
        r"\b(?:def|class|function|fn|func|public|void|const|let|var|import|#include|return)\b[^.?!\n]{0,60}[({;=:]"
    ),
    "SQL": re.compile(r"\b(?:SELECT|INSERT|UPDATE|CREATE TABLE|JOIN|WHERE)\b"),
    "an error message": re.compile(
        r"(?:Error|Exception)\b|Traceback|\b[Ee]rror:|\bat line\b|\bE\d{4}\b|\bpanic|[Ss]egfault|[Ee]xit code"
    ),
    "a file or path": re.compile(
        r"\w\.(?:py|js|ts|tsx|go|rs|java|c|cpp|h|rb|php|sql|sh|ya?ml|json|toml|csv|log|md|html|css)\b|/[\w.\-]+/[\w.\-]+"
    ),
    "TeX": re.compile(r"\\(?:frac|sum|int|sqrt|mathbb|left|begin|cdot|alpha|pi|le|ge)\b|\$[^$\n]{1,80}\$"),
    "an equation": re.compile(r"[\w)]\s*[=<>≤≥]\s*[\w(\-]|\^\d|\d\s*[+*/×÷]\s*\d"),
    "options to choose from": re.compile(r"(?:^|\n)\s*\(?[A-D][).:]\s", re.MULTILINE),
    "a list": re.compile(r"(?:^|\n)\s*(?:[-*•]|\d+[.)])\s+\S"),
    "a quoted text": re.compile(r"[\"“«「『][^\"”»」』\n]{12,}[\"”»」』]"),
    "a text after a colon": re.compile(r":\s*\n"),
    "a table": re.compile(r"\|.*\|.*\n|^(?:[^,\n]*,){2,}[^,\n]*\n(?:[^,\n]*,){2,}", re.MULTILINE),
    "fields and values": re.compile(r"[=:]\s*[\"\w]+[;,|]\s*\w+\s*[=:]"),
    "a year": re.compile(r"\b1[0-9]{3}\b|\b20[0-9]{2}\b"),
    "an amount with a unit": re.compile(
        r"\d\s?(?:%|°|kg|g|mg|ml|km|cm|mm|m/s|m²|kN|N|V|A|Hz|kHz|W|kW|K|J|mol|bar|Pa|MPa|€|£)(?![\w])|[$€£]\s?\d"
    ),
    "the first person": re.compile(r"\b(?:I|my|I'm|i'm|me|we|our|mein|mi|je|mon|ich|minha|meu)\b"),
}
CONVERSATION_FEATURES = 2
"""The last names: they tell of the conversation, not of the text."""
SURFACE_NAMES = (
    *(
        f"{'at most' if i < len(_LENGTHS) else 'more than'} {_LENGTHS[min(i, len(_LENGTHS) - 1)]} different words"
        for i in range(len(_LENGTHS) + 1)
    ),
    *_SCRIPTS,
    *_PATTERNS,
    "a question mark",
    "a question mark at the end",
    "many different words",
    "several sentences",
    "many commas",
    "many numbers",
    "code punctuation",
    "many lines",
    "capital letters",
    "long words",
    "a conversation before",
    "few words after a conversation",
)


def surface_of(text: str, words: list[str], known: int, *, history_words: int = 0) -> NDArray[np.float32]:
    """Return the numbers named in `SURFACE_NAMES` for `text` of `words`, `known` of which are different known ones."""
    import numpy as np

    lengths = [0.0] * (len(_LENGTHS) + 1)
    lengths[sum(known > bound for bound in _LENGTHS)] = 1.0
    return np.array(
        [
            *lengths,
            *_scripts(text),
            *_patterns(text),
            *_amounts(text, words, known),
            float(history_words > 0),
            float(history_words > 0 and known <= _FEW_WORDS),
        ],
        dtype=np.float32,
    )


def _scripts(text: str) -> list[float]:
    import numpy as np

    if text.isascii() or not text:
        return [0.0] * len(_SCRIPTS)
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    return [float(((codes >= low) & (codes < high)).mean() > _LEAST_SHARE) for low, high in _SCRIPTS.values()]


def _patterns(text: str) -> list[float]:
    parts = text if len(text) <= _PATTERN_HEAD + _PATTERN_TAIL else f"{text[:_PATTERN_HEAD]}\n{text[-_PATTERN_TAIL:]}"
    return [float(pattern.search(parts) is not None) for pattern in _PATTERNS.values()]


def _amounts(text: str, words: list[str], known: int) -> list[float]:
    sentences = text.count(". ") + text.count("? ") + text.count("。") + text.count("! ") + text.count("؟")
    code = sum(text.count(sign) for sign in "{};()=<>[]_")
    letters = max(len(text), 1)
    longest = sorted(map(len, words[:60]))[-8:] or [0]
    return [
        float("?" in text or "？" in text or "؟" in text),
        float(text.rstrip()[-1:] in ("?", "？", "؟")),
        math.log1p(known) / 3,
        math.log1p(sentences) / 2,
        math.log1p(min(text.count(",") + text.count("，") + text.count("、"), 25)) / 2,
        math.log1p(min(sum(word[0] == "#" for word in words), 40)) / 3,
        min(code / letters * 10, 2.0),
        math.log1p(min(text.count("\n"), 40)) / 3,
        min(sum(map(str.isupper, text[:400])) / min(letters, 400) * 5, 2.0),
        sum(longest) / len(longest) / 8,
    ]
