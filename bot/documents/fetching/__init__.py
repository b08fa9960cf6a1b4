"""The parts of `bot.documents.fetch`: what may be asked for, of whom, and what comes back."""
