"""Candidates and pools: who may answer, and who is in reach."""

from __future__ import annotations

import csv
import shutil

import pytest
from fakes import FakeModel
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import SecretStr, ValidationError

from langchain_dynaroute import Candidate, Category, ModelPool, TierTable
from langchain_dynaroute.benchmarks import table_path
from langchain_dynaroute.decisions import Tier
from langchain_dynaroute.errors import PoolError, TableError
from langchain_dynaroute.pool import RequestNeeds, as_pool, estimate_tokens

SECRET = "tell-nobody-4711"  # of no provider's shape: only knowing where it stands hides it


# -- candidates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": ""}, "name: String should have at least 1 character"),
        ({"input_usd_per_1m_tokens": -1}, "input_usd_per_1m_tokens: "),
        ({"output_usd_per_1m_tokens": float("nan")}, "output_usd_per_1m_tokens: "),
        ({"output_usd_per_1m_tokens": float("inf")}, "output_usd_per_1m_tokens: "),
        ({"scores": {"AIME": 8250}}, "AIME is 8250, but a score is a percentage from 0 to 100"),
        ({"scores": {"AIME": float("nan")}}, "AIME is nan"),
        ({"max_input_tokens": 0}, "max_input_tokens: "),
        ({"model": 5}, "must be a LiteLLM id or a LangChain chat model, not int"),
        ({"params": 5}, "params: "),
        ({"price": 5}, "price: "),
    ],
)
def test_a_wrong_candidate_cannot_be_built(fields, rule):
    """A broken rule is a `PoolError` with the candidate, the field and the rule."""
    with pytest.raises(PoolError) as caught:
        Candidate(**{"name": "A", "model": "gpt-4.1", **fields})

    assert f"Candidate {fields.get('name', 'A')!r}" in str(caught.value)
    assert rule in str(caught.value)


def test_a_candidate_is_a_value():
    """A candidate cannot be changed."""
    with pytest.raises(ValidationError, match="frozen"):
        Candidate("A", "gpt-4.1").name = "B"


def test_scores_are_kept_under_the_one_name_of_their_benchmark():
    """Scores given for HLE are those of Humanity's Last Exam."""
    assert {"Humanity's Last Exam": 20.0} == Candidate("A", scores={"HLE": 20}).scores


@pytest.mark.parametrize(
    "given",
    [
        {"api_key": SECRET},
        {"api_key": SecretStr(SECRET)},
        {"params": {"api_key": SECRET, "temperature": 0}},
        {"params": {"api_key": SecretStr(SECRET)}},
    ],
)
def test_a_key_is_never_shown(given):
    """However it was given, a key is in no printed or dumped form, and the model still gets it."""
    candidate = Candidate("A", "gpt-4.1", **given)
    forms = (
        repr(candidate),
        str(candidate),
        candidate.model_dump_json(),
        str(candidate.model_dump()),
        repr(candidate.to_row()),
        repr(candidate.model_copy()),
        repr(ModelPool([candidate]).candidates),
    )

    assert not [form for form in forms if SECRET in form]
    assert SECRET == candidate.api_key.get_secret_value()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aws_secret_access_key", SECRET),
        ("azure_ad_token", SECRET),
        ("vertex_credentials", {"private": SECRET}),
        ("extra_headers", {"Authorization": SECRET}),
    ],
)
def test_credentials_among_the_parameters_are_never_shown(name, value):
    """Credentials that LiteLLM takes as call parameters are as secret as a key."""
    candidate = Candidate("A", "bedrock/x", params={name: value, "max_tokens": 5})
    forms = (
        repr(candidate),
        str(candidate),
        candidate.model_dump_json(),
        str(candidate.model_dump()),
        dumps(candidate),
    )

    assert not [form for form in forms if SECRET in form]
    assert {"max_tokens": 5} == candidate.params


def test_credentials_among_the_parameters_are_still_sent():
    """A call gets every parameter that was given, the secret ones too."""
    params = {"aws_secret_access_key": SECRET, "max_tokens": 5}

    assert params == Candidate("A", FakeModel(), params=params).call_params


@pytest.mark.parametrize("given", [{"api_key": SECRET}, {"params": {"api_key": SECRET}}])
def test_a_saved_candidate_holds_no_key(given):
    """LangChain's `dumps` saves the name of a key's variable in the place of the key."""
    saved = dumps(Candidate("A", "gpt-4.1", **given))

    assert SECRET not in saved
    assert "OPENAI_API_KEY" in saved


