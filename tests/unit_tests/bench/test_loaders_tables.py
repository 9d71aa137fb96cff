"""Loaders of wide tables: RouterBench and RouteLLM, and the detection of every format."""

import io
import os
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest

from langchain_dynaroute.bench.loaders import FORMATS, PickleWarning, load_outcomes
from langchain_dynaroute.bench.loaders.detection import MARKS
from langchain_dynaroute.bench.loaders.restricted_pickle import read_pickle
from langchain_dynaroute.errors import OutcomeError
from langchain_dynaroute.outcome_rows import Repairs
from langchain_dynaroute.outcomes import OutcomeTable


def routerbench(**columns):
    """A small table in RouterBench's form, with two models whose names hold odd characters."""
    frame = {
        "sample_id": ["mmlu-law.val.1", "mmlu-law.val.2", "winogrande.dev.9"],
        "prompt": ["['Who?\\nA) I']", "[\"It's\", 'so']", "plain [1] text"],
        "eval_name": ["mmlu-law", "mmlu-law", "winogrande"],
        "Yi/Yi-34B": np.array([1.0, 0.0, 0.25], dtype=object),
        "gpt|4": [1.0, 1.0, np.nan],
        "Yi/Yi-34B|model_response": ["['A']", "['B', 'C']", "字 [broken"],
        "gpt|4|model_response": ["['A']", "['A']", None],
        "Yi/Yi-34B|total_cost": [0.1, 0.2, 0.3],
        "gpt|4|total_cost": [1.0, 2.0, np.nan],
        "oracle_model_to_route_to": ["gpt|4", "gpt|4", "no_model_correct"],
    }
    return pd.DataFrame({**frame, **columns})


def written(frame, path):
    """Write a table in the form that the ending tells."""
    match path.suffix:
        case ".pkl":
            frame.to_pickle(path)
        case ".csv":
            frame.to_csv(path, index=False)
        case _:
            frame.astype({"Yi/Yi-34B": float}).to_parquet(path)
    return path


@pytest.mark.filterwarnings("ignore::langchain_dynaroute.bench.loaders.PickleWarning")
@pytest.mark.parametrize("ending", [".pkl", ".csv", ".parquet"])
def test_routerbench_is_read_from_each_of_its_forms(tmp_path, ending) -> None:
    """Scores, costs and answers of each model are read; lists of texts are taken apart; a hole stays one."""
    table = load_outcomes(written(routerbench(), tmp_path / f"routerbench_0shot{ending}"))
    assert ("Yi/Yi-34B", "gpt|4") == table.models
    assert ("Who?\nA) I", "It's\n\nso", "plain [1] text") == table.prompts
    np.testing.assert_array_equal([[1, 1], [0, 1], [0.25, np.nan]], table.quality)
    np.testing.assert_allclose([[0.1, 1], [0.2, 2], [0.3, np.nan]], table.costs())
    assert ["A", "B\n\nC", "字 [broken"] == table.responses[:, 0].tolist()
    assert ("measured", "routerbench_0shot", 1) == (table.cost_source, table.name, table.n_missing)
    assert "1 answers have no score: kept as missing, not as 0" in table.repairs


def test_answers_may_be_left_out(tmp_path) -> None:
    """`responses=False` reads scores and costs alone."""
    path = written(routerbench(), tmp_path / "routerbench_0shot.csv")
    table = load_outcomes(path, responses=False)
    assert (None, load_outcomes(path).fingerprint) == (table.responses, table.fingerprint)


def test_mmlu_is_one_dataset_with_its_subjects_as_categories(tmp_path) -> None:
    """`mmlu-*` is one dataset; the ids keep their `.val` and `.dev`."""
    table = load_outcomes(written(routerbench(), tmp_path / "routerbench_0shot.csv"))
    assert ("mmlu", "mmlu", "winogrande") == table.datasets
    assert ("law", "law", "winogrande") == table.categories
    assert ("mmlu-law.val.1", "mmlu-law.val.2", "winogrande.dev.9") == table.prompt_ids


def test_zero_and_five_shot_tables_are_never_pooled(tmp_path) -> None:
    """Two numbers of shots in a folder, in a list of files or in a column are an error that says so."""
    zero = written(routerbench(), tmp_path / "routerbench_0shot.csv")
    assert 3 == len(load_outcomes(tmp_path))
    five = written(routerbench(), tmp_path / "routerbench_5shot.csv")
    told = r"0-shot \(routerbench_0shot.csv\) and 5-shot \(routerbench_5shot.csv\) outcomes may not be pooled"
    for path in (tmp_path, [zero, five]):
        with pytest.raises(OutcomeError, match=told):
            load_outcomes(path)
    mixed = written(routerbench(shots=[0, 0, 5]), tmp_path / "mixed.csv")
    with pytest.raises(OutcomeError, match=r"0-shot \(mixed.csv\) and 5-shot \(mixed.csv\)"):
        load_outcomes(mixed)
    odd = written(routerbench(shots=[5, 5, 5]), tmp_path / "odd_0shot.csv")
    with pytest.raises(OutcomeError, match="may not be pooled"):
        load_outcomes(odd)


