"""Loaders of results, one file a model: LLMRouterBench and RouterArena."""

import json
from pathlib import Path

import numpy as np
import pytest

from langchain_dynaroute.bench.loaders import detect_format, load_outcomes
from langchain_dynaroute.bench.loaders.llmrouterbench import _names_of
from langchain_dynaroute.errors import OutcomeError
from langchain_dynaroute.outcome_rows import Repairs

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


# -- LLMRouterBench -------------------------------------------------------------------------


def record(index, score, **more):
    """A record of LLMRouterBench."""
    return {
        "index": index,
        "origin_query": f"question {index}",
        "prompt": f"Question: question {index}\nAnswer:",
        "prediction": "4",
        "ground_truth": "4",
        "score": score,
        "prompt_tokens": 10 * index,
        "completion_tokens": 5,
        "cost": 0.5 * index,
        "raw_output": f"so it is {score}",
        **more,
    }


def run(root, model, records, *, dataset="aime", stamp="20250101_000000", **more):
    """Write a run where LLMRouterBench would."""
    said = {"performance": 0.5, "dataset_name": dataset, "split": "test", "model_name": model, **more}
    split = said["split"]
    path = root / "bench" / dataset / split / model / f"{dataset}-{split}-{model}-{stamp}.json"
    return put(path, {**said, "records": records})


def test_llmrouterbench_is_read_with_tokens_costs_and_answers(tmp_path) -> None:
    """A prompt is its dataset, split and index; the text sent is the prompt."""
    run(tmp_path, "small", [record(1, 0.0), record(2, 1.0)])
    run(tmp_path, "big", [record(2, 1.0), record(1, 0.5)])
    run(tmp_path, "big", [record(1, 1.0)], dataset="hle", split="hard")
    run(tmp_path, "small", [record(1, 0.0, origin_query="字")], dataset="hle", split="hard", demo=True)
    table = load_outcomes(tmp_path)
    assert "llmrouterbench" == detect_format(tmp_path)
    assert ("aime/test/2", "aime/test/1", "hle/hard/1") == table.prompt_ids
    assert "Question: question 2\nAnswer:" == table.prompts[0]
    np.testing.assert_array_equal([[1, 1], [0.5, 0], [1, NAN]], table.quality)
    np.testing.assert_array_equal([[1, 1], [0.5, 0.5], [0.5, NAN]], table.costs())
    np.testing.assert_array_equal([[20, 20], [10, 10], [10, NAN]], table.prompt_tokens)
    assert ("so it is 1.0", ("test", "test", "hard")) == (table.responses[0, 0], table.columns["split"])
    assert any("is a demonstration run: passed over" in repair for repair in table.repairs)


def test_the_newest_of_several_runs_is_taken_and_told(tmp_path) -> None:
    """File names tell the time; a newer demonstration does not count."""
    run(tmp_path, "m", [record(1, 0.0)], stamp="20250102_235959")
    run(tmp_path, "m", [record(1, 1.0)], stamp="20250103_000000")
    run(tmp_path, "m", [record(1, 0.2)], stamp="20250104_000000", demo=True)
    table = load_outcomes(tmp_path)
    assert [[1.0]] == table.quality.tolist()
    assert "aime-test-m-20250103_000000.json is the newest of 2 runs: 1 older ones are passed over" in table.repairs


def test_models_must_agree_on_the_question_but_not_on_its_form(tmp_path) -> None:
    """Another question under the same index is an error or a told repair; another template is only told."""
    run(tmp_path, "a", [record(1, 1.0)])
    run(tmp_path, "b", [record(1, 1.0, prompt="[INST] question 1")])
    table = load_outcomes(tmp_path)
    assert ("Question: question 1\nAnswer:",) == table.prompts
    assert "1 prompts were sent in another form to some models: the first form is kept" in table.repairs
    run(tmp_path, "c", [record(1, 1.0, origin_query="another")])
    with pytest.raises(
        OutcomeError, match=r"1 prompts have different texts .*aime/test/1: .*/a/.*/c/.*duplicates='first'"
    ):
        load_outcomes(tmp_path)
    assert ("a", "b", "c") == load_outcomes(tmp_path, repairs=Repairs(duplicates="first")).models


def test_ungraded_records_stay_missing_and_free_models_have_no_cost(tmp_path) -> None:
    """A null or NaN score is a hole, told; costs that are all 0 are unknown, told."""
    free = {"cost": 0.0, "prompt_tokens": 0}
    run(tmp_path, "m", [record(1, None, **free), record(2, NAN, **free), record(3, 1.0, **free), record(4, 1, **free)])
    table = load_outcomes(tmp_path)
    assert (2, None, None) == (table.n_missing, table.cost_usd, table.prompt_tokens)
    assert {
        "2 answers have no score: kept as missing, not as 0",
        "every cost_usd is 0: taken for unknown",
        "every prompt_tokens is 0: taken for unknown",
    } <= set(table.repairs)