def test_a_key_in_a_csv_file_is_never_shown(tmp_path):
    """A key in a table's `params` becomes the candidate's key."""
    path = tmp_path / "mine.csv"
    path.write_text(f'name,model,params\nA,gpt-4.1,"{{""api_key"": ""{SECRET}""}}"\n', encoding="utf-8")
    candidate = ModelPool.load(path)["A"]

    assert SECRET not in repr(candidate) + candidate.model_dump_json()
    assert (SECRET, {}) == (candidate.api_key.get_secret_value(), candidate.params)


def test_the_error_of_a_wrong_candidate_tells_no_key():
    """A candidate refused for another field does not quote its key."""
    with pytest.raises(PoolError) as caught:
        Candidate("A", "gpt-4.1", api_key=SECRET, max_input_tokens=0, params={"api_key": SECRET})

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "params", "provider"),
    [
        ("gpt-4.1", {}, "openai"),
        ("gemini/gemini-2.5-pro", {}, "google_genai"),
        ("us.amazon.nova-lite-v1:0", {}, "bedrock_converse"),
        ("deepinfra/zai-org/GLM-4.6", {}, "deepinfra"),
        ("my-model", {"custom_llm_provider": "anthropic"}, "anthropic"),
        ("my-model", {}, "openai"),
        (None, {}, "unknown"),
    ],
)
def test_the_provider_is_named_as_langchain_does(model, params, provider):
    """The provider is read off the id, the parameters or LiteLLM's map, in LangChain's names."""
    assert provider == Candidate("A", model, params=params).provider


def test_abilities_come_from_the_candidate_then_from_the_map():
    """What a candidate says of itself stands; the rest is LiteLLM's; of an unknown model nothing is known."""
    abilities = ("max_input_tokens", "tool_calling", "structured_output", "image_input")

    assert [8192, True] == [Candidate("A", "gpt-4").ability(name) for name in abilities[:2]]
    assert [100, False] == [
        Candidate("A", "gpt-4", max_input_tokens=100, tool_calling=False).ability(name) for name in abilities[:2]
    ]
    assert [None] * 4 == [Candidate("A", "nobody/knows").ability(name) for name in abilities]


def test_abilities_of_a_chat_model_come_from_its_profile():
    """A LangChain model's own capability profile counts."""
    model = FakeModel(profile={"max_input_tokens": 500, "tool_calling": False, "image_inputs": True})

    assert [500, False, True, None] == [
        Candidate("A", model).ability(name)
        for name in ("max_input_tokens", "tool_calling", "image_input", "structured_output")
    ]


def test_a_chat_model_that_cannot_bind_tools_cannot_call_them():
    """Without a profile, a chat model with no `bind_tools` of its own calls no tools; with one, it may."""

    class WithoutTools(FakeModel):
        bind_tools = BaseChatModel.bind_tools

    class WithTools(FakeModel):
        def bind_tools(self, tools, **kwargs):
            return self

    assert Candidate("A", WithoutTools()).ability("tool_calling") is False
    assert Candidate("A", WithTools()).ability("tool_calling") is None


# -- reach ----------------------------------------------------------------------------------


