"""Public data sets, as unzipped: read correctly, or refused with the argument to set."""

import pytest

from datamodules.errors import DataError
from helpers import public_folders, public_tables
from helpers.archive import Archive, by_class
from helpers.image_folders import everything, load

READ = public_folders.READ | public_tables.READ
REFUSED = public_folders.REFUSED | public_tables.REFUSED


@pytest.mark.parametrize("build", READ, ids=lambda build: build.__name__)
def test_read_right(build, tmp_path):
    build(Archive(tmp_path / "archive"))
    train, test = READ[build]
    data = load(tmp_path / "archive")
    assert by_class(data, "train") == train
    if test:
        assert by_class(data, "test") == test
    assert not [path for path in everything(data) if "mask" in path.rsplit("/", 1)[-1]]
    assert not [path for path in everything(data) if "/masks/" in path or "unlabel" in path]


@pytest.mark.parametrize("build", REFUSED, ids=lambda build: build.__name__)
def test_refused_with_folders_and_argument(build, tmp_path):
    build(Archive(tmp_path / "archive"))
    with pytest.raises(DataError) as caught:
        _ = load(tmp_path / "archive").num_classes
    assert [part for part in REFUSED[build] if part not in str(caught.value)] == []


def test_the_named_argument_resolves_it(tmp_path):
    for build, options in ((REFUSED_BY[name], options) for name, options in WAYS_OUT.items()):
        root = tmp_path / build.__name__
        build(Archive(root))
        assert load(root, **options).num_classes == len(options.get("classes", "ab")), build


REFUSED_BY = {build.__name__: build for build in REFUSED}


WAYS_OUT = {
    "office_31": {"labels": "([^/]+)/[^/]+$"},
    "folds": {"classes": ["fold0", "fold1", "fold2"]},
    "mvtec_bottle": {"classes": ["good"]},
    "mvtec": {"classes": ["bottle", "cable"]},
    "extra_beside_splits": {"ignore": ["more pictures"]},
    "test_and_validation_alone": {"classes": ["test", "validation"]},
    "ham10000": {"labels": "HAM10000_metadata.csv"},
    "isic_2020": {"label_column": "target", "labels": "train.csv"},
    "nih_chest": {"classes": ["Mass", "No Finding"]},
    "oxford_pets": {"labels": "(great_pyrenees|beagle|Abyssinian)_", "classes": ["beagle"]},
    "severity_table": {"ignore": ["info.csv"], "classes": ["images"]},
    "half_labeled": {"labels": "photos/labels.csv"},
    "dogs_vs_cats": {"classes": ["dogs_vs_cats"]},
    "test_next_to_classes": {"ignore": ["test"]},
    "annotations_next_to_classes": {"ignore": ["annot*"]},
}


def test_what_is_passed_over_is_said(tmp_path, capsys):
    by_name = {build.__name__: build for build in READ}
    by_name["busi"](Archive(tmp_path / "a"))
    assert load(tmp_path / "a").num_classes == 3
    assert "data: passed over masks: 62, such as" in capsys.readouterr().out
    by_name["patients_in_classes"](Archive(tmp_path / "p"))
    assert load(tmp_path / "p").num_classes == 2
    said = "the folders in 'benign', 'malignant', such as 'A', 'B' and 1 more, are not told apart"
    assert said in capsys.readouterr().out
    by_name["chest_xray"](Archive(tmp_path / "b"))
    assert load(tmp_path / "b").num_classes == 2
    assert "data: passed over second copies: 1, such as" in capsys.readouterr().out
    by_name["flat_test"](Archive(tmp_path / "c"))
    assert load(tmp_path / "c").num_classes == 2
    assert "data: passed over folders of images without a class: 1" in capsys.readouterr().out


def test_a_second_copy_that_differs_is_refused(tmp_path):
    a = Archive(tmp_path)
    for root in (".", "copy"):
        a.images(f"{root}/train/cat", 9)
        a.images(f"{root}/test/cat", 9 if root == "." else 8)
    with pytest.raises(DataError, match=r"'copy'"):
        _ = load(tmp_path).num_classes
