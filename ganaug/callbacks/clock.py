"""A clock that runs while batches are trained, and stands still at the ends of epochs."""

import time


class TrainingClock:
    """Counts the seconds spent on batches, loading included.

    Attributes:
        seconds: Counted so far; a callback sets them to 0 where it counts anew.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = time.monotonic()

    def start(self) -> None:
        """Go on from now, before an epoch's first batch."""
        self._since = time.monotonic()

    def lap(self) -> float:
        """Add the batch that has just ended, and return the seconds counted so far."""
        now = time.monotonic()
        self.seconds, self._since = self.seconds + now - self._since, now
        return self.seconds