def test_files_of_the_same_shots_are_read_together(tmp_path) -> None:
    """A list of files of one benchmark is one table, and the column of shots is kept."""
    frame = routerbench(shots=[0, 0, 0])
    first, second = frame.iloc[:2], frame.iloc[2:]
    table = load_outcomes([written(first, tmp_path / "a_0shot.csv"), written(second, tmp_path / "b_0shot.csv")])
    assert (3, ("0", "0", "0")) == (len(table), table.columns["shots"])


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (routerbench().drop(columns="prompt"), "has no column 'prompt'"),
        (routerbench().drop(columns="gpt|4"), r"has no column 'gpt\|4', the score of that model"),
        (routerbench()[["sample_id", "prompt", "eval_name"]], "names no model"),
        (routerbench(**{"gpt|4": ["good", 1, 1]}), r"bad_0shot.csv, row 1, gpt\|4: score is 'good'"),
        (routerbench(**{"gpt|4": [7, 1, 1]}), "1 scores lie outside 0..1"),
    ],
)
def test_a_routerbench_table_with_a_fault_names_it(tmp_path, frame, told) -> None:
    """Errors name the file and the column, row or rule."""
    with pytest.raises(OutcomeError, match=told):
        load_outcomes(written(frame, tmp_path / "bad_0shot.csv"), "routerbench")


def test_samples_that_stand_twice_are_repaired_on_request(tmp_path) -> None:
    """A sample that stands twice is an error, unless a repair was chosen; then it is told."""
    path = written(pd.concat([routerbench(), routerbench().iloc[:1]]), tmp_path / "routerbench_0shot.csv")
    with pytest.raises(OutcomeError, match="2 outcomes stand twice"):
        load_outcomes(path)
    table = load_outcomes(path, repairs=Repairs(duplicates="drop"))
    assert "2 outcomes stood twice (0 disagreed): drop" in table.repairs


# -- pickles --------------------------------------------------------------------------------


def test_reading_a_pickle_warns(tmp_path) -> None:
    """Whoever reads a pickle is told that it is one."""
    with pytest.warns(PickleWarning, match="routerbench_0shot.pkl is a pickle"):
        load_outcomes(written(routerbench(), tmp_path / "routerbench_0shot.pkl"))


@pytest.mark.filterwarnings("ignore::langchain_dynaroute.bench.loaders.PickleWarning")
@pytest.mark.parametrize("protocol", range(6))
def test_a_table_of_any_protocol_and_kind_of_column_is_read(tmp_path, protocol) -> None:
    """Texts, numbers, categories, dates and nullable columns all come through the restricted reader."""
    frame = pd.DataFrame(
        {
            "text": ["a", "字"],
            "object": np.array([0.0, "x"], dtype=object),
            "category": pd.Categorical(["u", "v"]),
            "date": pd.to_datetime(["2020", "2021"]),
            "whole": pd.array([1, None], dtype="Int64"),
            "yes": pd.array([True, None], dtype="boolean"),
            "real": pd.array([0.5, None], dtype="Float64"),
        }
    )
    frame.set_index("text", drop=False).to_pickle(tmp_path / "t.pkl", protocol=protocol)
    pd.testing.assert_frame_equal(frame.set_index("text", drop=False), read_pickle(tmp_path / "t.pkl"))


@pytest.mark.filterwarnings("ignore::langchain_dynaroute.bench.loaders.PickleWarning")
def test_the_names_of_older_versions_are_understood(tmp_path) -> None:
    """What pandas 1 and numpy 1 called their parts is found where it stands now."""
    frame = pd.DataFrame({"a": np.array(["x", "y"], dtype=object), "b": [1.0, 2.0]})
    frame.columns = frame.columns.astype(object)
    new = {
        b"cpandas\nDataFrame\n": b"cpandas.core.frame\nDataFrame\n",
        b"cpandas\nIndex\n": b"cpandas.core.indexes.base\nIndex\n",
        b"cpandas\nRangeIndex\n": b"cpandas.core.indexes.range\nRangeIndex\n",
        b"cnumpy._core.multiarray\n": b"cnumpy.core.multiarray\n",
    }
    data = pickle.dumps(frame, protocol=2)
    for now, then in new.items():
        assert now in data
        data = data.replace(now, then)
    (tmp_path / "old.pkl").write_bytes(data)
    pd.testing.assert_frame_equal(frame, read_pickle(tmp_path / "old.pkl"))


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def by_name(module, name, *arguments):
    """A pickle that calls a function by its name, which need not be here."""
    called = pickle.dumps(arguments, protocol=2)[2:-1]
    return b"\x80\x02c" + module.encode() + b"\n" + name.encode() + b"\n" + called + b"R."


