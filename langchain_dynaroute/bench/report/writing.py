"""Everything a report consists of, written to a folder."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report.markdown import markdown
from langchain_dynaroute.bench.report.page import page
from langchain_dynaroute.bench.report.pictures import NAMES, write_pictures
from langchain_dynaroute.bench.report.roster import Roster

if TYPE_CHECKING:
    from langchain_dynaroute.bench.results import BenchResults


def write_report(results: BenchResults, folder: Path) -> dict[str, Path]:
    """Write the report of a run, and return what is where.

    Args:
        results: What the run found.
        folder: Where to write; it is made if it is not there. An earlier report in it is replaced
            once the new one is whole; other files stay.

    Returns:
        `results` (folder of tidy CSV files), `figures` (folder of PNG and SVG files), `markdown`
        and `html`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    roster = Roster(results)
    with TemporaryDirectory(prefix=".half-", dir=folder) as name:
        half = Path(name)
        results.save(half / "results")
        pictures = write_pictures(roster, half / "figures")
        (half / "report.md").write_text(markdown(roster, pictures), encoding="utf-8")
        (half / "report.html").write_text(page(roster), encoding="utf-8")
        _replace(half, folder)
    return {
        "results": folder / "results",
        "figures": folder / "figures",
        "markdown": folder / "report.md",
        "html": folder / "report.html",
    }


def _replace(half: Path, folder: Path) -> None:
    """Put a new report where an earlier one was, without what only the earlier one had."""
    if (folder / "results" / "about.json").is_file():
        pictures = [path for name in NAMES for path in (folder / "figures").glob(f"{name}.*")]
        for path in [*(folder / "results").glob("*.csv"), *pictures]:
            path.unlink()
    for path in sorted(half.rglob("*")):
        place = folder / path.relative_to(half)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            path.replace(place)
