"""The chat model: six ways to ask it, one run, one decision, and the truth about who answered."""

import asyncio
import copy
import json
import re
import traceback
from functools import reduce
from operator import add

import pytest
from fakes import USAGE, FakeModel, FixedClassifier, WholeFakeModel, candidate
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompt_values import StringPromptValue
from langchain_core.runnables import RunnableLambda
from pydantic import SecretStr

from langchain_dynaroute import Candidate, DynaRouteChatModel, RoutingDecision
from langchain_dynaroute.errors import (
    AllCandidatesFailedError,
    DynaRouteError,
    InterruptedAnswerError,
    NoEligibleCandidateError,
    PoolError,
)

PROMPT = "How many primes are there?"
ANSWER = "one two three"
WAYS = ("invoke", "ainvoke", "stream", "astream", "batch", "abatch")
STREAMS = ("stream", "astream")
MANY = tuple(f"word{place} " for place in range(300))
PATIENCE_S = 20.0
"""What would hang fails after this long; no test's claim is about time."""


def routed(*candidates: Candidate, **fields) -> DynaRouteChatModel:
    """A chat model that asks the dearest candidate first."""
    defaults = {"router": "best-performance", "classifier": FixedClassifier()}
    return DynaRouteChatModel(**{**defaults, **fields}, pool=candidates)


def three(**large) -> list[Candidate]:
    """Candidates of falling price; what is given goes to the first."""
    return [candidate("large", 3.0, **large), candidate("middle", 2.0), candidate("small", 1.0)]


async def chunks(llm, way, prompt=PROMPT, config=None, **kwargs):
    """Stream an answer, and return its chunks."""
    if way == "stream":
        return await asyncio.to_thread(lambda: list(llm.stream(prompt, config, **kwargs)))
    return [chunk async for chunk in llm.astream(prompt, config, **kwargs)]


async def ask(llm, way, prompt=PROMPT, config=None, **kwargs):
    """Ask in one of the six ways, and return the whole answer."""
    if way in STREAMS:
        return reduce(add, await chunks(llm, way, prompt, config, **kwargs))
    call, one = getattr(llm, way), not way.endswith("batch")
    given = prompt if one else [prompt]
    awaited = call(given, config, **kwargs) if way.startswith("a") else asyncio.to_thread(call, given, config, **kwargs)
    answer = await awaited
    return answer if one else answer[0]


async def until(happened) -> None:
    """Let the event loop run until something has happened."""
    async with asyncio.timeout(PATIENCE_S):
        while not happened():  # noqa: ASYNC110 - it happens in another thread, or in a finalizer
            await asyncio.sleep(0.01)


class _Runs(BaseCallbackHandler):
    """Counts the runs, and notes whose child each is."""

    run_inline = True

    def __init__(self) -> None:
        self.parents = {}
        self.models, self.ended, self.errors, self.tokens = [], [], [], []

    def on_chat_model_start(self, serialized, messages, *, run_id, parent_run_id=None, **_):
        self.parents[run_id] = parent_run_id
        self.models.append(run_id)

    def on_chain_start(self, serialized, inputs, *, run_id, parent_run_id=None, **_):
        self.parents[run_id] = parent_run_id

    def on_llm_new_token(self, token, **_):
        self.tokens.append(token)

    def on_llm_end(self, response, *, run_id, **_):
        self.ended.append(run_id)

    def on_llm_error(self, error, **_):
        self.errors.append(error)

    def on_chain_error(self, error, **_):
        self.errors.append(error)


# -- six ways to ask ------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
async def test_the_first_of_the_ranking_answers(way) -> None:
    """However it is asked, the first candidate of the ranking answers, and no other is called."""
    pool = three()
    answer = await ask(routed(*pool), way)
    assert ANSWER == answer.content
    assert [1, 0, 0] == [len(each.model.calls) for each in pool]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("error", [None, "429"])
