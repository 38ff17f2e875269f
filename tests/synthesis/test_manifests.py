"""A manifest.json next to images: that of another program, and a damaged one of ours."""

import json

import pytest
import torch

from ganaug.evaluation.evaluate import evaluate
from ganaug.synthesis import RealImages, RealSource, expand
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.storage import refuse_inside_a_set
from ganaug.utils.errors import UsageError
from helpers.image_folders import everything, fill, load

FOREIGN = {
    "empty": {},
    "a list": ["images/a/000.png"],
    "nothing": None,
    "of a web page": {"name": "photos", "icons": [{"src": "images/a/000.png"}]},
    "with our words": {"class_names": 2, "counts": {"a": 2}, "card": {"image_size": 9}},
}


@pytest.fixture(params=FOREIGN.values(), ids=FOREIGN)
def foreign(request, tmp_path):
    for number, name in enumerate("ab"):
        fill(tmp_path / "made/images" / name, 2, first=10 * number)
    (tmp_path / "made/manifest.json").write_text(json.dumps(request.param))
    return tmp_path / "made"


def test_another_programs_manifest_leaves_a_set_foreign(foreign):
    for folder in (foreign, foreign / "images"):
        dataset = SyntheticDataset.open(folder)
        assert dataset.made_elsewhere
        assert (dataset.manifest, dataset.card, dataset.short) == (None, None, {})
        assert dataset.counts == {"a": 2, "b": 2}
        with pytest.raises(UsageError, match=r"there is no manifest\.json of synthesize"):
            dataset.required_manifest()
    refuse_inside_a_set(foreign / "images/c")


def test_such_a_folder_is_read_as_data_and_not_written_over(foreign, tmp_path):
    fill(tmp_path / "made/images/c", 2, first=50)
    assert len(everything(load(tmp_path, validation=0.0, test=0.0))) == 6
    before = sorted(foreign.rglob("*"))
    with pytest.raises(UsageError, match="doesn't hold a run of this tool"):
        written(foreign)
    assert sorted(foreign.rglob("*")) == before


@pytest.mark.parametrize("damage", [lambda text: text[:40], lambda text: "", lambda text: "\xff"])
def test_a_damaged_manifest_of_ours_is_said_to_be_damaged(tmp_path, damage):
    written(tmp_path / "out")
    assert SyntheticDataset.open(tmp_path / "out").manifest is not None
    manifest = tmp_path / "out/manifest.json"
    manifest.write_text(damage(manifest.read_text()), encoding="latin-1")
    (tmp_path / "out/metadata.csv").unlink()
    dataset = SyntheticDataset.open(tmp_path / "out")
    assert not dataset.made_elsewhere
    with pytest.raises(UsageError, match=r"manifest\.json can't be read: .* make the set again"):
        dataset.required_manifest()
    with pytest.raises(UsageError, match=r"manifest\.json can't be read: .* restore it, or give"):
        written(tmp_path / "out")


def written(out):
    source = RealSource(RealImages(torch.zeros(1, 3, 8, 8).byte(), torch.zeros(1), ["0.png"]), "a")
    return expand([source], {"real": {"a": 1}}, out)


def test_a_table_with_an_origin_of_its_own_leaves_a_set_foreign(tmp_path):
    for number, name in enumerate("ab"):
        fill(tmp_path / "made" / name, 2, first=10 * number)
    (tmp_path / "made/metadata.csv").write_text("file_name,origin\na/000.png,France\n")
    assert SyntheticDataset.open(tmp_path / "made").made_elsewhere


@pytest.mark.parametrize(
    ("opened", "options", "name"),
    [
        ({}, {}, "metrics"),
        ({"n": 3}, {}, "metrics-part"),
        ({}, {"n": 3}, "metrics-part"),
        ({"n": 4}, {"n": 10_000}, "metrics"),  # which leaves nothing out
        ({"n": 3}, {"quick": True}, "metrics-quick"),
    ],
)
def test_figures_of_a_part_go_into_a_file_of_their_own(opened, options, name, foreign, monkeypatch):
    """Those in metrics.json are the set's, also in its card."""
    places = []
    monkeypatch.setattr(
        "ganaug.evaluation.files.check_metrics_file", lambda path, _: places.append(path)
    )
    with pytest.raises(UsageError, match="real images"):
        evaluate(SyntheticDataset.open(foreign, **opened), features="domain", **options)
    assert places == [foreign / f"{name}.json"]


def test_a_set_is_a_part_only_where_images_are_left_out(foreign):
    dataset = SyntheticDataset.open(foreign)
    assert not dataset.is_part
    assert not dataset.select(n=4).is_part
    part = dataset.select(n=10).select(n=3).select(n=4, image_size=8)
    assert part.is_part
    assert len(part) == 3
