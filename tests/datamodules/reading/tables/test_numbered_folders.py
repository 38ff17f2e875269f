"""Class folders with numbers as names, and the files that name the classes."""

import pytest

from helpers.archive import Archive
from helpers.image_folders import load

KINDS = ("cat", "dog")
NAMES = {
    "classes.txt": "cat\ndog\n",
    "class_names.txt": "0 cat\n1 dog\n",
    "label_names.json": '["cat", "dog"]',
    "id2label.json": '{"0": "cat", "1": "dog"}',
    "class_to_idx.json": '{"cat": 0, "dog": 1}',
    "categories.csv": "id,name\n0,cat\n1,dog\n",
    "number_to_pet.json": '{"0": "cat", "1": "dog"}',
    "legend.txt": "0: cat\n1: dog\n",
    "Pets.csv": "ClassId,SignName\n0,cat\n1,dog\n",
    "README.md": "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n"
    "      class_label:\n        names:\n          '0': cat\n          '1': dog\n---\n# Pets\n",
}


def numbered(a, count=2, first=0, form="{}"):
    for number in range(first, first + count):
        a.images(form.format(number), 10, first=20 * number)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["{}", "{:02}", "train/{}"])
def test_numbered_folders_are_named_by_a_file(tmp_path, name, form, capsys):
    numbered(a := Archive(tmp_path), form=form)
    if "/" in form:
        numbered(a, form="test/{}")
    a.text(name, NAMES[name])
    data = load(tmp_path)
    assert data.class_names == KINDS
    plain = form.rpartition("/")[2]
    said = f"data: names of 2 classes from {name}: {plain.format(0)} is cat, {plain.format(1)} is d"
    assert said in capsys.readouterr().out
    assert {path.split("/")[-2] for path in data.paths("train", 5)} <= {
        plain.format(0),
        plain.format(1),
    }
    for path, label in zip(data.paths("test"), data.images("test")[1].tolist(), strict=True):
        assert int(path.split("/")[-2]) == label
    assert load(tmp_path, classes=["dog"]).class_names == ("dog",)


def test_numbered_folders_keep_their_numbers_if_classes_gives_them(tmp_path):
    numbered(a := Archive(tmp_path))
    a.text("classes.txt", "cat\ndog\n")
    assert load(tmp_path, classes=[0, 1]).class_names == ("0", "1")


@pytest.mark.parametrize(
    ("first", "text", "names"),
    [
        (1, "cat\ndog\n", KINDS),
        (1, "cat\ndog\nowl\n", None),
        (0, "cat\ndog\nowl\n", None),
        (0, "0 cat\n", None),
        (0, "cat\ncat\n", None),
        (0, "cat\n", ()),
        (5, "cat\ndog\n", ()),
        (0, "0\n1\n", ()),
        (0, "\n".join(f"{k}/{n:03}.png" for k in (0, 1) for n in range(10)), ()),
    ],
)
def test_a_file_that_does_not_name_just_these_folders_is_not_used(
    tmp_path, first, text, names, capsys
):
    numbered(a := Archive(tmp_path), first=first)
    a.text("labels.txt", text)
    assert load(tmp_path).class_names == (names or (str(first), str(first + 1)))
    said = "are called by their numbers, since 'labels.txt' does not give each of them one name"
    assert (said in capsys.readouterr().out) == (names is None)


@pytest.mark.parametrize(
    "text",
    [
        '{"0": "cat"}',
        '{"0": "cat", "1": "dog", "2": "owl"}',
        '["cat", "dog"]',
        '{"0": 10, "1": 20}',
        '{"0": "0.5", "1": "0.7"}',
        '{"0": {"name": "cat"}, "1": {"name": "dog"}}',
        '{"0": "cat", "1": "cat"}',
    ],
)
def test_a_file_of_any_name_must_name_just_the_classes(tmp_path, text, capsys):
    numbered(a := Archive(tmp_path))
    a.text("pets.json", text)
    assert load(tmp_path).class_names == ("0", "1")
    assert "pets.json" not in capsys.readouterr().out


def test_labels_of_a_table_are_named_and_the_file_that_does_it_is_used(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("images", 12)
    rows = "\n".join(f"{number:03}.png,{number % 2}" for number in range(12))
    a.text("labels.csv", f"file,label\n{rows}\n")
    for name in ("id2label.json", "number_to_disease.json"):
        a.text(name, '{"0": "healthy", "1": "ill"}')
        assert load(tmp_path).class_names == ("healthy", "ill")
        said = capsys.readouterr().out
        assert f"names of 2 classes from {name}" in said
        assert "not used" not in said
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2\nsea cat 0\nsea dog 1\n", ("sea cat", "sea dog")),
        ("2\ncat\ndog\n", ("cat", "dog")),
        ("id name\n0 cat\n1 sea dog\n", ("cat", "sea dog")),
        ("Boeing 7 3\nAirbus 3 2\n", ("Airbus 3 2", "Boeing 7 3")),
    ],
    ids=["count", "count of a list", "head", "names that end with a number"],
)
def test_a_list_of_classes_may_start_with_a_count_or_head(tmp_path, text, names):
    numbered(a := Archive(tmp_path))
    a.text("classes.txt", text)
    assert load(tmp_path).class_names == names