async def test_usage_is_counted_once(way, error) -> None:
    """A usage handler counts the answering candidate's tokens once, under its name, also after a fallback."""
    usage = UsageMetadataCallbackHandler()
    await ask(routed(*three(error=error)), way, config={"callbacks": [usage]})
    assert {"middle-model" if error else "large-model": USAGE} == usage.usage_metadata


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("error", [None, "429"])
async def test_there_is_one_model_run(way, error) -> None:
    """One model run starts and ends, the graph's steps are its children, and a fallback is no error of it."""
    runs = _Runs()
    await ask(routed(*three(error=error)), way, config={"callbacks": [runs]})
    (model,) = runs.models
    assert [model] == runs.ended
    assert [] == runs.errors
    assert [model] == [run for run, parent in runs.parents.items() if parent is None]
    assert set(runs.parents) >= {parent for parent in runs.parents.values() if parent}


@pytest.mark.parametrize("way", STREAMS)
async def test_a_token_is_told_once(way) -> None:
    """Callbacks hear of each token once, in order."""
    runs = _Runs()
    await ask(routed(*three()), way, config={"callbacks": [runs]})
    assert ["one ", "two ", "three"] == [token for token in runs.tokens if token]


async def test_events_tell_of_one_model() -> None:
    """`astream_events` shows one model that starts, streams each token once, and ends."""
    events = [event async for event in routed(*three()).astream_events(PROMPT)]
    of_model = [event for event in events if event["event"].startswith("on_chat_model")]
    assert {"DynaRouteChatModel"} == {event["name"] for event in of_model}
    streamed = [event["data"]["chunk"].content for event in of_model if event["event"] == "on_chat_model_stream"]
    assert ["one ", "two ", "three"] == [text for text in streamed if text]
    assert ["on_chat_model_start", "on_chat_model_end"] == [of_model[0]["event"], of_model[-1]["event"]]


async def test_a_host_chain_is_the_parent() -> None:
    """In a chain the model's run is the chain's child, and still the only model run."""
    runs = _Runs()
    chain = RunnableLambda(lambda prompt: prompt) | routed(*three())
    await chain.ainvoke(PROMPT, {"callbacks": [runs]})
    (model,) = runs.models
    (root,) = [run for run, parent in runs.parents.items() if parent is None]
    assert root == runs.parents[model]


async def test_the_async_path_is_async() -> None:
    """Two answers are under way at the same time on one event loop: each waits for the other."""
    barrier = asyncio.Barrier(2)

    class Meeting(FakeModel):
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            await barrier.wait()
            return self._generate(messages)

    llm = routed(candidate("large", kind=Meeting))
    async with asyncio.timeout(PATIENCE_S):
        answers = await asyncio.gather(llm.ainvoke(PROMPT), llm.ainvoke(PROMPT))
    assert [ANSWER, ANSWER] == [answer.content for answer in answers]


@pytest.mark.parametrize(
    "prompt", ["", "🦜" * 3, "勾股定理是什么?", "x" * 100_000], ids=["empty", "emoji", "zh", "long"]
)
@pytest.mark.parametrize("way", ["invoke", "astream"])
async def test_any_text_is_a_prompt(way, prompt) -> None:
    """Empty, emoji, Chinese and 100,000 characters reach the candidate as they are."""
    pool = three()
    await ask(routed(*pool), way, prompt)
    assert [prompt] == [message.content for message in pool[0].model.calls[0]["messages"]]


@pytest.mark.parametrize("way", WAYS)
async def test_the_callers_messages_stay_as_they_are(way) -> None:
    """No id is written into the caller's messages, and nothing else is changed."""
    messages = [SystemMessage("Be brief."), HumanMessage(PROMPT), AIMessage("What?"), HumanMessage(PROMPT, id="own")]
    before = copy.deepcopy(messages)
    await ask(routed(*three()), way, messages)
    assert before == messages
    assert [None, None, None, "own"] == [message.id for message in messages]


# -- who answered, and what it cost ---------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
async def test_the_answer_names_the_model_that_gave_it(way) -> None:
    """`model_name` and `model_provider` are of the candidate that answered, once each."""
    metadata = (await ask(routed(*three(error="429")), way)).response_metadata
    assert ("middle-model", "fake-provider") == (metadata["model_name"], metadata["model_provider"])
    assert "middle" == metadata["routing"]["answered_by"]


