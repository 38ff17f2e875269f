"""Class names as folder names, and back."""

import pytest

from ganaug.synthesis.writer.naming import class_name_of, folder_name
from ganaug.utils.errors import UsageError

ODD = ["a/b", "..", ".", ".hidden", "100%", "a%2Fb", "CON", "nul.x", "x.", " x", "x ", "__x"]


@pytest.mark.parametrize("name", [*ODD, "käse", "a:b*c?", "back\\slash", "line\nbreak", "%"])
def test_folder_names_are_safe_and_come_back(name):
    folder = folder_name(name)
    assert class_name_of(folder) == name
    assert not set(folder) & set('/\\:*?"<>|\n')
    assert {folder[0], folder[-1]}.isdisjoint(". ")
    assert not folder.startswith("__")
    assert folder.partition(".")[0].upper() not in ("CON", "NUL")


def test_plain_names_stay_as_they_are():
    assert [folder_name(n) for n in ("7", "rose", "a b", "x_y-z.1")] == [
        "7",
        "rose",
        "a b",
        "x_y-z.1",
    ]


def test_an_empty_name_is_refused():
    with pytest.raises(UsageError, match="empty name"):
        folder_name("")
