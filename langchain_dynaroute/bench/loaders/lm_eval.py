"""Per-sample logs of lm-evaluation-harness (`--log_samples`): `MODEL/samples_TASK_TIME.jsonl`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.gathering import Gathering, PromptRow, name_of, required, text_of
from langchain_dynaroute.bench.loaders.json_files import read_lines, read_object
from langchain_dynaroute.bench.loaders.result_folders import files_in, newest_first
from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.outcome_rows import Repairs
    from langchain_dynaroute.outcomes import OutcomeTable

    Samples = list[tuple[str, dict[str, Any]]]

_NAME = re.compile(r"^samples_(?P<task>.+)_(?P<time>\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}(?:\.\d+)?)\.jsonl$")
METRICS = ("acc", "acc_norm", "exact_match", "pass@1", "pass_at_1", "prompt_level_strict_acc", "em", "f1", "mc2")
"""Metrics in 0..1 a sample, the preferred first."""
_FILTERS = ("none", "strict-match", "flexible-extract")
"""Ways in which an answer is cut out of a text, the preferred first."""


def load_lm_eval(
    paths: Sequence[Path], repairs: Repairs | None = None, *, metric: str | None = None, filter_name: str | None = None
) -> OutcomeTable:
    """Read a folder with one folder a model, or one such folder.

    A dataset is a task. The newest log of a model and task is taken. The harness logs neither
    tokens nor costs.

    Args:
        paths: The `--output_path` of the runs, or several.
        repairs: As in `OutcomeTable.load`.
        metric: Which metric is the score; None takes the first of `METRICS` that a task has.
        filter_name: Which answer filter, where a task has several; None prefers `strict-match`.

    Raises:
        OutcomeError: naming the file, the line and the rule.
    """
    found = [file for path in paths for file in files_in(path, ".jsonl", "lm-evaluation-harness log")]
    files = [file for file in found if _NAME.match(file.name)]
    if not files:
        msg = f"{paths[0]} holds no samples_TASK_TIME.jsonl. Run lm_eval with --log_samples."
        raise OutcomeError(msg)
    gathering = Gathering(name_of(paths[0]))
    chosen: dict[tuple[str, str], str] = {}
    models = _models_of(files)
    for group in newest_first(files, key=lambda file: (models[file], _task_of(file))):
        if len(group) > 1:
            gathering.note(f"{group[0].name} is the newest of {len(group)} logs: the others are passed over")
        _gather(gathering, group[0], models[group[0]], _Choice(gathering, chosen, metric, filter_name))
    return gathering.table(repairs)


class _Choice:
    """Metric and filter of each task: as asked for, else the first known one, the same for every model."""

    def __init__(
        self, gathering: Gathering, chosen: dict[tuple[str, str], str], metric: str | None, filter_name: str | None
    ) -> None:
        self._gathering, self._chosen = gathering, chosen
        self._asked = {"metric": metric, "filter_name": filter_name}

    def of(self, what: str, task: str, offered: list[str], preferred: Sequence[str], place: str) -> str:
        """Return the one of `offered` that was asked for or is preferred.

        Raises:
            OutcomeError: if it is not offered, or none is known.
        """
        asked = self._asked[what] or self._chosen.get((what, task))
        known = [name for name in preferred if name in offered]
        if asked is None and known:
            asked = known[0]
            if len(offered) > 1:
                self._gathering.note(f"{task}: {what} {asked!r} of {', '.join(sorted(offered))}")
        if asked not in offered:
            msg = f"{place}: {task} has no {what} {asked!r}" if asked else f"{place}: no known {what} for {task}"
            msg = f"{msg}; it has {', '.join(sorted(offered)) or 'none'}. Choose with {what}=…"
            raise OutcomeError(msg)
        self._chosen[what, task] = asked
        return asked


def _gather(gathering: Gathering, file: Path, model: str, choice: _Choice) -> None:
    task = _task_of(file)
    samples: Samples = list(read_lines(file))
    if not samples:
        msg = f"{file} is empty."
        raise OutcomeError(msg)
    filters = list(dict.fromkeys(str(sample.get("filter", "none")) for _, sample in samples))
    wanted = choice.of("filter_name", task, filters, (*_FILTERS, *sorted(filters)), str(file))
    metric = choice.of("metric", task, _metrics_in(samples[0][1]), METRICS, str(file))
    for place, sample in samples:
        if str(sample.get("filter", "none")) != wanted:
            continue
        required(sample, ("doc_id", "arguments", metric), place)
        prompt_id = f"{task}/{sample['doc_id']}"
        row = PromptRow(prompt_id, task, _prompt_of(sample, place), identity=sample.get("doc_hash"))
        gathering.add_prompt(row, place)
        gathering.add_outcome(prompt_id, model, place, score=sample[metric], response=_response_of(sample))


def _metrics_in(sample: dict[str, Any]) -> list[str]:
    """Return the metrics that are a number a sample; some are only parts of a figure for the whole task."""
    named = sample.get("metrics") or [name for name in METRICS if name in sample]
    return [name for name in named if isinstance(sample.get(name), (int, float))]


def _prompt_of(sample: dict[str, Any], place: str) -> str:
    arguments = sample["arguments"]
    first = next(iter(arguments.values()), None) if isinstance(arguments, dict) else next(iter(arguments), None)
    prompt = next(iter(first.values()), None) if isinstance(first, dict) else next(iter(first or ()), None)
    if prompt is None:
        msg = f"{place}: 'arguments' holds no prompt."
        raise OutcomeError(msg)
    return text_of(prompt)


def _response_of(sample: dict[str, Any]) -> str | None:
    """Return a generated answer; what a multiple choice holds are likelihoods."""
    value = sample.get("resps")
    while isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) and len(sample["arguments"]) == 1 else None


def _task_of(file: Path) -> str:
    match = _NAME.match(file.name)
    return match["task"] if match else file.stem


def _models_of(files: list[Path]) -> dict[Path, str]:
    """Return the model of each log: as the results of its run name it, else as its folder is called."""
    names: dict[tuple[Path, str], str] = {}
    models = {}
    for file in files:
        run = (file.resolve().parent, file.stem.rpartition("_")[2])
        if run not in names:
            names[run] = _named_in_results(*run) or run[0].name.replace("__", "/")
        models[file] = names[run]
    return models


def _named_in_results(folder: Path, time: str) -> str | None:
    for results in sorted(folder.glob(f"*_{time}.json")):
        if name := read_object(results).get("model_name"):
            return str(name)
    return None
