"""What a candidate says of itself on the chunks of one answer, in one piece.

Chunks merge by concatenation: a model name that stands on two of them becomes `"smallsmall"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_GROWING = "logprobs"
"""The one thing of which each chunk tells a part."""


class ChunkMetadata:
    """Gathers metadata: what is said again counts once, and the latest word is the one that holds."""

    def __init__(self) -> None:
        self.whole: dict[str, Any] = {}

    def add(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Take in what a chunk tells, and return what no chunk before it has told."""
        new = {key: value for key, value in told.items() if key == _GROWING or not self.whole.get(key)}
        grown = _grown(self.whole.get(_GROWING), told.get(_GROWING))
        self.whole |= {key: value for key, value in told.items() if value is not None}
        if grown:
            self.whole[_GROWING] = grown
        return new


def _grown(before: Any, more: Any) -> Any:
    """Return the log-probabilities of two pieces as those of one."""
    if not (isinstance(before, dict) and isinstance(more, dict)):
        return more or before
    joined = {key: [*(before.get(key) or []), *(value or [])] for key, value in more.items() if isinstance(value, list)}
    return {**before, **more, **joined}
