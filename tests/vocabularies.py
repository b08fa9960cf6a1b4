"""Small tokenizers of each family of readers, made on the spot."""

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXT = [
    "Ada Byron signed the lease on 3 May 2026. The front desk renews the badges; they end in May.",
    "Who signed the lease? When do badges end? Don't ask (twice): it's 1,250.50 dollars.",
]
BERT = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
ROBERTA = {"cls": "<s>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"}
DEBERTA = {"pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "unk": "[UNK]", "mask": "[MASK]"}


def word_pieces():
    """As BERT, DistilBERT and ELECTRA have it: uncased, punctuation apart."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    _train(tokenizer, trainers.WordPieceTrainer(vocab_size=150, special_tokens=list(BERT.values())))
    tokenizer.post_processor = _pair(tokenizer, BERT)
    return tokenizer


def byte_pairs():
    """As RoBERTa has it: cased, spaces counted to the word after them, two separators, one token type."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = list(ROBERTA.values())
    _train(tokenizer, trainers.BpeTrainer(vocab_size=350, special_tokens=special, initial_alphabet=alphabet))
    ends = [(ROBERTA[name], tokenizer.token_to_id(ROBERTA[name])) for name in ("sep", "cls")]
    tokenizer.post_processor = processors.RobertaProcessing(*ends, add_prefix_space=False)
    return tokenizer


def sentence_pieces():
    """As DeBERTa's later versions have it: cased, cut at spaces only, a full stop in its word."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = list(DEBERTA.values())
    _train(
        tokenizer, trainers.UnigramTrainer(vocab_size=150, special_tokens=special, unk_token=DEBERTA["unk"])
    )
    tokenizer.post_processor = _pair(tokenizer, DEBERTA)
    return tokenizer


def _train(tokenizer, trainer):
    trainer.show_progress = False
    tokenizer.train_from_iterator(TEXT, trainer)


def _pair(tokenizer, names):
    cls, sep = names["cls"], names["sep"]
    return processors.TemplateProcessing(
        single=f"{cls} $A {sep}",
        pair=f"{cls} $A {sep} $B:1 {sep}:1",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (cls, sep)],
    )