def test_a_candidate_without_a_key_says_which(monkeypatch):
    """The name of the variable that is missing is told, and nothing once it is set."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert "OPENAI_API_KEY" == Candidate("A", "gpt-4.1").missing()

    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert Candidate("A", "gpt-4.1").missing() is None


def test_one_of_several_keys_is_enough(monkeypatch):
    """Of alternative variables any will do; without all the first is named, and an empty one is none."""
    monkeypatch.setenv("GEMINI_API_KEY", "")
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    assert "GEMINI_API_KEY" == Candidate("A", "gemini/gemini-2.5-pro").missing()

    monkeypatch.setenv("GOOGLE_API_KEY", "x")
    assert Candidate("A", "gemini/gemini-2.5-pro").missing() is None


def test_a_key_variable_of_its_own_counts_alone(monkeypatch):
    """`key_env` takes the place of the provider's variable."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.delenv("TEAM_KEY", raising=False)

    assert "TEAM_KEY" == Candidate("A", "gpt-4.1", key_env="TEAM_KEY").missing()


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "gpt-4.1", "api_key": "x"},
        {"model": "gpt-4.1", "params": {"api_base": "http://localhost:1"}},
        {"model": FakeModel()},
        {"model": "ollama/llama3"},
    ],
)
def test_what_needs_no_variable_is_in_reach(monkeypatch, fields):
    """A key, a server's address, a chat model or a provider without keys is enough."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    assert Candidate("A", **fields).missing() is None


def test_a_candidate_without_model_is_out_of_reach():
    """A row for which LiteLLM knows no id tells what to give."""
    assert "give this candidate a `model`" in Candidate("A").missing()


# -- abilities exclude ----------------------------------------------------------------------


NEEDS = {
    "window": (RequestNeeds(input_tokens=101), {"max_input_tokens": 100}, "context window of 100 tokens is too small"),
    "tools": (RequestNeeds(tool_calling=True), {"tool_calling": False}, "cannot call tools"),
    "structure": (
        RequestNeeds(structured_output=True),
        {"structured_output": False, "tool_calling": False},
        "cannot give structured output, by schema or by tool",
    ),
    "images": (RequestNeeds(image_input=True), {"image_input": False}, "cannot read images"),
}


@pytest.mark.parametrize(("needs", "lack", "reason"), NEEDS.values(), ids=NEEDS.keys())
def test_a_missing_ability_excludes_with_its_reason(needs, lack, reason):
    """Who cannot do what a request asks is excluded; who can, or might, stays."""
    able = {"max_input_tokens": 101, "tool_calling": True, "structured_output": True, "image_input": True}
    pool = ModelPool([Candidate("able", **able), Candidate("unable", **{**able, **lack}), Candidate("unknown")])

    kept, rejected = pool.eligible(needs)

    assert ["able", "unknown"] == [candidate.name for candidate in kept]
    assert ["unable"] == [candidate.name for candidate in rejected]
    assert reason in rejected[0].reason


@pytest.mark.parametrize("either", ["structured_output", "tool_calling"])
def test_structure_comes_by_schema_or_by_tool(either):
    """A model with only one of the two ways to give structured output is not excluded."""
    abilities = {"structured_output": False, "tool_calling": False, either: True}

    assert Candidate("A", **abilities).shortfall(RequestNeeds(structured_output=True)) is None


def test_a_plain_request_excludes_nobody():
    """Without needs every candidate of every shipped pool may answer."""
    for name in ("flagship", "dynaroute-paper", "lightweight"):
        assert () == ModelPool.load(name).eligible(RequestNeeds())[1]


def test_reach_excludes_nobody(monkeypatch):
    """A candidate without its key is as eligible as one with it."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    pool = ModelPool([Candidate("A", "gpt-4.1")])

    assert (pool.candidates, ()) == pool.eligible(RequestNeeds())


@pytest.mark.parametrize(
    ("content", "needs"),
    [
        ("abcd" * 10, RequestNeeds(input_tokens=10)),
        ([{"type": "text", "text": "abcd" * 10}], RequestNeeds(input_tokens=10)),
        (["abcd" * 10], RequestNeeds(input_tokens=10)),
        ([{"type": "image_url", "image_url": {"url": "data:"}}], RequestNeeds(input_tokens=800, image_input=True)),
        ([{"type": "image", "url": "https://x"}], RequestNeeds(input_tokens=800, image_input=True)),
        ([], RequestNeeds()),
    ],
)
def test_needs_are_read_off_the_messages(content, needs):
    """Text is counted and images are noticed, in every form a message may have."""
    assert needs == RequestNeeds.of([HumanMessage(content)])


def test_needs_add_up_over_a_conversation():
    """All messages of a conversation count, and what the call asks is passed on."""
    needs = RequestNeeds.of([HumanMessage("a" * 40), AIMessage("b" * 40)], tool_calling=True, structured_output=True)

    assert RequestNeeds(20, tool_calling=True, structured_output=True) == needs


def test_other_scripts_count_a_token_a_character():
    """Four ASCII characters are a token, a Chinese one is a token of its own."""
    assert (2, 4, 5) == (estimate_tokens("12345678"), estimate_tokens("你好世界"), estimate_tokens("你好世界1234"))


# -- pools ----------------------------------------------------------------------------------


def test_names_are_unique():
    """Two candidates of one name are refused."""
    with pytest.raises(PoolError, match="'A' stands twice"):
        ModelPool([Candidate("A"), Candidate("A")])


