"""What `advise` writes besides the advice: it is to be used as it is."""

import json
import shutil
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load, save
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

import ganaug
from datamodules.augmentation import load_augmentation
from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule
from datamodules.reading.reader import ImageReader
from evaluation.advice.conftest import linear
from evaluation.advice.test_advise import HERE, QUICK, data_of, stripes
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.candidates import Candidate
from ganaug.evaluation.advice.classifier import card_of, load_classifier, new_network, weights_of
from ganaug.evaluation.advice.image_folder import write_image_folder
from ganaug.evaluation.advice.outputs import _write_augmentation
from ganaug.evaluation.advice.readme import readme
from ganaug.evaluation.advice.result import Tried
from ganaug.evaluation.advice.training_images import TrainingImages, files_of, stores_of
from ganaug.evaluation.advice.training_table import Row, counted, read_rows, write_rows
from ganaug.evaluation.advice.words import in_words, snippet
from ganaug.evaluation.utility.choosing import Wish, chosen_classifiers
from ganaug.evaluation.utility.classifiers import answers
from ganaug.evaluation.utility.linear_head import LinearHead
from ganaug.evaluation.utility.sampling import DataMix, Images
from ganaug.evaluation.utility.significance import class_means
from ganaug.evaluation.utility.training import ArmTrainer
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    stripes(root / "train", 12)
    stripes(root / "test", 20, first=100)
    return root


@pytest.fixture(scope="module")
def advised(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "advice"
    advise(data_of(photos), out=out, **QUICK)
    return ganaug.load_advice(out)


def test_the_stored_classifier_is_the_first_of_the_test(advised, photos):
    images, labels = data_of(photos).images("test")
    with torch.no_grad():
        right = advised.classifier(linear)(images).argmax(dim=1) == labels
    measured = class_means(right.numpy(), labels.numpy()).mean()
    assert measured == pytest.approx(advised.tested[advised.recommended].accuracies[0])
    assert advised.classifier(linear).card["balanced_accuracy"] == pytest.approx(measured)


def test_the_classifier_takes_uint8_and_float_alike(advised, photos):
    images = data_of(photos).images("test")[0][:5]
    classifier = advised.classifier(linear)
    from_bytes, from_floats = classifier(images), classifier(images / 127.5 - 1)
    assert torch.allclose(from_bytes, from_floats, atol=1e-5)
    files = data_of(photos).paths("test")[:5]
    assert torch.equal(classifier.read(files), images)


def test_a_function_of_the_users_is_called_only_if_the_user_gives_it(advised):
    with pytest.raises(UsageError, match=rf"build: the classifier is {HERE}:linear"):
        advised.classifier()
    with pytest.raises(UsageError, match=r"does not fit the classifier"):
        advised.classifier(lambda *shape: torch.nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(2, 3, 16, 16), r"images are 2 x 3 x 16 x 16; the classifier takes N x 1 x 16"),
        (torch.full((2, 1, 16, 16), 200.0), r"float from -1 to 1"),
        (torch.zeros(2, 1, 16, 16, dtype=torch.long), r"uint8 from 0 to 255"),
    ],
)
def test_images_of_another_form_are_refused(images, message, photos_classifier):
    with pytest.raises(UsageError, match=message):
        photos_classifier(images)


@pytest.fixture
def photos_classifier(advised):
    classifier = advised.classifier(linear)
    classifier.card |= {"channels": 1, "image_size": 16}
    return classifier


def test_each_class_of_the_training_images_counts_as_recommended():
    labels = torch.tensor([0, 0, 0, 1])
    real = Images(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), labels)
    further = Images(real.images[:3], torch.tensor([0, 1, 1]), rows=torch.tensor([0, 1]))
    as_they_are = counted(DataMix(balanced=0.0), real, further, 2)
    assert as_they_are.tolist() == [1, 1, 1, 1, 0, 0, 0]
    mix = DataMix(share=(0.5, 0.25), weight=0.5)
    found = counted(mix, real, further, 2)
    found = found / found.sum()
    # Half of the draws in a class, of which those of the set count half as much.
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
    half = Candidate(f"{HERE}:linear", "strong", "equal", strength=0.5)
    tried = [Tried(half, 2, 0.9, (0.8, 1.0))]
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
    with pytest.raises(UsageError, match=r"nothing\.png of real is gone"):
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


