"""Loaders of logs, one file a model and task: Inspect and lm-evaluation-harness."""

import json
import zipfile

import numpy as np
import pytest

from langchain_dynaroute.bench.loaders import detect_format, load_outcomes
from langchain_dynaroute.errors import OutcomeError

NAN = float("nan")


def put(path, value):
    """Write JSON, or JSON Lines of a list, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = value if isinstance(value, list) else [value]
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n", encoding="utf-8")
    return path


def cut(path, characters=30):
    """Cut off the end of a file."""
    path.write_text(path.read_text(encoding="utf-8")[:-characters], encoding="utf-8")


# -- Inspect --------------------------------------------------------------------------------


def sample(key, value="C", epoch=1, **more):
    """A sample of an Inspect log."""
    return {
        "id": key,
        "epoch": epoch,
        "input": f"Is {key} so?",
        "target": "Yes",
        "output": {"model": "m", "choices": [{"message": {"role": "assistant", "content": [{"text": "No"}]}}]},
        "scores": {"match": {"value": value, "answer": "No"}},
        "model_usage": {"org/m": {"input_tokens": 10, "output_tokens": 4, "input_tokens_cache_read": 5}, "judge": {}},
        **more,
    }


def log(samples, model="org/m", created="2025-01-01T00:00:00", **more):
    """An Inspect log."""
    spec = {"task": "suite/popularity", "model": model, "created": created}
    return {"version": 2, "status": "success", "eval": spec, "samples": samples, **more}


def zipped(path, content, *, header="header.json"):
    """Write a log as `.eval`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in content["samples"]:
            archive.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(one))
        spec = {key: value for key, value in content.items() if key != "samples"}
        archive.writestr(header, json.dumps(spec))
        archive.writestr("summaries.json", "[]")
    return path


@pytest.mark.parametrize("header", ["header.json", "start.json", "_journal/start.json", None])
def test_inspect_logs_are_read_from_json_and_from_zip_files(tmp_path, header) -> None:
    """Letters become numbers, epochs their mean, and tokens are those of the model itself."""
    one = log([sample(1, "C", 1), sample(1, "I", 2), sample("b", "P"), sample("c", "N"), sample("d", value=True)])
    two = log([sample(1, 0.25), sample("b", "0.5"), sample("c", NAN), sample("d", scores=None)], model="judge")
    for name, content in (("one", one), ("two", two)):
        if header is None:
            put(tmp_path / f"{name}.json", content)
        else:
            zipped(tmp_path / f"{name}.eval", content, header=header)
    table = load_outcomes(tmp_path)
    assert (("judge", "org/m"), {"popularity"}) == (table.models, set(table.datasets))
    order = [table.prompt_ids.index(f"popularity/{key}") for key in (1, "b", "c", "d")]
    np.testing.assert_array_equal([[0.25, 0.5], [0.5, 0.5], [NAN, 0], [NAN, 1]], table.quality[order])
    assert (15, 4) == (table.prompt_tokens[order[0], 1], table.completion_tokens[order[0], 1])
    assert (None, "No", "Is 1 so?") == (table.cost_usd, table.responses[0, 0], table.prompts[order[0]])
    assert "1 outcomes stood in several epochs: their mean is taken" in table.repairs


def test_the_status_of_an_old_zip_stands_in_its_results(tmp_path) -> None:
    """A log that was broken off is read as far as it goes, and that is told."""
    path = zipped(tmp_path / "a.eval", {"eval": log([])["eval"], "samples": [sample(1)]}, header="start.json")
    assert ("a.eval ended as 'started': the 1 samples it holds are taken",) == load_outcomes(path).repairs
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("results.json", '{"status": "cancelled"}')
    assert ("a.eval ended as 'cancelled': the 1 samples it holds are taken",) == load_outcomes(path).repairs


def test_the_newest_log_of_a_model_and_task_is_taken(tmp_path) -> None:
    """An older log of the same model and task is passed over, and that is told."""
    put(tmp_path / "b.json", log([sample(1, "C")], created="2025-02-01"))
    put(tmp_path / "a.json", log([sample(1, "I")], created="2025-03-01"))
    table = load_outcomes(tmp_path)
    assert ([[0.0]], "b.json is older than a.json") == (table.quality.tolist(), table.repairs[0][:27])


def test_several_scores_need_a_choice(tmp_path) -> None:
    """Of several scorers, or of the parts of one, the scorer must be named."""
    parts = {"match": {"value": "C"}, "judge": {"value": {"style": 0.5, "truth": 1}}}
    path = put(tmp_path / "a.json", log([sample(1, scores=parts)]))
    with pytest.raises(OutcomeError, match=r"sample 1 has several scores: match, judge.style, judge.truth.*scorer=…"):
        load_outcomes(path)
    assert [[0.5]] == load_outcomes(path, scorer="judge.style").quality.tolist()
    with pytest.raises(OutcomeError, match="has no score 'truth'; it has match"):
        load_outcomes(path, scorer="truth")


