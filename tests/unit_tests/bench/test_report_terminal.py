"""The leaderboard in the terminal."""

from __future__ import annotations

import io

import pytest
from bench_results import make_results
from rich.console import Console

from langchain_dynaroute.bench.report import leaderboard_text

SMALL = {"models": 6, "routers": 4, "datasets": 4, "seeds": 3, "sweep": 11}


def shown(results, *, colour: bool = False) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=100, force_terminal=colour, highlight=False).print(leaderboard_text(results))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("costs", ["measured", "estimated", None])
def test_it_fits_100_columns(costs) -> None:
    """No line is longer than 100 columns and no figure is cut, however long the names."""
    results = make_results(**(SMALL | {"costs": costs}))
    results.leaderboard.loc[0, "router"] = "a-router-with-a-name-" * 4
    results.leaderboard.loc[0, ["difference", "difference_low", "difference_high"]] = [-0.123, -0.234, -0.345]
    lines = shown(results)
    assert max(map(len, lines)) <= 100
    assert not any("…" in line for line in lines)
    assert any("−12.3 [−23.4, −34.5]" in line for line in lines)


def test_routers_come_first_by_accuracy_then_references_then_models() -> None:
    """The most accurate router leads and is bold; the three best models end the table."""
    results = make_results(**SMALL)
    lines = shown(results)
    board = results.leaderboard[results.leaderboard["kind"] == "router"].sort_values("avg_acc", ascending=False)
    places = [next(i for i, line in enumerate(lines) if line.strip().startswith(name)) for name in board["router"]]
    assert sorted(places) == places
    assert places[-1] < next(i for i, line in enumerate(lines) if line.strip().startswith("Oracle"))
    bold = [line for line in shown(results, colour=True) if "\x1b[1m" in line and "±" in line]
    assert [True] == [board["router"].iloc[0] in line for line in bold]
    assert "The 3 best of 6 single models" in " ".join(" ".join(lines).split())


def test_markup_in_names_is_shown_as_it_is() -> None:
    """A name in square brackets is no style."""
    results = make_results(**SMALL)
    results.leaderboard.loc[0, "router"] = "[red]kNN[/]"
    assert any("[red]kNN[/]" in line for line in shown(results))


def test_estimated_costs_say_so() -> None:
    """The heads of both columns that are made from costs say estimated."""
    lines = shown(make_results(**(SMALL | {"costs": "estimated"})))
    assert any(2 == line.count("estimated") for line in lines)
    assert not any("USD" in line for line in shown(make_results(**(SMALL | {"costs": None}))))


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_narrow_terminal_shows_every_name(width) -> None:
    """Where there is no room, figures are left out and named, never the routers' names."""
    results = make_results(4, 5, 3)
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(leaderboard_text(results, width))
    told = " ".join(out.getvalue().split())
    assert all(name in told for name in results.leaderboard[results.leaderboard["kind"] == "router"]["router"])
    assert "AvgAcc" in told
    assert ("No room for CostSave" in told) == (width < 100)
