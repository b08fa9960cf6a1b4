"""What the measures count and ask; what they measure is no test."""

from tokenizers import Tokenizer

from bench import peak, stock
from model.readers import PROJECT


def test_operations_are_those_of_the_matrix_products():
    network = peak.Network(layers=2, width=4, inner=8)
    of_weights = 4 * (3 * 4 * 4) + 3 * 4 * 8 + 3 * 8 * 4  # multiplications, of a window of three tokens
    of_scores = 3 * 4 * 3 + 3 * 3 * 4
    assert network.operations(1, 3) == 2 * (2 * (of_weights + of_scores) + 3 * 4 * 2)
    assert network.operations(5, 3) == 5 * network.operations(1, 3)


def test_contexts_have_the_lengths_that_are_said():
    tokenizer = Tokenizer.from_file(str(PROJECT / "model" / "weights" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    asked = stock.texts()
    lengths = [len(tokenizer.encode(text, add_special_tokens=False).ids) for _, text in asked]
    least, most = stock.TOKENS
    assert all(least <= length <= most for length in lengths)
    assert max(lengths) - min(lengths) > 200
