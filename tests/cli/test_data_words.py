import pytest

from ganaug.cli.data_words import data_of, without_data
from ganaug.utils.errors import UsageError
from helpers import image_folders


def test_options_of_the_data_are_taken_out():
    words = ["--out", "advice", "--data.image_size", "16", "--data", "mnist", "--trials=9"]
    rest, found = without_data(words)
    assert rest == ["--out", "advice", "--trials", "9"]
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
        ({"data": "minst"}, r"--data 'minst' is none of .*did you mean 'mnist'"),
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