def test_the_real_images_are_refused_once_they_changed(advised, photos, tmp_path):
    other = tmp_path / "photos"
    shutil.copytree(photos, other)
    assert len(advised.train_dataset(data_root=str(other))) == 24
    next((other / "train" / "across").iterdir()).unlink()
    with pytest.raises(UsageError, match="real images are not those that the advice is on"):
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
    with pytest.raises(UsageError, match=r"is not the file of classifier\.json"):
        lost.classifier(linear)
    (lost.folder / "classifier.json").write_text("[]")
    with pytest.raises(UsageError, match=r"this is no card of a classifier"):
        lost.classifier(linear)


@pytest.mark.parametrize("name", ["small", "imagenet", "resnet18"])
def test_each_kind_of_classifier_is_stored_and_restored(name, tmp_path):
    images = torch.randint(256, (8, 3, 32, 32), dtype=torch.uint8)
    labels = torch.tensor([0, 1] * 4)
    (chosen,) = chosen_classifiers(name, images, Wish(size=32))
    real = Images(images, labels)
    nothing = Images(images[:0], labels[:0])
    trainer = ArmTrainer(chosen.build(nothing), real, nothing, num_classes=2)
    network = trainer.trained([(DataMix(), 1)], seed=0)
    content = save(weights_of(network))
    (tmp_path / "classifier.safetensors").write_bytes(content)
    data = SimpleNamespace(
        class_names=("a", "b"), channels=3, reader=ImageReader(32, 3), image_size=32
    )
    card = card_of(chosen, data, content)
    (tmp_path / "classifier.json").write_text(json.dumps(card))
    found = load_classifier(tmp_path)
    with torch.no_grad():
        assert torch.allclose(found(images), answers(network, images), atol=1e-4)
    if name == "imagenet":
        assert set(load(content)) == {f"head.{each}" for each in LinearHead._fields}
    assert new_network(card).train()(to_float(images)).shape == (8, 2)


def test_a_new_head_is_all_that_is_trained():
    images = torch.randint(256, (2, 3, 32, 32), dtype=torch.uint8)
    (chosen,) = chosen_classifiers("imagenet", images, Wish(size=32))
    data = SimpleNamespace(class_names=("a", "b"), channels=3, reader=ImageReader(32, 3))
    network = new_network(card_of(chosen, data, b"")).train()
    before = {name: each.clone() for name, each in network.state_dict().items()}
    network(to_float(images)).sum().backward()
    changed = [n for n, each in network.state_dict().items() if not torch.equal(each, before[n])]
    assert not changed
    assert [n for n, each in network.named_parameters() if each.requires_grad] == [
        "head.weight",
        "head.bias",
    ]


def test_the_augmentation_is_a_file_of_albumentations(advised, tmp_path):
    import albumentations

    assert advised.recommended.augmentation == "none"
    kept = albumentations.load(advised.folder / "augmentation.yaml", data_format="yaml")
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    assert np.array_equal(kept(image=image)["image"], image)


@pytest.mark.parametrize("name", ["elastic", "trivial", "rand"])
def test_a_saved_augmentation_is_the_named_one(name, tmp_path):
    named = load_augmentation(name, 16, 3)
    (tmp_path / "augmentation.yaml").write_text(named.to_yaml())
    saved = load_augmentation(str(tmp_path / "augmentation.yaml"), 16, 3)
    (inner,) = saved.compose.transforms
    assert inner.to_dict() == named.compose.to_dict()
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    saved.seed(1)
    assert not np.array_equal(saved(image), image)


def test_the_images_can_be_had_as_class_folders(advised, photos, tmp_path):
    advised.write_images(tmp_path / "images")
    found = ImageFolder(tmp_path / "images" / "images")
    assert found.classes == ["across", "down"]
    assert len(found) == 24
    rows = read_rows(tmp_path / "images" / "train.csv", advised.class_names)
    own = read_rows(advised.folder / "train.csv", advised.class_names)
    for row, was in zip(rows, own, strict=True):
        written = tmp_path / "images" / row.file
        assert written.read_bytes() == (photos / was.file).read_bytes()
        assert written.parent.name == row.label == was.label
        assert row.weight == was.weight
    (kept,) = [path.name for path in tmp_path.iterdir() if path.name.endswith("images")]
    assert kept == "images"


