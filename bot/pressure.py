"""How long who asks now would wait for an answer: by what waits, and by how long a turn takes of late."""

SHARE = 0.1  # of the last turn in the mean: some ten turns count


class Pressure:
    """What so many hands at once get through; the arithmetic is Little's law."""

    def __init__(self, hands: int) -> None:
        self._hands = hands
        self._turn = 0.0  # seconds, the mean of late

    def took(self, seconds: float) -> None:
        """Note how long a turn took."""
        self._turn += SHARE * (seconds - self._turn)

    def wait(self, ahead: int) -> float:
        """The seconds until the one who has so many waiting ahead has had a turn."""
        return (1 + ahead / self._hands) * self._turn
