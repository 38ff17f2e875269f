"""How many of each class: imbalanced-learn's meanings, restated here."""

import numpy as np
import pytest

from ganaug.synthesis.plan import Plan, read_plan
from ganaug.synthesis.strategy import images_by_class as plan
from ganaug.synthesis.strategy import parse_strategy
from ganaug.utils.errors import UsageError

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


def test_a_notebook_shows_the_table_that_is_printed():
    shown = Plan({"generator": {"<b>": 3}}, {"<b>": 5})._repr_html_()
    assert "3 images to be made by generator" in shown
    assert "&lt;b&gt;" in shown


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
    with pytest.raises(UsageError, match=r"no class 'sunflwer'; did you mean 'sunflower'"):
        plan({"sunflower": 1, "rose": 3}, {"sunflwer": 5})


@pytest.mark.parametrize("strategy", ["auto", "all", "minority", {"x": 5}])
def test_nothing_to_make_says_what_to_use(strategy):
    with pytest.raises(UsageError, match=r"nothing to make.*Give per_class"):
        plan({"x": 5, "y": 5}, strategy)


def test_per_class_is_of_every_class():
    assert plan(COUNTS, per_class=7) == {"a": 7, "b": 7, "c": 7}
    for wrong in (0, -3):
        with pytest.raises(UsageError, match=f"per_class is {wrong}"):
            plan(COUNTS, per_class=wrong)
    with pytest.raises(UsageError, match=r"per_class is 2\.5; use a whole number"):
        plan(COUNTS, per_class=2.5)
    with pytest.raises(UsageError, match=r"per_class is \{'a': 5\}, and it is one number for all"):
        plan(COUNTS, per_class={"a": 5})
    made = plan(COUNTS, per_class=np.int64(7))
    assert {type(count) for count in made.values()} == {int}


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


def test_growing_every_class_by_a_factor():
    assert plan({"a": 1000, "b": 20}, multiply=3) == {"a": 2000, "b": 40}
    assert plan({"a": 10, "b": 1}, multiply=1.2) == {"a": 2, "b": 1}
    with pytest.raises(UsageError, match="multiply is 1; use a factor above 1"):
        plan({"a": 10}, multiply=1)


@pytest.mark.parametrize(
    "options", [{"per_class": 10**30}, {"multiply": 1e300}, {"synthetic_fraction": 1 - 1e-9}]
)
def test_slips_of_the_keyboard_are_not_begun(options):
    with pytest.raises(UsageError, match=f"{next(iter(options))} is "):
        plan({"a": 10}, **options)
    with pytest.raises(UsageError, match="'1000000000000'; use a whole number"):
        parse_strategy("{a: 1000000000000}")
    with pytest.raises(UsageError, match="the key 'a' is given twice"):
        parse_strategy("{a: 30, a: 40}")


def test_the_same_share_in_every_class():
    made = plan({"a": 1000, "b": 20, "c": 1}, synthetic_fraction=0.3)
    assert made == {"a": 429, "b": 9, "c": 1}
    assert made["a"] / (made["a"] + 1000) == pytest.approx(0.3, abs=1e-3)
    with pytest.raises(
        UsageError, match=r"synthetic_fraction is 1\.0; use a fraction above 0, and 0.999"
    ):
        plan({"a": 10}, synthetic_fraction=1.0)


def written(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    return path


def test_a_plan_from_a_file(tmp_path):
    path = written(tmp_path, "rose: 300\n007: {generator: 20, albumentations: 10}\n")
    found = read_plan(path, {"rose": 5, "007": 9, "tulip": 4}, "generator")
    assert found == {"generator": {"rose": 300, "007": 20}, "albumentations": {"007": 10}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ros: 3", "no class 'ros'.*rose"),
        ("rose: -3", "images of class 'rose' is '-3'; use a whole number from 0 to"),
        ("rose: 0", "holds no images"),
        ("rose: many", "'many'; use a whole number"),
        ("- rose", "holds no plan"),
        ("rose: [", "can't be read"),
        ("", "holds no plan"),
    ],
)
def test_a_wrong_plan_is_one_line(tmp_path, text, message):
    with pytest.raises(UsageError, match=message) as caught:
        read_plan(written(tmp_path, text), {"rose": 5}, "generator")
    assert "\n" not in str(caught.value)


def test_a_missing_plan_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.yaml: there is no such file"):
        read_plan(tmp_path / "none.yaml", {"rose": 5}, "generator")


def test_a_plan_prints_as_a_table():
    made = Plan(
        {"generator": {"rose": 1500, "tulip": 0}, "real": {"rose": 5}}, {"rose": 5, "tulip": 7}
    )
    assert made.total == 1500
    assert [line.split() for line in str(made).splitlines()] == [
        ["class", "real", "target", "generator"],
        ["rose", "5", "1,505", "1,500"],
        ["tulip", "7", "7", "0"],
        ["1,500", "images", "to", "be", "made", "by", "generator"],
    ]