@pytest.mark.parametrize("way", STREAMS)
async def test_metadata_is_on_one_chunk(way) -> None:
    """The last chunk alone carries metadata, although the candidate puts its own on every chunk."""
    streamed = await chunks(routed(*three()), way)
    assert ["one ", "two ", "three"] == [chunk.content for chunk in streamed if chunk.content]
    assert [streamed[-1]] == [chunk for chunk in streamed if chunk.response_metadata]
    assert {"model_name", "model_provider", "routing"} == set(streamed[-1].response_metadata)
    assert ["last"] == [chunk.chunk_position for chunk in streamed if chunk.chunk_position]


@pytest.mark.parametrize("way", WAYS)
async def test_the_routing_record_is_json(way) -> None:
    """`routing` holds decision, attempts and cost as JSON, and comes back from it unchanged."""
    routing = (await ask(routed(*three(error="429")), way)).response_metadata["routing"]
    assert routing == json.loads(json.dumps(routing))
    assert "best-performance" == routing["router"]
    assert {"category": "Mathematics", "level": 2} == {key: routing["profile"][key] for key in ("category", "level")}
    assert ["large", "middle", "small"] == [place["name"] for place in routing["ranking"]]
    assert [("large", "failed"), ("middle", "answered")] == [(a["name"], a["status"]) for a in routing["attempts"]]
    assert "RuntimeError: 429" == routing["attempts"][0]["error"]


@pytest.mark.parametrize("way", WAYS)
async def test_the_cost_is_usage_times_price(way) -> None:
    """`cost_usd` bills the candidate that answered, `cost_usd_best_single` the same tokens at the best single one."""
    best = Candidate(
        "best", FakeModel(error="down"), input_usd_per_1m_tokens=8.0, output_usd_per_1m_tokens=40.0, scores={"AIME": 90}
    )
    other = Candidate(
        "other", FakeModel(), input_usd_per_1m_tokens=1.0, output_usd_per_1m_tokens=2.0, scores={"AIME": 10}
    )
    routing = (await ask(routed(other, best), way)).response_metadata["routing"]
    assert ("other", "best") == (routing["answered_by"], routing["best_single"])
    assert (30 * 1.0 + 20 * 2.0) / 1e6 == pytest.approx(routing["cost_usd"])
    assert (30 * 8.0 + 20 * 40.0) / 1e6 == pytest.approx(routing["cost_usd_best_single"])


@pytest.mark.parametrize("way", WAYS)
async def test_an_unknown_usage_is_no_free_answer(way) -> None:
    """Without a usage the cost is null, not zero."""
    routing = (await ask(routed(*three(usage=None)), way)).response_metadata["routing"]
    assert routing["cost_usd"] is None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [FakeModel, WholeFakeModel])
async def test_tool_calls_survive(way, kind) -> None:
    """A candidate's tool calls arrive whole, whether it streams them or not."""
    call = {"name": "weather", "args": {"cities": ["Zürich", "北京"], "days": 2}, "id": "call-1", "type": "tool_call"}
    answer = await ask(routed(*three(kind=kind, words=("",), tool_calls=[call])), way)
    assert [call] == answer.tool_calls
    assert "large-model" == answer.response_metadata["model_name"]


@pytest.mark.parametrize("way", STREAMS)
async def test_a_model_that_cannot_stream_sends_one_chunk(way) -> None:
    """A candidate without `_stream` sends its whole answer in one chunk, with its usage."""
    streamed = await chunks(routed(*three(kind=WholeFakeModel)), way)
    assert [ANSWER] == [chunk.content for chunk in streamed if chunk.content]
    assert USAGE == reduce(add, streamed).usage_metadata


@pytest.mark.parametrize("way", WAYS)
async def test_an_empty_answer_is_an_answer(way) -> None:
    """A candidate that has nothing to say has answered: nobody else is asked."""
    pool = three(words=("",))
    answer = await ask(routed(*pool), way)
    assert ("", "large") == (answer.content, answer.response_metadata["routing"]["answered_by"])
    assert [] == pool[1].model.calls


