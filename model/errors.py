"""What a reader may raise, whatever it reads with."""


class ReaderError(Exception):
    """A reader could not be opened or could not read; the text is a sentence for whoever runs it."""


class ReaderBusyError(ReaderError):
    """A reader has more in hand than it can read in time; that is no sign that it is broken."""
