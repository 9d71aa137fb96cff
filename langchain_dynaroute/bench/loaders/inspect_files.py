"""The two forms of an Inspect log: one JSON file, or a zip of JSON files that ends in `.eval`."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.gathering import required
from langchain_dynaroute.bench.loaders.json_files import parsed_object, read_object
from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HEADERS = ("header.json", "_journal/start.json", "start.json")
"""What says which model answered which task: of a finished log, of one broken off, of one of 2024."""


@dataclass(frozen=True)
class InspectLog:
    """One log: a model's answers to the samples of a task."""

    place: str
    task: str
    model: str
    created: str
    status: str
    samples: tuple[Mapping[str, Any], ...]


def read_log(path: Path) -> InspectLog:
    """Read a log of either form.

    Raises:
        OutcomeError: naming the file, and within a zip the part, that cannot be read.
    """
    header, samples = _zipped(path) if path.suffix == ".eval" else _plain(path)
    spec = header.get("eval")
    if not isinstance(spec, dict):
        msg = f"{path} is no Inspect log: it has no 'eval'."
        raise OutcomeError(msg)
    required(spec, ("task", "model"), f"{path}, 'eval'")
    return InspectLog(
        place=path.name,
        task=str(spec["task"]).rpartition("/")[2],
        model=str(spec["model"]),
        created=str(spec.get("created", "")),
        status=str(header.get("status", "started")),
        samples=tuple(samples),
    )


def _plain(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    log = read_object(path)
    return log, log.get("samples") or []


def _zipped(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            headers = [name for name in _HEADERS if name in names]
            if not headers:
                msg = f"{path} is no Inspect log: it holds none of {', '.join(_HEADERS)}."
                raise OutcomeError(msg)
            header = _part(archive, headers[0], path)
            if "results.json" in names:  # where the status of a log of 2024 stands
                header = {**_part(archive, "results.json", path), **header}
            parts = [name for name in names if name.startswith("samples/") and name.endswith(".json")]
            return header, [_part(archive, name, path) for name in dict.fromkeys(parts)]
    except NotImplementedError:
        msg = (
            f"{path} is compressed in a way that this Python cannot undo (Zstandard needs Python 3.14). "
            "Convert it where Inspect is installed: inspect log convert --to json."
        )
        raise OutcomeError(msg) from None
    except (zipfile.BadZipFile, OSError) as error:
        msg = f"{path} cannot be read as a zip file: {error}. Is it complete?"
        raise OutcomeError(msg) from error


def _part(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    return parsed_object(archive.read(name), f"{path}, {name}")