# -- falling back ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
async def test_fallbacks_follow_the_ranking(way) -> None:
    """Candidates that fail are passed over in the order of the ranking, each called once."""
    pool = [candidate("small", 1.0), candidate("large", 3.0, error="401"), candidate("middle", 2.0, error="500")]
    routing = (await ask(routed(*pool), way)).response_metadata["routing"]
    tried = [(attempt["name"], attempt["status"], attempt.get("error")) for attempt in routing["attempts"]]
    assert [
        ("large", "failed", "RuntimeError: 401"),
        ("middle", "failed", "RuntimeError: 500"),
        ("small", "answered", None),
    ] == tried
    assert [1, 1, 1] == [len(each.model.calls) for each in pool]


@pytest.mark.parametrize("way", WAYS)
async def test_an_unreachable_candidate_is_skipped(way, monkeypatch) -> None:
    """A candidate without its key is recorded as skipped, with what is missing and, for want of a call, no time."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    remote = Candidate("remote", "gpt-4.1", input_usd_per_1m_tokens=9.0, output_usd_per_1m_tokens=9.0)
    llm = routed(remote, *three())
    routing = (await ask(llm, way)).response_metadata["routing"]
    assert {"name": "remote", "status": "skipped", "error": "missing OPENAI_API_KEY"} == routing["attempts"][0]
    assert "large" == routing["answered_by"]
    assert {"name": "remote", "reachable": False, "missing": "OPENAI_API_KEY"}.items() <= routing["ranking"][0].items()


@pytest.mark.parametrize("way", WAYS)
async def test_when_all_fail_the_error_names_each(way, monkeypatch) -> None:
    """When no candidate answers, one error names every one with its failure."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    remote = Candidate("remote", "gpt-4.1", input_usd_per_1m_tokens=9.0, output_usd_per_1m_tokens=9.0)
    llm = routed(candidate("large", 3.0, error="status 500"), candidate("small", 1.0, error="too many"), remote)
    with pytest.raises(AllCandidatesFailedError) as caught:
        await ask(llm, way)
    assert [("remote", "skipped"), ("large", "failed"), ("small", "failed")] == [
        (attempt.name, attempt.status) for attempt in caught.value.attempts
    ]
    assert [
        "No candidate answered, of 3 in the ranking:",
        "  - remote: missing OPENAI_API_KEY",
        "  - large: RuntimeError: status 500",
        "  - small: RuntimeError: too many",
    ] == str(caught.value).splitlines()


class Echoing(FakeModel):
    """Fails with its error as the cause of its error, as providers' clients do."""

    def _chunk(self, place):
        if place == self.break_after:
            raise ValueError(self.label) from RuntimeError(self.label)
        return super()._chunk(place)

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return self._chunk(0)


@pytest.mark.parametrize(
    ("way", "break_after", "error"),
    [*((way, 0, AllCandidatesFailedError) for way in WAYS), *((way, 1, InterruptedAnswerError) for way in STREAMS)],
)
async def test_no_secret_is_told(way, break_after, error, monkeypatch) -> None:
    """Neither an error, nor its traceback, nor what callbacks hear of it, holds a key that the provider echoed."""
    monkeypatch.setenv("HOUSE_API_KEY", "plainword-of-the-house")
    secrets = ["swordfish-of-the-candidate", "plainword-of-the-house", "sk-shapedlikeakey1234"]
    model = Echoing(label=f"refused {secrets}", break_after=break_after)
    runs, llm = _Runs(), routed(Candidate("echo", model, api_key=SecretStr(secrets[0])))
    with pytest.raises(error, match=r"refused \['\[redacted\]', '\[redacted\]', '\[redacted\]'\]") as caught:
        await ask(llm, way, config={"callbacks": [runs]})
    told = "".join("".join(traceback.format_exception(each)) for each in (caught.value, *runs.errors))
    assert [] == [secret for secret in secrets if secret in told]
    assert runs.errors


