"""Source code and settings: text whose spaces mean something."""

from bot.documents.text import read

__all__ = ["read"]
