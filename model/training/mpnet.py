"""MPNet's weights under BERT's names, so that a larger network can teach the reader.

Its words are BERT's in BERT's order, four places on; its frame is other words for the same tokens. So both
networks cut a text into the same tokens, and what one holds probable the other can learn, token by token.
Source: Song et al., MPNet (2020); transformers' modeling_mpnet.py for the names.
"""

import re

import torch

Weights = dict[str, torch.Tensor]

_WORDS = "bert.embeddings.word_embeddings.weight"
_PLACES = "bert.embeddings.position_embeddings.weight"
_SHIFT = 4  # <s>, <pad>, </s> and <unk> stand before BERT's words
_FRAME = {0: 1, 101: 0, 102: 2, 103: -1}  # BERT's [PAD], [CLS], [SEP] and [MASK] -> MPNet's rows
_FIRST_PLACE = 2  # position embeddings begin after the padding's
_RENAMED = (
    (r"^mpnet\.", ""),
    (r"attention\.attn\.q\.", "attention.self.query."),
    (r"attention\.attn\.k\.", "attention.self.key."),
    (r"attention\.attn\.v\.", "attention.self.value."),
    (r"attention\.attn\.o\.", "attention.output.dense."),
    (r"attention\.LayerNorm\.", "attention.output.LayerNorm."),
    (r"^(embeddings|encoder)\.", r"bert.\1."),
)


def is_mpnet(weights: Weights) -> bool:
    """Whether these weights are MPNet's, by the name of its attention."""
    return any(".attention.attn.q." in name for name in weights)


def as_bert(weights: Weights) -> Weights:
    """The same network by BERT's names, its words in the order of BERT's vocabulary."""
    found = {_renamed(name): value for name, value in weights.items() if not name.startswith("pooler.")}
    words = found[_WORDS]
    rows = torch.arange(words.shape[0] - _SHIFT - 1) + _SHIFT
    for bert, mpnet in _FRAME.items():
        rows[bert] = mpnet % words.shape[0]
    places = found[_PLACES]
    return found | {
        _WORDS: words[rows],
        _PLACES: places[_FIRST_PLACE:],
        "bert.embeddings.token_type_embeddings.weight": torch.zeros(2, words.shape[1]),
    }


def _renamed(name: str) -> str:
    for pattern, other in _RENAMED:
        name = re.sub(pattern, other, name)
    return name
