"""Causal language models of a few thousand random weights, and a tokenizer of single bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import CONFIG_MAPPING, AutoModelForCausalLM, PreTrainedTokenizerFast

MARKS = ("<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE
SIZES = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "initializer_range": 0.4,
    "max_position_embeddings": 4096,
    "bos_token_id": 256,
    "eos_token_id": 257,
    "pad_token_id": 257,
}


def tiny_tokenizer(chat_template: str | None = TEMPLATE) -> Any:
    """Return a tokenizer with one token a byte, two marks of a chat template, and a token for tools."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(MARKS))
    tokenizer.add_tokens(["<tool_call>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=MARKS[0], eos_token=MARKS[1], chat_template=chat_template
    )


def tiny_model(kind: str = "llama", **changes: Any) -> Any:
    """Return a random model, the same at every call; its weights are large, so that its likelihoods differ."""
    torch.manual_seed(0)
    config = CONFIG_MAPPING[kind](**{**SIZES, **changes})
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()


def save_tiny(folder: Path, chat_template: str | None = TEMPLATE) -> Path:
    """Save a tiny model and its tokenizer to a folder."""
    tiny_model().save_pretrained(folder)
    tiny_tokenizer(chat_template).save_pretrained(folder)
    return folder