def test_inputs_may_be_messages_or_attachments(tmp_path) -> None:
    """Messages become one text, and an attached text is put in its place; the first logs had one score."""
    messages = sample(1, input=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}])
    attached = sample(2, input="attachment://abc", attachments={"abc": "long text"})
    old = {**sample(3), "scores": None, "score": {"value": "C"}, "model_usage": None}
    table = load_outcomes(put(tmp_path / "a.json", log([messages, attached, old])))
    assert (("Be brief.\n\nWhy?", "long text", "Is 3 so?"), 1.0) == (table.prompts, table.quality[2, 0])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK broken", "cannot be read as a zip file"),
        (b"", "cannot be read as a zip file"),
    ],
)
def test_a_broken_zip_is_told(tmp_path, content, told) -> None:
    """A `.eval` file that is no zip is named."""
    (tmp_path / "a.eval").write_bytes(content)
    with pytest.raises(OutcomeError, match=told):
        load_outcomes(tmp_path / "a.eval")


def test_a_zip_with_a_fault_names_its_part(tmp_path) -> None:
    """Missing headers and broken samples are told with the file and its part."""
    path = tmp_path / "a.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.json", "{}")
    with pytest.raises(OutcomeError, match=r"is no Inspect log: it holds none of header.json"):
        load_outcomes(path)
    zipped(path, log([sample(1)]))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("samples/2_epoch_1.json", '{"id": 2,')
    with pytest.raises(OutcomeError, match=r"a.eval, samples/2_epoch_1.json, line 1: not JSON"):
        load_outcomes(path)


def test_a_zip_compressed_in_a_newer_way_tells_the_way_out(tmp_path, monkeypatch) -> None:
    """Zstandard, which Inspect writes and Python before 3.14 cannot read, is told with the command to convert."""

    def unreadable(*_):
        raise NotImplementedError

    path = zipped(tmp_path / "a.eval", log([sample(1)]))
    monkeypatch.setattr(zipfile.ZipFile, "read", unreadable)
    with pytest.raises(OutcomeError, match=r"inspect log convert --to json"):
        load_outcomes(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"eval": {"task": "t"}, "status": "success"}, "'eval' has no 'model'"),
        ({"eval": 1, "status": "success"}, "is no Inspect log"),
        (log([]), "no outcome was found"),
        (log([{"id": 1}]), r"a.json, sample 1 has no 'input'"),
        (log([sample(1, "maybe")]), "the score 'match' is 'maybe', but must be a number"),
        (log([sample(1), sample(2, input="Is 1 so?"), sample(1, input="other")]), "1 prompts have different texts"),
    ],
)
def test_an_inspect_log_with_a_fault_names_it(tmp_path, content, told) -> None:
    """Errors name the log, the sample and the field."""
    with pytest.raises(OutcomeError, match=told):
        load_outcomes(put(tmp_path / "a.json", content), "inspect")


# -- lm-evaluation-harness ------------------------------------------------------------------

STAMP = "2025-01-01T10-00-00.123456"


def doc(number, **more):
    """A line of a samples file: a generated answer."""
    return {
        "doc_id": number,
        "doc": {"question": "?"},
        "target": "4",
        "arguments": {"gen_args_0": {"arg_0": f"Q: {number}\nA:", "arg_1": {"until": ["\n"]}}},
        "resps": [[f"answer {number}"]],
        "filtered_resps": ["4"],
        "filter": "none",
        "metrics": ["exact_match"],
        "doc_hash": f"hash {number}",
        "exact_match": 1.0,
        **more,
    }


def choice(number, **more):
    """A line of a multiple choice."""
    arguments = {f"gen_args_{i}": {"arg_0": f"Q: {number}", "arg_1": f" {i}"} for i in range(2)}
    resps = [[["-1.0", "True"]], [["-2.0", "False"]]]
    both = {"metrics": ["acc_norm", "acc"], "acc": 1.0, "acc_norm": 0.0}
    return {**doc(number, arguments=arguments, resps=resps), **both, **more}


def samples(root, model, task, lines, stamp=STAMP):
    """Write a samples file where the harness would."""
    return put(root / model / f"samples_{task}_{stamp}.jsonl", lines)