@pytest.mark.parametrize("way", WAYS)
async def test_no_secret_is_in_the_record(way) -> None:
    """The record of a failed attempt is redacted too."""
    model = FakeModel(error="you sent swordfish-of-the-candidate")
    llm = routed(Candidate("echo", model, api_key="swordfish-of-the-candidate"), Candidate("other", FakeModel()))
    answer = await ask(llm, way)
    assert "RuntimeError: you sent [redacted]" == answer.response_metadata["routing"]["attempts"][0]["error"]


async def collect(llm, way, received) -> None:
    """Stream an answer into a list that keeps what came before an error."""
    if way == "stream":
        received.extend(chunk.content for chunk in llm.stream(PROMPT))
    else:
        async for chunk in llm.astream(PROMPT):
            received.append(chunk.content)


@pytest.mark.parametrize("way", STREAMS)
@pytest.mark.parametrize("words", [("one ", "two "), ("", "one ", "two ")], ids=["text", "empty-first"])
async def test_a_stream_that_breaks_off_is_the_end(way, words) -> None:
    """Once a token has left, a failure raises, keeps what was received, and calls nobody else."""
    pool = three(words=words, break_after=len(words) - 1)
    received = []
    with pytest.raises(InterruptedAnswerError, match="large broke off after 4 characters") as caught:
        await collect(routed(*pool), way, received)
    assert "one " == caught.value.received == "".join(received)
    assert [("large", "interrupted", "RuntimeError: connection lost")] == [
        (attempt.name, attempt.status, attempt.error) for attempt in caught.value.attempts
    ]
    assert ([], []) == (pool[1].model.calls, pool[2].model.calls)


@pytest.mark.parametrize("way", STREAMS)
@pytest.mark.parametrize("large", [{"error": "429"}, {"break_after": 0}, {"words": ("", "", "x"), "break_after": 2}])
async def test_a_stream_that_fails_before_its_first_token_falls_back(way, large) -> None:
    """Until something of an answer has left, empty chunks included, another candidate takes over unnoticed."""
    answer = await ask(routed(*three(**large)), way)
    assert (ANSWER, "middle") == (answer.content, answer.response_metadata["routing"]["answered_by"])


@pytest.mark.parametrize("ratio", [1.0, 1.5, 4.0])
def test_the_price_of_falling_back_is_bounded(ratio) -> None:
    """With `max_fallback_price_ratio` no dearer candidate is called, and the decision says so."""
    decision = routed(*three(), router="low-cost", max_fallback_price_ratio=ratio).decide(PROMPT)
    allowed = {1.0: {"small"}, 1.5: {"small"}, 4.0: {"large", "middle", "small"}}[ratio]
    assert allowed == {place.name for place in decision.ranking}
    assert {"large", "middle", "small"} - allowed == {rejected.name for rejected in decision.rejected}
    assert f"fallback price bound: {ratio:g} × the first choice" in decision.explain()


# -- leaving early --------------------------------------------------------------------------


def test_closing_a_stream_stops_the_candidate() -> None:
    """A stream that is closed pulls no more from the candidate, and closes the candidate's own stream."""
    model = FakeModel(words=MANY, delay_s=0.01)
    stream = routed(Candidate("large", model)).stream(PROMPT)
    assert MANY[0] == next(stream).content
    stream.close()
    assert len(model.pulled) < len(MANY) // 4
    assert ["sync"] == model.closed


async def test_closing_an_async_stream_stops_the_candidate() -> None:
    """An async stream that is closed pulls no more from the candidate, and closes the candidate's own stream."""
    model = FakeModel(words=MANY, delay_s=0.01)
    stream = routed(Candidate("large", model)).astream(PROMPT)
    assert MANY[0] == (await anext(stream)).content
    await stream.aclose()
    await until(lambda: model.closed)
    assert len(model.pulled) < len(MANY) // 4
    assert ["async"] == model.closed


