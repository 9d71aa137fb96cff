"""The surface of a prompt: its length, scripts, code, mathematics, questions and lists."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FEW_WORDS = 8
_LEAST_SHARE = 0.02
"""Share of a script's characters from which a text is written in it."""
_LENGTHS = (2, 4, 6, 9, 13, 18, 25, 35, 50, 80, 130, 220)
"""Bounds of the buckets of how many different known words a prompt has."""
_SIGNS_HEAD, _SIGNS_TAIL = 500, 250
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


class _Sign(NamedTuple):
    """Something that is there or not; every line of the text it is looked for in begins with a newline.

    Python looks for a literal, or for a pattern that begins with one, many times faster than for
    any other pattern: hence the hints, and a lookbehind after the first character instead of a border before it.
    """

    pattern: re.Pattern[str]
    hints: tuple[str, ...] = ()
    """One of these stands wherever the pattern matches."""

    def is_in(self, lines: str) -> bool:
        if self.hints and not any(hint in lines for hint in self.hints):
            return False
        return self.pattern.search(lines) is not None


def _sign(pattern: str, *hints: str) -> _Sign:
    return _Sign(re.compile(pattern), hints)


_SIGNS: dict[str, tuple[_Sign, ...]] = {
    "a code fence": (_sign(r"```"),),
    "indented lines": (_sign(r"\n(?<!\A\n)(?: {2,}|\t)\S"),),
    "lines ending like code": (_sign(r"[;{})\]]\s*\n|:\n\s", "\n"),),
    "a function or class": (
        _sign(
            r"\b(?:def|class|function|fn|func|public|void|const|let|var|import|#include|return)\b[^.?!\n]{0,60}[({;=:]",
            *("def", "class", "func", "fn", "public", "void", "const", "let", "var", "import", "#include", "return"),
        ),
    ),
    "SQL": (
        _sign(
            r"\b(?:SELECT|INSERT|UPDATE|CREATE TABLE|JOIN|WHERE)\b",
            *("SELECT", "INSERT", "UPDATE", "CREATE TABLE", "JOIN", "WHERE"),
        ),
    ),
    "an error message": (
        _sign(
            r"(?:Error|Exception)\b|Traceback|\b[Ee]rror:|\bat line\b|\bpanic|[Ss]egfault|[Ee]xit code",
            *("Error", "Exception", "Traceback", "error:", "at line", "panic", "egfault", "xit code"),
        ),
        _sign(r"E(?<!\wE)\d{4}\b"),
    ),
    "a file or path": (
        _sign(
            r"\.(?<=\w\.)(?:py|js|ts|tsx|go|rs|java|c|cpp|h|rb|php|sql|sh|ya?ml|json|toml|csv|log|md|html|css)\b"
            r"|/[\w.\-]+/[\w.\-]+"
        ),
    ),
    "TeX": (_sign(r"\\(?:frac|sum|int|sqrt|mathbb|left|begin|cdot|alpha|pi|le|ge)\b|\$[^$\n]{1,80}\$", "\\", "$"),),
    "an equation": (_sign(r"[\w)]\s*[=<>≤≥]\s*[\w(\-]|\^\d|\d\s*[+*/×÷]\s*\d", *"=<>≤≥^+*/×÷"),),
    "options to choose from": (_sign(r"\n\s*\(?[A-D][).:]\s"),),
    "a list": (_sign(r"\n\s*(?:[-*•]|\d+[.)])\s+\S"),),
    "a quoted text": (_sign(r"[\"“«「『][^\"”»」』\n]{12,}[\"”»」』]"),),
    "a text after a colon": (_sign(r":\s*\n"),),
    "a table": (_sign(r"\|.*\|.*\n|\n(?:[^,\n]*,){2,}[^,\n]*\n(?:[^,\n]*,){2,}", "|", ","),),
    "fields and values": (_sign(r"[=:]\s*[\"\w]+[;,|]\s*\w+\s*[=:]"),),
    "a year": (_sign(r"1(?<!\w1)[0-9]{3}\b|2(?<!\w2)0[0-9]{2}\b"),),
    "an amount with a unit": (
        _sign(r"\d\s?(?:%|°|kg|g|mg|ml|km|cm|mm|m/s|m²|kN|N|V|A|Hz|kHz|W|kW|K|J|mol|bar|Pa|MPa|€|£)(?![\w])"),
        _sign(r"[$€£]\s?\d"),
    ),
    "the first person": (_sign(r"\b(?:I|my|I'm|i'm|me|we|our|mein|mi|je|mon|ich|minha|meu)\b"),),
}
CONVERSATION_FEATURES = 2
"""The last names: they tell of the conversation, not of the text."""
SURFACE_NAMES = (
    *(
        f"{'at most' if i < len(_LENGTHS) else 'more than'} {_LENGTHS[min(i, len(_LENGTHS) - 1)]} different words"
        for i in range(len(_LENGTHS) + 1)
    ),
    *_SCRIPTS,
    *_SIGNS,
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
            *_signs(text),
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


def _signs(text: str) -> list[float]:
    parts = text if len(text) <= _SIGNS_HEAD + _SIGNS_TAIL else f"{text[:_SIGNS_HEAD]}\n{text[-_SIGNS_TAIL:]}"
    lines = f"\n{parts}"
    return [float(any(sign.is_in(lines) for sign in signs)) for signs in _SIGNS.values()]


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
        math.log1p(min(f" {' '.join(words)}".count(" #"), 40)) / 3,
        min(code / letters * 10, 2.0),
        math.log1p(min(text.count("\n"), 40)) / 3,
        min(sum(map(str.isupper, text[:400])) / min(letters, 400) * 5, 2.0),
        sum(longest) / len(longest) / 8,
    ]
