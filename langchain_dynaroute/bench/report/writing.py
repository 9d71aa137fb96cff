"""Everything a report consists of, written to a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_dynaroute.bench.report.markdown import markdown
from langchain_dynaroute.bench.report.page import page
from langchain_dynaroute.bench.report.pictures import write_pictures
from langchain_dynaroute.bench.report.roster import Roster

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_dynaroute.bench.results import BenchResults


def write_report(results: BenchResults, folder: Path) -> dict[str, Path]:
    """Write the report of a run, and return what is where.

    Args:
        results: What the run found.
        folder: Where to write; it is made if it is not there, and files of the same names are replaced.

    Returns:
        `results` (folder of tidy CSV files), `figures` (folder of PNG and SVG files), `markdown`
        and `html`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    roster = Roster(results)
    written = {"results": results.save(folder / "results"), "figures": folder / "figures"}
    pictures = write_pictures(roster, written["figures"])
    for name, content in (("markdown", markdown(roster, pictures)), ("html", page(roster))):
        written[name] = folder / f"report.{'md' if name == 'markdown' else name}"
        written[name].write_text(content, encoding="utf-8")
    return written
