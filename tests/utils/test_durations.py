"""Durations in words: how far they are from the seconds they stand for."""

from datetime import timedelta

import pytest

from ganaug.utils.durations import SECONDS, duration_text, in_words, seconds_in
from ganaug.utils.errors import UsageError


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1s"), (90, "90s"), (600, "10m"), (5400, "90m"), (7200, "2h"), (172800, "2d")],
)
def test_a_timedelta_is_written_in_its_largest_whole_unit(seconds, text):
    assert duration_text(timedelta(seconds=seconds)) == text
    assert seconds_in(text) == seconds


@pytest.mark.parametrize("seconds", [0.4, 0, -60])
def test_a_time_shorter_than_a_second_is_refused(seconds):
    with pytest.raises(UsageError, match="is shorter than a second"):
        duration_text(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (5, "5 seconds"),
        (60, "1 minute"),
        (90, "90 seconds"),
        (119, "2 minutes"),
        (150, "2.5 minutes"),
        (61 * 60, "61 minutes"),
        (3600 * 10, "10 hours"),
        (3600 * 48, "48 hours"),
    ],
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words


def test_words_are_off_by_a_tenth_at_most():
    for quarters in range(4, 4 * 40 * 3600, 3):
        number, unit = in_words(quarters / 4).split()
        off = abs(float(number) * SECONDS[unit[0]] - quarters / 4)
        assert off <= max(0.5, quarters / 4 / 10), quarters / 4
        assert unit.endswith("s") == (number != "1")
