"""Whether an optional package is installed."""

from __future__ import annotations

from importlib.util import find_spec

_FOUND: set[str] = set()


def is_installed(package: str) -> bool:
    """Return whether `package` can be imported.

    One that was found is not looked for again: looking through the import path takes longer than
    the rest of a decision, and each decision asks once a candidate. One that was not found may be
    installed while we run, as notebooks do.
    """
    if package not in _FOUND and find_spec(package) is not None:
        _FOUND.add(package)
    return package in _FOUND
