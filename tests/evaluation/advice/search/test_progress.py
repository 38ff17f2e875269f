"""The remaining time that a search shows."""

from ganaug.evaluation.advice.search.progress import Progress
from ganaug.utils.durations import in_words
from helpers.made_up_trainings import train


def test_the_time_of_reading_features_once_is_not_extrapolated(search, capsys):
    first = [job.key for job in search.left({})]
    # Four trainings also read features; the others took a second each, as those to come will.
    seconds = [600.0] * 4 + [1.0] * (len(first) - 4)
    results = {k: {**train(k), "seconds": took} for k, took in zip(first, seconds, strict=True)}
    progress = Progress(search, tested=False)
    progress.show(results)
    # They have twice the steps.
    left = 2.0 * (progress.bar.total - len(first))
    assert f"about {in_words(left)} left" in capsys.readouterr().out
