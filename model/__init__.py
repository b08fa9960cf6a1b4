"""The reading: a question and documents in, an answer out; it knows no chat and no bot."""
