"""What is kept of a router's sweep."""

from __future__ import annotations

from made_up_outcomes import Seesaw, random_table

from langchain_dynaroute.bench.evaluate import Scoring, Settings
from langchain_dynaroute.bench.protocol import splits_of
from langchain_dynaroute.bench.runner import run_all


def test_a_score_does_not_keep_the_whole_sweep_alive() -> None:
    """Only the default configuration's prompts are kept, not a view of all configurations'."""
    table, settings = random_table(), Settings(seeds=(1,))
    splits = splits_of(table, seeds=settings.seeds)
    (score,) = Scoring(table, splits, settings, run_all(table, [Seesaw()], splits, size=11)).routers["seesaw"]
    assert score.quality.base is None
    assert score.choices.base is None
    assert score.accuracy.shape == (11, 2)