async def test_cancelling_an_async_stream_stops_the_candidate() -> None:
    """A cancelled reader of an async stream cancels the candidate, and nobody else is called."""
    pool = three(words=MANY, delay_s=0.01)
    model = pool[0].model
    reading = asyncio.create_task(chunks(routed(*pool), "astream"))
    await until(lambda: model.pulled)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await until(lambda: model.closed)
    assert len(model.pulled) < len(MANY) // 4
    assert ([], []) == (pool[1].model.calls, pool[2].model.calls)


async def test_cancelling_an_answer_cancels_the_candidate() -> None:
    """A cancelled `ainvoke` cancels the candidate; that is no failure to fall back from."""

    class Waiting(FakeModel):
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            self.calls.append({"messages": messages})
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.closed.append("cancelled")
                raise

    pool = three(kind=Waiting)
    asking = asyncio.create_task(routed(*pool).ainvoke(PROMPT))
    await until(lambda: pool[0].model.calls)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert ["cancelled"] == pool[0].model.closed
    assert ([], []) == (pool[1].model.calls, pool[2].model.calls)


@pytest.mark.parametrize("way", STREAMS)
async def test_a_candidate_is_not_read_ahead_of_its_reader(way) -> None:
    """However fast the candidate, it is asked for little more than its reader has taken."""
    model = FakeModel(words=MANY)
    stream = getattr(routed(Candidate("large", model)), way)(PROMPT)
    for word in MANY[:3]:
        assert word == (next(stream) if way == "stream" else await anext(stream)).content
        await asyncio.sleep(0.05)
    assert len(model.pulled) <= 4
    await stream.aclose() if way == "astream" else stream.close()


# -- choosing for one call ------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("by", ["call", "configurable"])
async def test_a_model_can_be_forced(way, by) -> None:
    """A named model answers alone, by the call or by the config; the reason says who chose it."""
    call = ({}, {"model": "small"}) if by == "call" else ({"configurable": {"model": "small"}}, {})
    routing = (await ask(routed(*three()), way, config=call[0], **call[1])).response_metadata["routing"]
    assert "small" == routing["answered_by"]
    assert [("small", "chosen by the caller")] == [(place["name"], place["reason"]) for place in routing["ranking"]]


@pytest.mark.parametrize("way", WAYS)
async def test_a_forced_model_has_no_fallback(way) -> None:
    """A forced model that fails is the end, unless the call asks for a fallback."""
    llm = routed(*three(error="429"))
    with pytest.raises(AllCandidatesFailedError, match="of 1 in the ranking:\n  - large: RuntimeError: 429"):
        await ask(llm, way, model="large")
    answer = await ask(llm, way, model="large", fallback=True)
    assert "middle" == answer.response_metadata["routing"]["answered_by"]


def test_a_model_can_be_forced_by_its_litellm_id() -> None:
    """The LiteLLM id of a candidate forces it as its name does."""
    llm = routed(Candidate("GPT", "openai/gpt-4.1"), Candidate("Flash", "gemini/gemini-2.5-flash"))
    assert "Flash" == llm.decide(PROMPT, model="gemini/gemini-2.5-flash").model
    both = llm.decide(PROMPT, model="openai/gpt-4.1", fallback=True)
    assert ["GPT", "Flash"] == [place.name for place in both.ranking]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("by", ["call", "configurable"])
async def test_a_router_can_be_chosen_for_a_call(way, by) -> None:
    """A router given by the call or by the config holds for that call alone."""
    llm = routed(*three())
    call = ({}, {"router": "low-cost"}) if by == "call" else ({"configurable": {"router": "low-cost"}}, {})
    routing = (await ask(llm, way, config=call[0], **call[1])).response_metadata["routing"]
    assert ("low-cost", "small") == (routing["router"], routing["answered_by"])
    assert "large" == (await ask(llm, way)).response_metadata["routing"]["answered_by"]


