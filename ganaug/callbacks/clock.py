"""A clock that runs while batches are trained, and stops between epochs."""

import time


class TrainingClock:
    """Counts the seconds spent on batches, loading included.

    Attributes:
        seconds: Seconds counted so far; callbacks may reset them to 0.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = time.monotonic()

    def start(self) -> None:
        """Start or continue counting, before an epoch's first batch."""
        self._since = time.monotonic()

    def lap(self) -> float:
        """Add the time of the batch that has just ended, and return the total."""
        now = time.monotonic()
        self.seconds, self._since = self.seconds + now - self._since, now
        return self.seconds