def test_no_folder_is_written_over(advised, photos, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"is there, and is not overwritten; give a new one"):
        advised.write_images(tmp_path / "images")
    with pytest.raises(UsageError, match=r"mine\.txt is there, and is not overwritten"):
        advised.write_images(tmp_path / "images" / "mine.txt")
    with pytest.raises(DataError, match="folder"):
        advised.write_images(photos / "train" / "more")
    (tmp_path / "empty").mkdir()
    assert len(list(advised.write_images(tmp_path / "empty").rglob("*.png"))) == 24


def test_images_without_files_are_written_as_png(tmp_path):
    data = MNISTDataModule(classes=[3, 8], per_class=2, image_size=16, validation=0.0)
    rows = [Row(file, "3", 1.0) for file in files_of(data)]
    write_image_folder(tmp_path / "out", rows, stores_of(rows, data, {}), 16, ["3", "8"])
    found = ImageFolder(tmp_path / "out" / "images", loader=Image.open)
    expected = data.images("train")[0]
    for place, (image, _) in enumerate(found):
        assert np.array_equal(np.asarray(image), expected[place, 0].numpy())


def test_classes_with_odd_names_stay_in_the_folder(tmp_path):
    data = MNISTDataModule(classes=[3, 8], per_class=1, image_size=16, validation=0.0)
    names = ("..", "dog/wolf")
    rows = [Row(file, name, 1.0) for file, name in zip(files_of(data), names, strict=True)]
    write_image_folder(tmp_path / "out", rows, stores_of(rows, data, {}), 16, names)
    found = [file.relative_to(tmp_path / "out").as_posix() for file in tmp_path.rglob("*.png")]
    assert {file.split("/")[1] for file in found} == {"%2E%2E", "dog%2Fwolf"}
    again = read_rows(tmp_path / "out" / "train.csv", names)
    assert {row.file: row.label for row in again} == {
        file: unquote(file.split("/")[1]) for file in found
    }


def test_the_lines_of_the_readme_train_what_is_recommended(advised, photos, monkeypatch, tmp_path):
    text = (advised.folder / "README.md").read_text()
    code = text.partition("```python\n")[2].partition("```")[0]
    assert len(code.splitlines()) <= 14
    names: dict = {}
    torch.manual_seed(0)
    monkeypatch.chdir(advised.folder.parent)
    exec(code, names)
    images, labels = data_of(photos).images("test")
    with torch.no_grad():
        right = names["network"].eval()(to_float(images)).argmax(dim=1) == labels
    assert right.float().mean() > 0.6
    assert text.startswith(
        "# What to train on\n\nTrain the classifier evaluation.advice.conftest:linear on"
    )


@pytest.mark.parametrize(
    "recipe",
    [
        Candidate("small", "light", "equal", "mixup"),
        Candidate("small", "none", "equal", "cutmix", synthetic="made", way="pre-training"),
        Candidate("imagenet", decay=3.0),
    ],
)
def test_the_lines_for_every_recipe_run(recipe, monkeypatch):
    images = torch.zeros(8, 1, 16, 16, dtype=torch.uint8)
    data = TrainingImages(images, [Row("a", "x", 1.0), Row("b", "y", 1.0)] * 4, ["x", "y"])
    parts = []
    advice = SimpleNamespace(
        class_names=["x", "y"],
        train_dataset=lambda part="train": parts.append(part) or data,
        network=lambda: linear(1, 2, 16),
    )
    monkeypatch.setattr(ganaug, "load_advice", lambda folder: advice, raising=False)
    names: dict = {}
    exec(snippet(recipe, "advice", 4), names)
    assert names["optimizer"].param_groups[0]["weight_decay"] == pytest.approx(0.01 * recipe.decay)
    assert parts == (["pretrain", "train"] if recipe.way else ["train"])


def test_the_report_is_in_the_folder(advised):
    page = (advised.folder / "report.html").read_text()
    assert f"Train the classifier {HERE}:linear on your real images" in page
    assert all(each.candidate.name in page for each in advised.tried)