def test_lm_eval_reads_a_folder_a_model(tmp_path) -> None:
    """A dataset is a task with its own metric; folders name the models; choices have no answer."""
    samples(tmp_path, "google__gemma-2b", "gsm8k", [doc(0), doc(1, exact_match=0.0)])
    samples(tmp_path, "google__gemma-2b", "arc_easy", [choice(0), choice(1, acc=0.0)])
    samples(tmp_path, "x", "gsm8k", [doc(1), doc(0, arguments=[["[INST] Q: 0", {}]])])
    samples(tmp_path, "x", "arc_easy", [choice(0), choice(1, acc=NAN)])
    put(tmp_path / "x" / f"results_{STAMP}.json", {"model_name": "org/x", "results": {}})
    table = load_outcomes(tmp_path)
    assert "lm_eval" == detect_format(tmp_path)
    assert (("google/gemma-2b", "org/x"), {"gsm8k", "arc_easy"}) == (table.models, set(table.datasets))
    order = [table.prompt_ids.index(key) for key in ("gsm8k/0", "gsm8k/1", "arc_easy/0", "arc_easy/1")]
    np.testing.assert_array_equal([[1, 1], [0, 1], [1, 1], [0, NAN]], table.quality[order])
    assert ["answer 0", "answer 1", None, None] == table.responses[order, 0].tolist()
    assert ("Q: 0\nA:", None) == (table.prompts[order[0]], table.cost_usd)
    assert "arc_easy: metric 'acc' of acc, acc_norm" in table.repairs
    assert "1 prompts were sent in another form to some models: the first form is kept" in table.repairs


def test_a_metric_may_be_chosen(tmp_path) -> None:
    """`metric` names the score; one that a task lacks is told with those it has."""
    samples(tmp_path, "m", "arc", [choice(0)])
    assert [[0.0]] == load_outcomes(tmp_path, metric="acc_norm").quality.tolist()
    with pytest.raises(OutcomeError, match=r"arc has no metric 'f1'; it has acc, acc_norm. Choose with metric=…"):
        load_outcomes(tmp_path, metric="f1")


def test_a_figure_of_the_whole_task_is_no_metric(tmp_path) -> None:
    """A metric that is a list a sample, as F1 of entities, cannot be a score."""
    samples(tmp_path, "m", "ner", [doc(0, metrics=["f1"], f1=["DATE: x", ["date: x"]])])
    with pytest.raises(OutcomeError, match="no known metric for ner; it has none"):
        load_outcomes(tmp_path)


def test_one_of_several_filters_is_taken(tmp_path) -> None:
    """`strict-match` comes first, and is told; another may be chosen, a wrong one is told."""
    lines = [doc(0, filter="flexible-extract"), doc(0, filter="strict-match", exact_match=0.0)]
    samples(tmp_path, "m", "gsm8k", lines)
    table = load_outcomes(tmp_path)
    assert [[0.0]] == table.quality.tolist()
    assert ("gsm8k: filter_name 'strict-match' of flexible-extract, strict-match",) == table.repairs
    assert [[1.0]] == load_outcomes(tmp_path, filter_name="flexible-extract").quality.tolist()
    with pytest.raises(OutcomeError, match="gsm8k has no filter_name 'none'"):
        load_outcomes(tmp_path, filter_name="none")


def test_the_newest_log_of_a_task_is_taken(tmp_path) -> None:
    """Of several logs of one model and task the newest counts, and that is told."""
    samples(tmp_path, "m", "t_1", [doc(0, exact_match=0.0)], "2025-01-02T00-00-00")
    samples(tmp_path, "m", "t_1", [doc(0)], "2025-01-03T00-00-00.5")
    table = load_outcomes(tmp_path)
    assert ("t_1/0", [[1.0]]) == (table.prompt_ids[0], table.quality.tolist())
    assert "samples_t_1_2025-01-03T00-00-00.5.jsonl is the newest of 2 logs" in table.repairs[0]


def test_models_that_answered_other_documents_are_told(tmp_path) -> None:
    """The same number with another document is an error."""
    samples(tmp_path, "a", "t", [doc(0)])
    samples(tmp_path, "b", "t", [doc(0, doc_hash="other")])
    with pytest.raises(OutcomeError, match="1 prompts have different texts in different places"):
        load_outcomes(tmp_path)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([{"doc_id": 0, "exact_match": 1.0}], r"line 1 has no 'arguments'"),
        ([doc(0, arguments={})], "'arguments' holds no prompt"),
        ([doc(0), {"doc_id": 1, "arguments": {}}], r"line 2 has no 'exact_match'"),
        ([doc(0), doc(0)], "1 outcomes stand twice"),
    ],
)
def test_a_sample_with_a_fault_is_named(tmp_path, lines, told) -> None:
    """Errors name the file, the line and the field."""
    samples(tmp_path, "m", "t", lines)
    with pytest.raises(OutcomeError, match=told):
        load_outcomes(tmp_path)


def test_an_empty_or_truncated_log_is_told(tmp_path) -> None:
    """A log without lines is named, and one that breaks off with its line."""
    path = samples(tmp_path, "m", "t", [doc(0), doc(1)])
    cut(path)
    with pytest.raises(OutcomeError, match=r"samples_t_.*jsonl, line 2: not JSON"):
        load_outcomes(tmp_path)
    path.write_text("\n")
    with pytest.raises(OutcomeError, match="is empty"):
        load_outcomes(tmp_path)
    path.rename(path.with_name("other.jsonl"))
    with pytest.raises(OutcomeError, match=r"holds no samples_TASK_TIME.jsonl. Run lm_eval with --log_samples"):
        load_outcomes(tmp_path, "lm_eval")