ATTACKS = {
    "os.system": by_name("posix", "system", "touch {proof}"),
    "os.system by its own name": by_name("os", "system", "touch {proof}"),
    "eval": by_name("builtins", "eval", "open('{proof}', 'w')"),
    "eval of Python 2": by_name("__builtin__", "eval", "open('{proof}', 'w')"),
    "exec": by_name("builtins", "exec", "open('{proof}', 'w')"),
    "getattr": by_name("builtins", "getattr", "x", "upper"),
    "import": by_name("builtins", "__import__", "os"),
    "partial": by_name("functools", "partial", "x"),
    "subprocess": by_name("subprocess", "Popen", "touch {proof}"),
    "numpy.load": by_name("numpy", "load", "{proof}"),
    "numpy.fromfile": by_name("numpy._core.multiarray", "fromfile", "{proof}"),
    "numpy.loads": by_name("numpy.core.multiarray", "_load_from_filelike", "{proof}"),
    "pandas.read_pickle": by_name("pandas", "read_pickle", "{proof}"),
    "DataFrame.eval": by_name("pandas", "DataFrame.eval", "1"),
    "pandas.eval": by_name("pandas.core.computation.eval", "eval", "1"),
    "pickle.loads": by_name("pickle", "loads", b""),
    "pathlib": by_name("pathlib", "Path", "{proof}"),
    "a name within an admitted module": by_name("copyreg", "add_extension", "os", "system", 1),
    "a name of pandas' own imports": by_name("pandas.core.indexes.base", "np", "x"),
}


@pytest.mark.filterwarnings("ignore::langchain_dynaroute.bench.loaders.PickleWarning")
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_pickle_that_asks_for_more_than_a_table_is_refused(tmp_path, attack) -> None:
    """Any function but those a table is built of is refused by name, and not called."""
    proof, path = tmp_path / "proof", tmp_path / "evil_0shot.pkl"
    path.write_bytes(ATTACKS[attack].replace(b"{proof}", str(proof).encode()))
    with pytest.raises(OutcomeError, match=r"evil_0shot.pkl asks for .*, which no table needs"):
        load_outcomes(path)
    assert not proof.exists()


@pytest.mark.filterwarnings("ignore::langchain_dynaroute.bench.loaders.PickleWarning")
def test_the_refused_name_is_told(tmp_path) -> None:
    """The error names what the pickle asked for and the way out."""
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps({"table": Calls(os.system, "true")}))
    with pytest.raises(OutcomeError, match=rf"asks for {os.system.__module__}.system.*save it as Parquet"):
        read_pickle(path)


@pytest.mark.filterwarnings("ignore::langchain_dynaroute.bench.loaders.PickleWarning")
def test_a_pickle_may_not_change_a_class(tmp_path) -> None:
    """A pickle that sets an attribute of an admitted class is refused, and the class stays as it was."""
    data = io.BytesIO()
    data.write(b"\x80\x02cpandas\nDataFrame\n" + pickle.dumps((None, {"evil": 1}), protocol=2)[2:-1] + b"b.")
    (tmp_path / "evil.pkl").write_bytes(data.getvalue())
    with pytest.raises(OutcomeError, match="tries to change"):
        read_pickle(tmp_path / "evil.pkl")
    assert not hasattr(pd.DataFrame, "evil")


@pytest.mark.filterwarnings("ignore::langchain_dynaroute.bench.loaders.PickleWarning")
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (pickle.dumps([1, 2]), "holds a list, but a pandas DataFrame was expected"),
        (pickle.dumps(routerbench())[:200], "cannot be read as a pickled table"),
        (b"", "cannot be read as a pickled table: EOFError"),
        (b"no pickle at all", "cannot be read as a pickled table"),
    ],
)
def test_what_is_no_pickled_table_is_told(tmp_path, data, told) -> None:
    """Another object, a file cut off and no pickle at all are errors of the file."""
    (tmp_path / "bad.pkl").write_bytes(data)
    with pytest.raises(OutcomeError, match=told):
        load_outcomes(tmp_path / "bad.pkl")


# -- RouteLLM -------------------------------------------------------------------------------