async def test_the_call_comes_before_the_config() -> None:
    """What a call says itself outweighs its config."""
    answer = await ask(routed(*three()), "invoke", config={"configurable": {"model": "middle"}}, model="small")
    assert "small" == answer.response_metadata["routing"]["answered_by"]


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"model": "lagre"}, "has no model 'lagre'. Did you mean 'large'?"),
        ({"model": "xyz"}, "has no model 'xyz'. Choose from: large, middle, small."),
        ({"router": "optimun"}, "There is no router 'optimun'. Did you mean 'optimum'?"),
        ({"router": "xyz"}, "There is no router 'xyz'. Choose from: optimum, low-cost, best-performance."),
    ],
)
@pytest.mark.parametrize("way", WAYS)
async def test_a_misspelt_choice_is_told_with_the_way_out(choice, text, way) -> None:
    """An unknown model or router is an error that names the nearest one, or all there are."""
    llm = routed(*three())
    with pytest.raises(PoolError, match=re.escape(text)):
        await ask(llm, way, **choice)
    with pytest.raises(PoolError, match=re.escape(text)):
        await ask(llm, way, config={"configurable": choice})
    with pytest.raises(PoolError, match=re.escape(text)):
        llm.decide(PROMPT, **choice)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"router": "optimun"}, "There is no router 'optimun'. Did you mean 'optimum'?"),
        ({"graph": "large"}, "graph is a str. Give what build_routing_graph() returned"),
        ({"max_fallback_price_ratio": 0.5}, "max_fallback_price_ratio=0.5; below 1 not even the first"),
    ],
)
def test_a_wrong_policy_fails_at_once(fields, text) -> None:
    """What can never work is a `PoolError` of the constructor, which names it."""
    with pytest.raises(PoolError, match=re.escape(text)):
        routed(*three(), **fields)


def test_a_misspelt_pool_fails_at_once() -> None:
    """The name of a pool that is not shipped is an error of ours that names the nearest."""
    with pytest.raises(DynaRouteError, match=r"'flagshp' and no such file\. Did you mean 'flagship'\?"):
        DynaRouteChatModel(pool="flagshp", classifier=FixedClassifier())


def test_a_changed_field_takes_effect() -> None:
    """A router that is set later, or in a copy, decides from then on."""
    llm = routed(*three())
    other = llm.model_copy(update={"router": "low-cost"})
    assert ("large", "small") == (llm.decide(PROMPT).model, other.decide(PROMPT).model)
    llm.router = "low-cost"
    assert "small" == llm.decide(PROMPT).model


# -- parameters and needs -------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
async def test_parameters_reach_the_candidate(way) -> None:
    """The chat model's parameters go to whichever candidate answers; a chat model keeps its own retries."""
    pool = three(error="429")
    given = {"temperature": 0.2, "max_tokens": 7, "top_p": 0.9, "seed": 3, "timeout": 5.0}
    await ask(routed(*pool, stop=["END"], max_retries=2, **given), way)
    for model in (pool[0].model, pool[1].model):
        assert {**given, "stop": ["END"]}.items() <= model.calls[0].items()
        assert "max_retries" not in model.calls[0]


@pytest.mark.parametrize("way", WAYS)
async def test_the_calls_own_parameters_come_first(way) -> None:
    """What a call says outweighs the chat model's parameters, and these the candidate's own."""
    model = FakeModel()
    llm = routed(
        Candidate("large", model, params={"temperature": 0.0, "max_tokens": 1, "effort": "high"}),
        temperature=0.5,
        max_tokens=2,
        stop=["END"],
    )
    await ask(llm, way, max_tokens=3, stop=["STOP"])
    assert {"temperature": 0.5, "max_tokens": 3, "effort": "high", "stop": ["STOP"]}.items() <= model.calls[0].items()


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_sent_that_nobody_set(way) -> None:
    """Without parameters a candidate is called with its messages alone."""
    pool = three()
    await ask(routed(*pool), way)
    call = dict(pool[0].model.calls[0])
    assert [PROMPT] == [message.content for message in call.pop("messages")]
    assert {"stop": None} == call


class ToolUser(FakeModel):
    """A `FakeModel` that takes tools."""

    def bind_tools(self, tools, **kwargs):
        """Bind tools as they are."""
        return self.bind(tools=tools, **kwargs)


