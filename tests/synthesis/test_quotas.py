"""How many of each class: imbalanced-learn's meanings, restated here."""

import pytest

from ganaug.errors import UsageError
from ganaug.synthesis.quotas import parse_strategy, plan

COUNTS = {"a": 10, "b": 100, "c": 40}


def to_make(counts, resampled):
    """imbalanced-learn, over-sampling: each resampled class is brought to the majority's count."""
    top = sorted(counts.values())[-1]
    return {name: top - count if name in resampled else 0 for name, count in counts.items()}


@pytest.mark.parametrize(
    ("word", "resampled"),
    [
        ("auto", "ac"),
        ("not majority", "ac"),
        ("minority", "a"),
        ("not minority", "bc"),
        ("all", "abc"),
    ],
)
def test_words(word, resampled):
    assert plan(COUNTS, word) == to_make(COUNTS, resampled)
    assert plan(COUNTS, parse_strategy(word)) == to_make(COUNTS, resampled)


def test_word_values_are_as_by_hand():
    assert plan(COUNTS) == {"a": 90, "b": 0, "c": 60}
    assert plan(COUNTS, "minority") == {"a": 90, "b": 0, "c": 0}
    assert plan(COUNTS, "not minority") == {"a": 0, "b": 0, "c": 60}


@pytest.mark.parametrize(("ratio", "made"), [(0.5, 30), (1.0, 80), (0.333, 13)])
def test_ratio_is_minority_over_majority_after_resampling(ratio, made):
    assert plan({"big": 100, "small": 20}, ratio) == {"big": 0, "small": made}


def test_ratio_of_more_than_two_classes_is_refused():
    with pytest.raises(UsageError, match="exactly two classes, and there are 3"):
        plan(COUNTS, 0.5)


def test_ratio_that_would_remove_is_refused():
    with pytest.raises(UsageError, match="fewer images of 'small' than there are"):
        plan({"big": 100, "small": 60}, 0.5)


@pytest.mark.parametrize("ratio", [0.0, -1.0, 1.5, float("nan")])
def test_ratio_out_of_range(ratio):
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        plan({"big": 100, "small": 60}, ratio)


def test_mapping_gives_final_counts():
    assert plan(COUNTS, {"a": 50, "b": 100}) == {"a": 40, "b": 0, "c": 0}


def test_mapping_below_what_there_is_names_class_and_both_numbers():
    with pytest.raises(UsageError, match=r"'c' already has 40 .* is 39"):
        plan(COUNTS, {"c": 39})


def test_mapping_with_unknown_class_names_the_nearest():
    with pytest.raises(UsageError, match=r"no class 'sunflwer'. Did you mean 'sunflower'"):
        plan({"sunflower": 1, "rose": 3}, {"sunflwer": 5})


@pytest.mark.parametrize("strategy", ["auto", "all", "minority", {"x": 5}])
def test_nothing_to_make_says_what_to_use(strategy):
    with pytest.raises(UsageError, match=r"nothing to make.*--per-class N"):
        plan({"x": 5, "y": 5}, strategy)


def test_per_class_is_of_every_class():
    assert plan(COUNTS, per_class=7) == {"a": 7, "b": 7, "c": 7}
    for wrong in (0, -3):
        with pytest.raises(UsageError, match=f"--per-class is {wrong}"):
            plan(COUNTS, per_class=wrong)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0.5", 0.5),
        ("1", 1.0),
        ('{"7": 500}', {"7": 500}),
        ("{007: 500, no: 3}", {"007": 500, "no": 3}),
        ("not minority", "not minority"),
    ],
)
def test_command_line_text(text, meant):
    assert parse_strategy(text) == meant


@pytest.mark.parametrize("text", ["minorty", "[1]", "", "{", "{a: b: c}"])
def test_command_line_nonsense(text):
    with pytest.raises(UsageError, match="is not known"):
        parse_strategy(text)
    with pytest.raises(UsageError, match="'minority'"):
        parse_strategy("minorty")


@pytest.mark.parametrize("count", ["-5", "2.5", "many"])
def test_final_counts_are_whole_numbers(count):
    with pytest.raises(UsageError, match=f"class 'a' is '{count}'"):
        parse_strategy(f"{{a: {count}}}")
