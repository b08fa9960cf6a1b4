"""What people write to have something done, not answered; one grammar for every channel."""

import re

from bot.types import Intent

# What follows a command's word, as a pattern; another text that begins with it is a question.
_COMMANDS: dict[Intent, str] = {
    "help": r"",
    "sources": r"",
    "pin": r"(?:this|that|\d{1,3}|<?https?://\S+)?",
    "unpin": r".{1,200}",
    "forget": r"(?:me|mine|thread|this thread|channel|room|workspace|everything)?",
    "mute": r"",
    "unmute": r"",
    "settings": r"(?:[a-z_]+(?:\s*=\s*|\s+)\S+|(?:channel|workspace)(?:\s+[a-z_]+(?:\s*=\s*|\s+)\S+)?)?",
    "doctor": r"",
}


def parsed(text: str) -> tuple[Intent, str]:
    """What a text asks to be done, with what follows the command's word; a question is ("ask", text)."""
    word, _, rest = text.strip().partition(" ")
    for intent, pattern in _COMMANDS.items():
        if word.casefold() == intent and re.fullmatch(pattern, rest.strip(), re.IGNORECASE):
            return intent, rest.strip()
    return "ask", text.strip()
