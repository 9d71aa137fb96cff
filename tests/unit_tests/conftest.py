"""Fixtures that several files of tests use."""

from bench_command import bench, own

__all__ = ["bench", "own"]