@pytest.mark.parametrize("way", WAYS)
async def test_a_request_with_tools_needs_a_model_that_calls_them(way) -> None:
    """A candidate that cannot call tools is excluded from a request with tools, and the record says why."""
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    model = ToolUser()
    llm = routed(Candidate("no", ToolUser(), tool_calling=False), Candidate("yes", model))
    routing = (await ask(llm, way, tools=[tool])).response_metadata["routing"]
    assert [{"name": "no", "reason": "cannot call tools"}] == routing["rejected"]
    assert "yes" == routing["answered_by"]
    assert "weather" in str(model.calls[0]["tools"])


@pytest.mark.parametrize("way", WAYS)
async def test_without_an_eligible_candidate_the_reasons_are_told(way) -> None:
    """When every candidate is excluded, one error tells why of each."""
    llm = routed(Candidate("narrow", FakeModel(), max_input_tokens=10))
    with pytest.raises(NoEligibleCandidateError, match="narrow: context window of 10 tokens is too small for about 25"):
        await ask(llm, way, "x" * 100)


# -- deciding -------------------------------------------------------------------------------


async def _decide(llm, prompt, way, **choice) -> RoutingDecision:
    return await llm.adecide(prompt, **choice) if way == "adecide" else llm.decide(prompt, **choice)


@pytest.mark.parametrize("way", ["decide", "adecide"])
@pytest.mark.parametrize(
    "prompt", [PROMPT, [HumanMessage(PROMPT)], [("human", PROMPT)], StringPromptValue(text=PROMPT)], ids=type
)
async def test_a_decision_calls_no_model(way, prompt) -> None:
    """A decision takes a string, messages or a prompt value, and calls no model."""
    pool = three()
    decision = await _decide(routed(*pool), prompt, way)
    assert isinstance(decision, RoutingDecision)
    assert ["large", "middle", "small"] == [place.name for place in decision.ranking]
    assert [[], [], []] == [each.model.calls for each in pool]


@pytest.mark.parametrize("way", ["decide", "adecide"])
async def test_a_decision_is_what_an_answer_records(way) -> None:
    """The decision for a prompt is the one that an answer to it carries."""
    llm = routed(*three())
    routing = llm.invoke(PROMPT).response_metadata["routing"]
    decision = (await _decide(llm, PROMPT, way)).to_json()
    assert decision == {key: routing[key] for key in decision}


@pytest.mark.parametrize("way", ["decide", "adecide"])
async def test_a_decision_can_be_made_inside_a_chain(way) -> None:
    """A decision inside a running chain is the same, and tells the chain's callbacks of no model."""
    runs, llm = _Runs(), routed(*three())

    async def step(prompt):
        return await _decide(llm, prompt, way)

    decision = await RunnableLambda(step).ainvoke(PROMPT, {"callbacks": [runs]})
    assert ("large", []) == (decision.model, runs.models)


@pytest.mark.parametrize(("level", "chosen"), [(1, "small"), (2, "middle"), (3, "large")])
@pytest.mark.parametrize("way", ["decide", "adecide"])
async def test_the_level_decides(level, chosen, way) -> None:
    """Under `optimum` an easy task goes to the cheapest, a hard one to the best."""
    llm = routed(*three(), router="optimum", classifier=FixedClassifier(level=level))
    assert chosen == (await _decide(llm, PROMPT, way)).model


# -- what LangChain asks of a chat model ----------------------------------------------------


def test_its_parameters_hold_no_secret() -> None:
    """Neither the identifying parameters nor the text form of a chat model hold a candidate's key."""
    llm = routed(Candidate("large", FakeModel(), api_key="swordfish-1234", params={"region": "eu"}))
    assert "swordfish" not in f"{llm!r} {llm} {llm._identifying_params} {llm.policy.pool.candidates}"


def test_a_trace_names_router_or_forced_model() -> None:
    """Tracing shows the router's name, or the model that the call forces."""
    llm = routed(*three())
    assert "best-performance" == llm._get_ls_params()["ls_model_name"]
    assert "small" == llm._get_ls_params(model="small")["ls_model_name"]