def test_routellm_reads_a_folder_of_graded_answers(tmp_path) -> None:
    """Subjects of MMLU are one dataset; True is 1; answers stand beside their model."""
    (tmp_path / "mmlu").mkdir()
    (tmp_path / "mmlu" / "mmlu_anatomy.csv").write_text('prompt,weak,strong\n"Where?\nA. ä",True,False\nWho?,,1\n')
    (tmp_path / "gsm8k_responses.csv").write_text("prompt,weak,strong,weak_response\nHow many?,False,True,7\n")
    table = load_outcomes(tmp_path, repairs=Repairs())
    assert ("gsm8k_responses/0", "mmlu_anatomy/0", "mmlu_anatomy/1") == table.prompt_ids
    assert (("gsm8k", "mmlu", "mmlu"), ("gsm8k", "anatomy", "anatomy")) == (table.datasets, table.categories)
    np.testing.assert_array_equal([[1, 0], [0, 1], [1, np.nan]], table.quality)
    assert ("7", None) == (table.responses[0, 1], table.cost_usd)
    assert "Where?\nA. ä" == table.prompts[1]


def test_routellm_columns_that_are_no_scores_are_told(tmp_path) -> None:
    """A column of words is no model; the models may be named instead."""
    path = tmp_path / "mine.csv"
    path.write_text("prompt,subject,a,b\nx,law,1,0\n")
    with pytest.raises(OutcomeError, match=r"mine.csv, row 1: subject is 'law'.*models=\[…\]"):
        load_outcomes(path)
    assert ("a", "b") == load_outcomes(path, models=["a", "b"]).models
    with pytest.raises(OutcomeError, match="has no column 'c'; it has subject, a, b"):
        load_outcomes(path, models=["c"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("question,a\nx,1\n", "has no column 'prompt'; it has question, a"),
        ("prompt\nx\n", "no column of a model"),
        ("prompt,a\n", "no outcome was found"),
        ('prompt,a\nx,1,2,3\n"', "cannot be read as CSV"),
        ("", "cannot be read as CSV"),
        ("prompt,a\nx,1e400\n", "1 scores lie outside"),
    ],
)
def test_a_routellm_file_with_a_fault_names_it(tmp_path, text, told) -> None:
    """Missing columns, missing rows and broken CSV are told with the file."""
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(OutcomeError, match=told):
        load_outcomes(tmp_path / "t.csv", "routellm")


# -- detection ------------------------------------------------------------------------------


def test_every_format_has_a_mark_and_a_loader() -> None:
    """What can be detected can be read, and the other way round."""
    assert set(FORMATS) == {mark.format for mark in MARKS}


def test_a_tidy_folder_is_detected(tmp_path) -> None:
    """The package's own form is told from its two files; several folders are refused."""
    table = OutcomeTable.from_rows(
        {"prompt_id": ["a"], "dataset": ["d"], "prompt": ["x"]}, {"prompt_id": ["a"], "model": ["m"], "score": [1.0]}
    )
    table.save(tmp_path / "one")
    assert table.fingerprint == load_outcomes(tmp_path / "one").fingerprint
    assert table.fingerprint == load_outcomes(str(tmp_path / "one"), "tidy").fingerprint
    with pytest.raises(OutcomeError, match="A tidy table is one folder, but 2 were given"):
        load_outcomes([tmp_path / "one", tmp_path / "one"])


def test_an_unknown_folder_is_told_with_every_mark(tmp_path) -> None:
    """The error lists the formats and how each is recognised."""
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "other.json").write_text('{"a": 1}')
    with pytest.raises(OutcomeError, match="has no format that is known") as raised:
        load_outcomes(tmp_path)
    assert all(f"{mark.format}: {mark.told}" in str(raised.value) for mark in MARKS)


def test_paths_formats_and_options_that_are_not_there_are_told(tmp_path) -> None:
    """Errors name the path, guess the format and list the options."""
    with pytest.raises(OutcomeError, match=r"There is no '.*nowhere'"):
        load_outcomes(tmp_path / "nowhere")
    with pytest.raises(OutcomeError, match="No path of outcomes"):
        load_outcomes([])
    with pytest.raises(OutcomeError, match=r"There is no format 'routerbensh'. Did you mean 'routerbench'"):
        load_outcomes(tmp_path, "routerbensh")
    with pytest.raises(OutcomeError, match="load_lm_eval has no option 'scorer'; it has metric, filter_name"):
        load_outcomes(tmp_path, "lm_eval", scorer="x")


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"tidy"}))
def test_an_empty_folder_is_told(tmp_path, name) -> None:
    """Every loader says what it looked for in a folder that holds nothing of it."""
    with pytest.raises(OutcomeError, match="holds no"):
        load_outcomes(tmp_path, name)


def test_a_pickle_is_read_only_once_and_with_one_warning(tmp_path) -> None:
    """Detection does not open a pickle."""
    path = written(routerbench(), tmp_path / "routerbench_0shot.pkl")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_outcomes(path)
    assert [PickleWarning] == [warning.category for warning in caught]
