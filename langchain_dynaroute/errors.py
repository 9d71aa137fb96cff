"""The package's exceptions, and how secrets are kept out of their texts.

* DynaRouteError
  x TableError (ValueError)              a CSV file or a candidate breaks a rule
  x OutcomeError (ValueError)            outcomes of models on prompts break a rule
  x RouterError (ValueError)             a learned router is not fitted, or does not fit its pool or file
  x PoolError (ValueError)               a pool, router or model name does not fit
  x EncoderError                         an encoder's weights are missing, or its vectors are not as promised
  x ClassifierError                      no classifier has that name, or its assets cannot be read
  x MissingExtraError (ImportError)      an optional dependency is not installed
  x DownloadError                        a download failed or did not match its hash
  x RoutingError
    + NoEligibleCandidateError           every candidate is excluded, each with its reason
    + AllCandidatesFailedError           every candidate was tried, each with its failure
    + InterruptedAnswerError             an answer broke off after its first token
"""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_dynaroute.decisions import Attempt

_SECRET_SHAPES = re.compile(
    r"(?:\b(?:sk|pk|rk|gsk|xai|hf|r8|nvapi|pplx|key)[-_][A-Za-z0-9_\-]{8,}"
    r"|\bAIza[A-Za-z0-9_\-]{20,}|\bAKIA[A-Z0-9]{12,}|\beyJ[A-Za-z0-9_\-.]{20,}"
    r"|(?<=[Bb]earer )[^\s\"',;]{6,}"
    r"|(?<=api_key=)[^\s&\"',;]{4,}|(?<=[?&]key=)[^\s&\"',;]{4,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@))"
)
_SECRET_VARIABLE = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET = 8
"""A shorter environment value may be an ordinary word, and is left alone."""
_LONGEST_MESSAGE = 600
"""Characters of a provider's error text that are kept; some send whole pages."""


class DynaRouteError(Exception):
    """Base class of every error this package raises."""


class TableError(DynaRouteError, ValueError):
    """A CSV table or a candidate breaks a rule; the text names file, row and rule."""


class PoolError(DynaRouteError, ValueError):
    """A pool, router or model name does not fit what was asked of it."""


class OutcomeError(DynaRouteError, ValueError):
    """Outcomes of models on prompts break a rule; the text names the rows and the way out."""


class RouterError(DynaRouteError, ValueError):
    """A learned router is not fitted yet, or does not fit its pool, its encoder or its file."""


class EncoderError(DynaRouteError):
    """An encoder's weights are missing or cannot be read, or its vectors are not as promised."""


class ClassifierError(DynaRouteError):
    """No classifier has that name, or its assets are missing or cannot be read."""


class MissingExtraError(DynaRouteError, ImportError):
    """A dependency that belongs to an extra is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        """Name the missing `package` and the `extra` that brings it."""
        super().__init__(f"{package} is not installed. Get it with: pip install 'langchain-dynaroute[{extra}]'")


class DownloadError(DynaRouteError):
    """A download failed, or what arrived is not what was asked for."""


class RoutingError(DynaRouteError):
    """A request could not be answered by any model of the pool."""


class NoEligibleCandidateError(RoutingError):
    """Every candidate is excluded from this request."""

    def __init__(self, rejected: Iterable[tuple[str, str]]) -> None:
        """List each `(name, reason)` of `rejected`."""
        reasons = "\n".join(f"  - {name}: {reason}" for name, reason in rejected)
        super().__init__(f"No candidate of the pool may answer this request:\n{reasons}")


class AllCandidatesFailedError(RoutingError):
    """Every candidate of the ranking failed; `attempts` says how."""

    def __init__(self, attempts: Sequence[Attempt]) -> None:
        """Name every candidate of `attempts` with its failure."""
        self.attempts = tuple(attempts)
        trail = "\n".join(f"  - {attempt.name}: {attempt.error}" for attempt in attempts)
        super().__init__(f"No candidate answered, of {len(self.attempts)} in the ranking:\n{trail}")


class InterruptedAnswerError(RoutingError):
    """An answer broke off after its first token had left; no second answer is begun."""

    def __init__(self, name: str, received: str, error: str, attempts: Sequence[Attempt]) -> None:
        """Keep the text `received` from candidate `name` before `error`."""
        self.received = received
        self.attempts = tuple(attempts)
        super().__init__(
            f"{name} broke off after {len(received)} characters ({error}). The text received is "
            "in `error.received`; no other model was called, since two answers would run together."
        )


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"` for a near miss of `name`, else the choices."""
    choices = list(choices)
    folded = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {folded[near[0]]!r}?"
    return f" Choose from: {', '.join(choices)}."


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without `secrets`, key-shaped words and values of secret-looking variables."""
    known = {value for value in secrets if value}
    known |= {
        value for name, value in os.environ.items() if _SECRET_VARIABLE.search(name) and len(value) >= _SHORTEST_SECRET
    }
    for value in sorted(known, key=len, reverse=True):
        text = text.replace(value, "[redacted]")
    text = _SECRET_SHAPES.sub("[redacted]", text)
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]} […]"


def describe(error: BaseException, secrets: Iterable[str] = ()) -> str:
    """Return one redacted line that tells what went wrong."""
    # Redacted before the lines are joined: a key may have several.
    text = " ".join(redact(str(error), secrets).split()) or "no message"
    return f"{type(error).__name__}: {text}"