def test_prompts_may_be_messages_and_names_may_be_folders(tmp_path) -> None:
    """Chat messages become one text; without metadata the folders name dataset, split and model."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"text": "Hi \ud800"}]}]
    path = put(tmp_path / "tau" / "test" / "m" / "result.json", {})
    path.write_text(json.dumps({"records": [record(1, 1.0, prompt=messages, raw_output=None)]}))
    table = load_outcomes(tmp_path, "llmrouterbench")
    assert (("tau/test/1",), ("m",), "4") == (table.prompt_ids, table.models, table.responses[0, 0])
    assert table.prompts[0].startswith("Be brief.\n\nHi \ufffd")
    assert load_outcomes(tmp_path, "llmrouterbench", responses=False).responses is None


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([{"index": 1, "prompt": "x"}], r"record 1 has no 'score'; it has index, prompt"),
        ([record(1, 1.0), record(1, "wrong")], r"record 2: score is 'wrong', but must be a number"),
        ([record(1, 1.0, prompt_tokens=10**400)], r"record 1: prompt_tokens is a huge integer"),
        ([record(1, 1.0, prompt="", origin_query=None)], "record 1 has neither a prompt nor an origin_query"),
        ([record(1, 3.0)], "1 scores lie outside 0..1"),
        ([record(1, 1.0), record(1, 0.0)], "1 outcomes stand twice"),
        ([], "no outcome was found"),
        ({}, "'records' must be a list"),
    ],
)
def test_a_record_with_a_fault_is_named(tmp_path, records, told) -> None:
    """Errors name the file, the record and the field."""
    run(tmp_path, "m", records)
    with pytest.raises(OutcomeError, match=told):
        load_outcomes(tmp_path)


def test_truncated_json_is_told_with_its_line(tmp_path) -> None:
    """A file that breaks off is named with the line, as are files that are no text or no object."""
    path = run(tmp_path, "m", [record(1, 1.0)])
    path.write_text('{"performance": 1,\n"records": [\n{"index": 1, ')
    with pytest.raises(OutcomeError, match=r"-m-20250101_000000.json, line 3: not JSON .*complete"):
        load_outcomes(tmp_path)
    path.write_bytes(b'{"records": "\xff"}')
    with pytest.raises(OutcomeError, match="is not UTF-8 text"):
        load_outcomes(tmp_path)
    path.write_text('[{"records": 1}]')
    with pytest.raises(OutcomeError, match="holds a JSON list, but an object was expected"):
        load_outcomes(tmp_path)
    path.write_text('{"records": [' + "1" * 5000 + "]}")
    with pytest.raises(OutcomeError, match="cannot be read as JSON"):
        load_outcomes(tmp_path)


def test_a_result_that_says_nothing_of_itself_is_told(tmp_path) -> None:
    """A file without records is named, and so is one that neither says nor stands where its model is told."""
    put(tmp_path / "d" / "test" / "m" / "r.json", {"performance": 1})
    with pytest.raises(OutcomeError, match="has no 'records'; it has performance"):
        load_outcomes(tmp_path)
    with pytest.raises(OutcomeError, match="does not say its dataset, split and model"):
        _names_of({"split": "test"}, Path("/r.json"))


# -- RouterArena ----------------------------------------------------------------------------


def answer(index, model, score, **more):
    """A line of RouterArena."""
    graded = None if score is None else {"score": score, "inference_cost": 0.25, "metric": "math_metric"}
    return {
        "global_index": index,
        "question": f"What of {index}?",
        "llm_selected": model,
        "generated_answer": "ü",
        "token_usage": {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
        "success": True,
        "evaluation_result": graded,
        **more,
    }


def test_routerarena_reads_one_file_a_model(tmp_path) -> None:
    """Datasets and subjects are told from the index; an ungraded answer stays missing; runs are averaged."""
    put(tmp_path / "a.jsonl", [answer("AIME_112", "org/a", 1.0), answer("MMLUPro_law_8", "org/a", 0.0)])
    put(
        tmp_path / "b.jsonl",
        [
            answer("AIME_112", "b", 1.0, run_number=1),
            answer("AIME_112", "b", 0.0, run_number=2),
            answer("MMLUPro_law_8", "b", None, token_usage=None),
        ],
    )
    table = load_outcomes(tmp_path)
    assert (("b", "org/a"), ("AIME", "MMLUPro"), ("AIME", "law")) == (table.models, table.datasets, table.categories)
    np.testing.assert_array_equal([[0.5, 1], [NAN, 0]], table.quality)
    np.testing.assert_array_equal([[0.25, 0.25], [NAN, 0.25]], table.costs())
    assert (7, "ü") == (table.prompt_tokens[0, 0], table.responses[0, 0])
    assert "1 outcomes stood in several runs: their mean is taken" in table.repairs


def test_a_line_with_a_fault_is_named(tmp_path) -> None:
    """Truncated lines and missing fields are told with file and line."""
    path = put(tmp_path / "a.jsonl", [answer("AIME_1", "a", 1.0), answer("AIME_2", "a", 1.0)])
    cut(path)
    with pytest.raises(OutcomeError, match=r"a.jsonl, line 2: not JSON"):
        load_outcomes(path)
    put(path, [answer("AIME_1", "a", 1.0), {"global_index": "AIME_2"}])
    with pytest.raises(OutcomeError, match=r"a.jsonl, line 2 has no 'question'"):
        load_outcomes(path)
