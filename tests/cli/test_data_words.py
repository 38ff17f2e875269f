import pytest

from ganaug.cli import evaluate, label, report, utility
from ganaug.cli.data_words import data_of, parse_with_data, same_words, without_data
from ganaug.utils.errors import UsageError
from helpers import image_folders


def test_options_of_the_data_are_taken_out():
    words = ["--out", "advice", "--data.image_size", "16", "--data", "mnist", "--trials=9"]
    words += ["--network=-small"]
    rest, found = without_data(words)
    assert rest == ["--out", "advice", "--trials=9", "--network=-small"]
    assert found == {"data.image_size": "16", "data": "mnist"}


def test_a_folder_is_read_as_fit_reads_it(tmp_path):
    for name in ("010", "yes"):
        image_folders.fill(tmp_path / name, 10, first=len(name))
    found = data_of(
        {"data.root": str(tmp_path), "data.classes": "[yes, 010]", "data.image_size": "8"}
    )
    assert (found.class_names, found.image_size) == (("yes", "010"), 8)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"which images\? --data.root DIR, or --data mnist"),
        ({"data": "minst"}, r"--data 'minst' is not one of .*did you mean 'mnist'"),
        ({"data": "mnist", "data.image_size": "large"}, r"--data.image_size is 'large'; use a wh"),
        ({"data": "mnist", "data.validation": "2"}, r"validation is 2"),
        ({"data": "mnist", "data.rot": "x"}, r"data.rot"),
    ],
)
def test_wrong_options_are_refused_in_a_line(given, message):
    with pytest.raises(UsageError, match=message) as error:
        data_of(given)
    assert "\n" not in str(error.value)


def test_an_option_without_a_value_is_refused():
    with pytest.raises(UsageError, match=r"--data.root needs a value"):
        without_data(["--data.root", "--out", "advice"])


FLAT = ("--data.root", "photos", "--data.labels", "kinds.csv", "--data.classes", "[no, yes]")


@pytest.mark.parametrize(
    ("command", "words", "name"),
    [
        (evaluate.COMMAND, ("--synthetic", "made"), "data"),
        (utility.COMMAND, ("--synthetic", "made", "--out", "out", "--arms", "a", "b"), "data"),
        (report.COMMAND, ("--synthetic", "made", "--out", "out"), "data"),
        (label.COMMAND, ("--images", "more", "--out", "out"), "real"),
    ],
)
def test_real_images_may_have_the_settings_of_a_fit(command, words, name):
    found = parse_with_data(command, [*words, *FLAT])
    assert found[name] == {"root": "photos", "labels": "kinds.csv", "classes": ["no", "yes"]}
    assert parse_with_data(command, [*words, "--real", "photos"])[name] == "photos"
    assert parse_with_data(command, words)[name] is None
    with pytest.raises(UsageError, match=r"--real and --data.classes both say which images are"):
        parse_with_data(command, [*words, *FLAT, "--real", "photos"])
    with pytest.raises(UsageError, match=r"which images\? --data.root DIR"):
        parse_with_data(command, [*words, *FLAT[2:]])


def test_other_data_modules_are_made_as_for_a_fit():
    words = ["--synthetic", "made", "--data", "mnist", "--data.image_size", "16"]
    found = parse_with_data(evaluate.COMMAND, words)["data"]
    assert (type(found).__name__, found.image_size) == ("MNISTDataModule", 16)


def test_a_next_command_names_the_same_images():
    words = ["--synthetic", "made", *FLAT[:4], "--data-root", "moved"]
    assert same_words([*words, "--features", "imagenet", "--out=made.json"]) == words
    assert same_words(words, with_real=False) == ["--synthetic", "made", "--data-root", "moved"]
    words = ["--synthetic=-made", "--real", "photos", "--image-size", "32"]
    assert same_words(words) == words
