"""Measures: each starts what it measures, and prints figures; nothing here is a test."""
