"""Wherein under payloads that nobody would send: real ones, changed in every way that Hypothesis thinks of.

`python -m tests.fuzz` makes and sends them; what one of them broke is kept in tests/corpus.
"""
