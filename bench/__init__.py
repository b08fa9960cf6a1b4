"""Measures: each starts what it measures, and prints figures; nothing here is a test."""

import model  # noqa: F401  # has ONNX Runtime report nothing, before it is loaded
