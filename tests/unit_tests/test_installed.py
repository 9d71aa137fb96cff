"""Whether an optional package is there."""

from __future__ import annotations

from importlib.machinery import ModuleSpec

import pytest

from langchain_dynaroute import installed


@pytest.fixture
def looked_for(monkeypatch):
    """What is looked for in the import path, where at first nothing is found; `there` is what is."""
    asked: list[str] = []
    there: set[str] = set()

    def find_spec(name: str) -> ModuleSpec | None:
        asked.append(name)
        return ModuleSpec(name, None) if name in there else None

    monkeypatch.setattr(installed, "find_spec", find_spec)
    monkeypatch.setattr(installed, "_FOUND", set())
    return asked, there


def test_a_package_installed_while_we_run_is_found(looked_for) -> None:
    """A package that was not there is looked for again."""
    _, there = looked_for
    assert not installed.is_installed("litellm")
    there.add("litellm")
    assert installed.is_installed("litellm")


def test_a_package_once_found_is_not_looked_for_again(looked_for) -> None:
    """The import path is searched once for a package that is there."""
    asked, there = looked_for
    there.add("litellm")
    assert [installed.is_installed("litellm") for _ in range(3)] == [True] * 3
    assert ["litellm"] == asked
