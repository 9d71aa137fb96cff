"""Logs of Inspect (UK AI Security Institute): one log a model and task, read without Inspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.bench.loaders.gathering import Gathering, PromptRow, name_of, number_of, required, text_of
from langchain_dynaroute.bench.loaders.inspect_files import InspectLog, read_log
from langchain_dynaroute.bench.loaders.json_files import head_of
from langchain_dynaroute.errors import OutcomeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from langchain_dynaroute.outcome_rows import Repairs
    from langchain_dynaroute.outcomes import OutcomeTable

_GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
"""Inspect's letters: correct, incorrect, partial, no answer."""
_ATTACHED = "attachment://"
_INPUT_TOKENS = ("input_tokens", "input_tokens_cache_read", "input_tokens_cache_write")


def is_inspect_log(path: Path) -> bool:
    """Return whether a file looks like a log."""
    head = head_of(path) if path.suffix == ".json" else ""
    return path.suffix == ".eval" or ('"eval"' in head and '"status"' in head)


def load_inspect(paths: Sequence[Path], repairs: Repairs | None = None, *, scorer: str | None = None) -> OutcomeTable:
    """Read a folder of `.eval` and `.json` logs, or one of them.

    A dataset is a task. Of several logs of one model and task the newest is taken, of several
    epochs the mean. Tokens are those of the model itself, not of a model that graded it. No cost
    is read: estimate it with `with_estimated_costs`.

    Args:
        paths: Files or folders.
        repairs: As in `OutcomeTable.load`.
        scorer: Whose score is taken where there are several, and `SCORER.KEY` where a score has parts.

    Raises:
        OutcomeError: naming the log, the sample and the rule.
    """
    files = [file for path in paths for file in _files_of(path)]
    gathering = Gathering(name_of(paths[0]))
    newest: dict[tuple[str, str], InspectLog] = {}
    for log in sorted(map(read_log, files), key=lambda log: (log.created, log.place)):
        if older := newest.get((log.task, log.model)):
            gathering.note(f"{older.place} is older than {log.place}, of the same model and task: passed over")
        newest[log.task, log.model] = log
    for log in newest.values():
        _gather(gathering, log, scorer)
    gathering.average("epochs")
    return gathering.table(repairs)


def _files_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in {".eval", ".json"} and is_inspect_log(file))
    if not found:
        msg = f"{path} holds no Inspect log (.eval, or .json with 'eval' and 'samples')."
        raise OutcomeError(msg)
    return found


def _gather(gathering: Gathering, log: InspectLog, scorer: str | None) -> None:
    if log.status != "success":
        gathering.note(f"{log.place} ended as {log.status!r}: the {len(log.samples):,} samples it holds are taken")
    for sample in log.samples:
        place = f"{log.place}, sample {sample.get('id')!r}"
        required(sample, ("id", "input"), place)
        prompt_id = f"{log.task}/{sample['id']}"
        gathering.add_prompt(PromptRow(prompt_id, log.task, _input_of(sample)), place)
        tokens = _tokens_of(sample, log.model)
        gathering.add_outcome(
            prompt_id, log.model, place, score=_score_of(sample, scorer, place), response=_answer_of(sample), **tokens
        )


def _input_of(sample: Mapping[str, Any]) -> str:
    text = text_of(sample["input"])
    attached = sample.get("attachments") or {}
    return str(attached.get(text.removeprefix(_ATTACHED), text)) if text.startswith(_ATTACHED) else text


def _answer_of(sample: Mapping[str, Any]) -> str | None:
    output = sample.get("output") or {}
    if completion := output.get("completion"):
        return str(completion)
    choices = output.get("choices") or []
    return text_of(choices[0].get("message") or "") if choices else None


def _tokens_of(sample: Mapping[str, Any], model: str) -> dict[str, Any]:
    usage = (sample.get("model_usage") or {}).get(model) or (sample.get("output") or {}).get("usage") or {}
    asked = [usage[name] for name in _INPUT_TOKENS if usage.get(name) is not None]
    return {"prompt_tokens": sum(asked) if asked else None, "completion_tokens": usage.get("output_tokens")}


def _score_of(sample: Mapping[str, Any], scorer: str | None, place: str) -> float | None:
    scores: dict[str, Any] = sample.get("scores") or {}
    if not scores and sample.get("score"):  # as the first logs had it
        scores = {"score": sample["score"]}
    values = {
        name: value for name, score in scores.items() for name, value in _values_of(name, score.get("value")).items()
    }
    if not values:
        return None
    if scorer is None and len(values) > 1:
        msg = f"{place} has several scores: {', '.join(values)}. Choose one with scorer=…"
        raise OutcomeError(msg)
    name = scorer or next(iter(values))
    if name not in values:
        msg = f"{place} has no score {name!r}; it has {', '.join(values)}."
        raise OutcomeError(msg)
    value = values[name]
    grade = _GRADES.get(value) if isinstance(value, str) else None
    return number_of(value, f"the score {name!r}", place) if grade is None else grade


def _values_of(name: str, value: Any) -> dict[str, Any]:
    """Return a score under its scorer's name, and the parts of one as SCORER.KEY."""
    return {f"{name}.{key}": part for key, part in value.items()} if isinstance(value, dict) else {name: value}