def test_a_pool_is_not_empty_and_holds_candidates():
    """Nothing, and things that are no candidates, are refused with what to write."""
    with pytest.raises(PoolError, match="at least one candidate"):
        ModelPool([])
    with pytest.raises(PoolError, match="not str"):
        ModelPool(["gpt-4.1"])


def test_a_model_is_found_by_name_or_id():
    """`find` takes a name first, then a LiteLLM id, and guesses a misspelt one."""
    pool = ModelPool.load("flagship")

    assert pool["GPT-5"] is pool.find("GPT-5") is pool.find("gpt-5")
    with pytest.raises(PoolError, match=r"The pool 'flagship' has no model 'GPT5'\. Did you mean 'GPT-5'"):
        pool.find("GPT5")


def test_a_pool_is_made_of_whatever_a_user_gives(tmp_path):
    """A pool, a name, a path, candidates, or nothing at all, which is `flagship`."""
    path = shutil.copy(table_path("lightweight"), tmp_path / "mine.csv")
    pool = ModelPool([Candidate("A")])

    assert pool is as_pool(pool)
    assert ("flagship", "dynaroute-paper") == (as_pool(None).name, as_pool("dynaroute-paper").name)
    assert [20, 20, 1] == [len(as_pool(given)) for given in (path, str(path), [Candidate("A")])]
    assert "ModelPool('mine', 20 candidates)" == repr(as_pool(path))


def test_one_more_row_shows_up_in_the_tiers(tmp_path):
    """A model added as a row of a copied table leads, with its scores and price, and moves the bounds."""
    path = tmp_path / "mine.csv"
    shutil.copy(table_path("flagship"), path)
    header = next(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    row = {column: "99" for column in header if column.startswith("percent:")}
    row |= {"name": "Newcomer", "model": "gpt-4.1", "input_usd_per_1m_tokens": "0.1", "output_usd_per_1m_tokens": "0.2"}
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, header).writerow(row)

    table = TierTable.build(ModelPool.load(path))

    for category in Category:
        first = table.ranking(category, Tier.LOW)[0]
        assert ("Newcomer", Tier.LOW, 0.3) == (first.name, first.tier, first.cost_usd_per_1m_tokens)
        assert "Newcomer" == table.ranking(category, Tier.BEST)[0].name
        assert 14 == len(table.ranking(category, Tier.MODERATE))


def test_updated_replaces_by_name_and_adds_the_rest():
    """A candidate of a known name takes its place, a new one joins at the end, the old pool stays."""
    pool = ModelPool([Candidate("A", "gpt-4"), Candidate("B", "gpt-4.1")], "mine")
    newer = pool.updated([Candidate("A", "gpt-5"), Candidate("C", "o3-mini")])

    assert [("A", "gpt-5"), ("B", "gpt-4.1"), ("C", "o3-mini")] == [(c.name, c.model) for c in newer]
    assert [("A", "gpt-4"), ("B", "gpt-4.1")] == [(c.name, c.model) for c in pool]
    assert "mine" == newer.name
    assert ["A", "B", "D"] == [c.name for c in pool.updated(Candidate("D"))]


def test_updated_takes_a_csv_file_whose_prices_then_count(tmp_path):
    """A CSV file with a row for a known model replaces its price in the tiers."""
    path = tmp_path / "prices.csv"
    path.write_text(
        "name,model,input_usd_per_1m_tokens,output_usd_per_1m_tokens,percent:MMLU-Pro\nGPT-5,gpt-5,0.01,0.02,87.37\n",
        encoding="utf-8",
    )
    newer = ModelPool.load("flagship").updated(path)
    first = TierTable.build(newer).ranking(Category.MISCELLANEOUS, Tier.LOW)

    assert 13 == len(newer)
    assert 0.03 == next(c.cost_usd_per_1m_tokens for c in first if c.name == "GPT-5")


def test_updated_with_a_broken_file_names_it(tmp_path):
    """A benchmark that nobody knows, added by a file, is an error that names the file."""
    path = tmp_path / "more.csv"
    path.write_text("name,percent:MMLU-Prow\nA,50\n", encoding="utf-8")

    with pytest.raises(TableError, match=r"more\.csv"):
        _ = ModelPool.load("flagship").updated(path).benchmarks
