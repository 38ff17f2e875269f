"""The training images of an advice are those of its table, as often as they were drawn."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import ganaug
from datamodules.augmentation import load_augmentation
from ganaug.evaluation.advice.images.training_images import VALIDATION, TrainingImages
from ganaug.evaluation.advice.images.training_images import data_of as images_of
from ganaug.evaluation.advice.images.training_table import Row, counted, read_rows, write_rows
from ganaug.evaluation.advice.output.outputs import _write_augmentation
from ganaug.evaluation.advice.output.readme import readme
from ganaug.evaluation.advice.output.words import in_words
from ganaug.evaluation.advice.result import Tried
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.utility.sampling import DataMix, Images
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from helpers.quick_advice import data_of, stripes
from helpers.quick_classifiers import LINEAR, linear


def test_each_class_of_the_training_images_counts_as_recommended():
    labels = torch.tensor([0, 0, 0, 1])
    real = Images(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), labels)
    further = Images(real.images[:3], torch.tensor([0, 1, 1]), rows=torch.tensor([0, 1]))
    as_they_are = counted(DataMix(balanced=0.0), real, further, 2)
    assert as_they_are.tolist() == [1, 1, 1, 1, 0, 0, 0]
    mix = DataMix(share=(0.5, 0.25), weight=0.5)
    found = counted(mix, real, further, 2)
    found = found / found.sum()
    # Half of the draws in a class come from the set, with half the weight.
    total = 0.5 * (0.5 + 0.5 * 0.5) + 0.5 * (0.75 + 0.25 * 0.5)
    expected = [0.25 / 3] * 3 + [0.375, 0.125, 0.0625, 0]
    assert found.tolist() == pytest.approx([each / total for each in expected])


def test_the_training_images_are_those_of_the_table(advised, photos):
    data = advised.train_dataset()
    own = data_of(photos)
    assert len(data) == 24
    assert float(data.weights.mean()) == pytest.approx(1)
    images = torch.cat([own.images(split)[0] for split in ("train", "validation")])
    labels = torch.cat([own.images(split)[1] for split in ("train", "validation")])
    assert torch.equal(data.images, images)
    assert torch.equal(data.labels, labels)
    assert (photos / data.rows[0].file).is_file()
    batch, targets, weights = next(iter(DataLoader(data, 8)))
    assert batch.shape == (8, 1, 16, 16)
    assert -1 <= batch.min() < batch.max() <= 1
    assert targets.shape == weights.shape == (8,)


def test_the_augmentation_changes_images_by_torchs_random_state(advised, photos):
    mirrored = replace(advised, recommended=replace(advised.recommended, augmentation="mirror"))
    data, plain = mirrored.train_dataset(), to_float(advised.train_dataset().images)
    torch.manual_seed(0)
    first = torch.stack([data[n][0] for n in range(len(data))])
    torch.manual_seed(0)
    again = torch.stack([data[n][0] for n in range(len(data))])
    assert torch.equal(first, again)
    flipped = [torch.equal(own, each.flip(-1)) for own, each in zip(first, plain, strict=True)]
    kept = [torch.equal(own, each) for own, each in zip(first, plain, strict=True)]
    assert all(a != b for a, b in zip(flipped, kept, strict=True))
    assert 4 < sum(flipped) < 20


def test_an_augmentation_of_half_of_the_images_leaves_the_others_as_they_are(advised, tmp_path):
    """By its name, and by the file that is written."""
    half = Candidate(LINEAR, "strong", "equal", strength=0.5)
    tried = [Tried(half, 3, 0.9, (0.8, 1.0))]
    recommended = replace(advised, folder=tmp_path / "half", recommended=half, tried=tried)
    shutil.copytree(advised.folder, recommended.folder)
    bench = SimpleNamespace(
        augmentation=lambda name, size: load_augmentation(name, size, 1),
        classifiers={half.classifier: SimpleNamespace(size=16)},
    )
    _write_augmentation(recommended, bench, recommended.folder)
    saved = load_augmentation(str(recommended.folder / "augmentation.yaml"), 16, 1)
    data, kept = recommended.train_dataset(), [0, 0]
    torch.manual_seed(0)
    for draw in range(400):
        image = data.images[draw % 24]
        saved.seed(draw)
        pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
        kept[0] += np.array_equal(saved(pixels), pixels)
        kept[1] += torch.equal(data[draw % 24][0], to_float(image))
    assert kept == [pytest.approx(200, abs=40)] * 2
    assert "augmented by strong on half of the images" in in_words(half)
    assert "`strong` on half of the images, read by" in readme(recommended, frozen=False, images=9)


def test_the_share_of_a_set_is_that_of_the_table():
    labels = torch.tensor([0, 0, 1])
    real = Images(torch.zeros(3, 1, 8, 8, dtype=torch.uint8), labels)
    recipe = Candidate("small", balance="equal", synthetic="made", share=0.25)
    found = counted(recipe.arm(None, [True, True]).mix, real, real, 2)
    expected = torch.tensor([0.1875, 0.1875, 0.375, 0.0625, 0.0625, 0.125])
    assert found.tolist() == pytest.approx((6 * expected).tolist())


def test_rows_that_are_deleted_or_weighed_anew_are_respected(advised, tmp_path):
    moved = replace(advised, folder=tmp_path / "moved")
    shutil.copytree(advised.folder, moved.folder)
    table = moved.folder / "train.csv"
    head, first, *rest = table.read_text().splitlines()
    file, label, _, source = first.split(",")
    table.write_text("\n".join([head, f"{file},{label},2.5,{source}", *rest[:3]]))
    data = moved.train_dataset()
    assert len(data) == 4
    assert data.weights[0] == 2.5
    table.write_text(f"{head}\nnothing.png,{label},1,real\n")
    with pytest.raises(UsageError, match=r"nothing\.png of real is missing"):
        moved.train_dataset()
    table.write_text(f"{head}\n{file},sideways,1,real\n")
    with pytest.raises(UsageError, match=r"train\.csv, row 2: class 'sideways'"):
        moved.train_dataset()


def test_soft_labels_are_read_as_they_are_written(tmp_path):
    names = ["cat", "dog, small"]
    rows = [Row("a.png", "cat", 1.0), Row("b,1.png", "dog, small", 0.5, "made", (0.25, 0.75))]
    write_rows(tmp_path / "train.csv", rows, names)
    found = read_rows(tmp_path / "train.csv", names)
    assert found == [rows[0]._replace(soft=(1.0, 0.0)), rows[1]]
    data = TrainingImages(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), found, names)
    assert data[1][1].tolist() == [0.25, 0.75]


def test_a_table_that_can_not_be_read_is_named(tmp_path):
    (tmp_path / "train.csv").write_text(f'file,class\n"{"a," * 100_000}')
    with pytest.raises(UsageError, match=r"train\.csv is not a table .*; delete it and run advise"):
        read_rows(tmp_path / "train.csv", ["cat"])


def test_the_real_images_are_refused_once_they_changed(advised, photos, tmp_path):
    other = tmp_path / "photos"
    shutil.copytree(photos, other)
    assert len(advised.train_dataset(data_root=str(other))) == 24
    next((other / "train" / "across").iterdir()).unlink()
    with pytest.raises(UsageError, match="real images are not those of the advice"):
        advised.train_dataset(data_root=str(other))


def test_parts_and_files_that_are_not_there_are_named(advised, tmp_path):
    with pytest.raises(UsageError, match="part is 'pretrain', and the recommended recipe has only"):
        advised.train_dataset("pretrain")
    with pytest.raises(UsageError, match="part is 'test'; use train or pretrain"):
        advised.train_dataset("test")
    with pytest.raises(UsageError, match=r"there is no advice\.json in"):
        ganaug.load_advice(tmp_path)
    lost = replace(advised, folder=tmp_path / "lost")
    shutil.copytree(advised.folder, lost.folder)
    (lost.folder / "classifier.safetensors").write_bytes(b"nothing")
    with pytest.raises(UsageError, match=r"doesn't match classifier\.json"):
        lost.classifier(linear)
    (lost.folder / "classifier.json").write_text("[]")
    with pytest.raises(UsageError, match=r"this is not the card of a classifier"):
        lost.classifier(linear)


def test_sets_that_are_not_recommended_may_be_gone(advised, photos):
    other = replace(advised, facts={**advised.facts, "folders": {"gone": "../gone"}})
    assert len(other.train_dataset()) == 24


def test_changed_validation_images_are_refused(tmp_path):
    for number, split in enumerate(("train", "val", "test")):
        stripes(tmp_path / "photos" / split, 4, first=10 * number)
    data = data_of(tmp_path / "photos")
    card = {**data.card(), VALIDATION: data.fingerprint_of("validation")}
    reread = images_of(card)
    assert len(reread.images("validation")[0]) == 8
    shutil.copy(tmp_path / "photos/val/down/10.png", tmp_path / "photos/val/across/10.png")
    with pytest.raises(UsageError, match="real images are not those of the advice"):
        images_of(card)
    # Advice of earlier versions.
    assert images_of(data.card()).fingerprint == data.fingerprint
