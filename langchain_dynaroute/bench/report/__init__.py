"""The report of a benchmark run: a page, Markdown, pictures, tidy tables, and a table for the terminal."""

from langchain_dynaroute.bench.report.terminal import leaderboard_text
from langchain_dynaroute.bench.report.writing import write_report

__all__ = ["leaderboard_text", "write_report"]
