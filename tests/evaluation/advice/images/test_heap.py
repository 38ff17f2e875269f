import pytest
import torch
from PIL import Image

from datamodules.reading.scan import scan_images as scan
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.images.heap import PSEUDO, Heap, LabeledHeap
from ganaug.evaluation.advice.output.outputs import write_outputs
from ganaug.evaluation.advice.output.usable import load_advice
from ganaug.evaluation.advice.result import Advice, Tried
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.trainings.folds import FOLDS
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.evaluation.utility.sampling import Images
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.matching import match_classes
from ganaug.utils.errors import UsageError
from helpers.image_folders import load
from helpers.noisy_sets import QUICK, write
from helpers.quick_classifiers import RIDGE


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    write(root / "train", range(30))
    write(root / "test", range(1000, 1100))
    write(root.with_name("heap"), range(100, 300))
    return root


@pytest.fixture(scope="module")
def bench(photos):
    data = load(photos, image_size=16, validation=0.0, channels=1)
    classifiers = {RIDGE: chosen_classifiers(RIDGE, data.images("train")[0])[0]}
    heap = photos.with_name("heap")
    return Workbench(data, classifiers, lambda *_: None, unlabelled=heap)


@pytest.fixture(autouse=True)
def unsure_teachers(monkeypatch):
    """Ridge regression gives no probability near 1."""
    monkeypatch.setattr("ganaug.evaluation.advice.images.heap.LEAST_SURE", 0.5)


def test_labels_come_from_teachers_of_the_fold(bench, monkeypatch):
    known = []
    labeled = Heap.labeled

    def watched(images, teach):
        found = labeled(images, teach)
        known.append(found)
        return found

    monkeypatch.setattr(Heap, "labeled", staticmethod(watched))
    trainers = [bench.trainer(Candidate(RIDGE, synthetic=PSEUDO), 10, (0, n)) for n in range(FOLDS)]
    assert len(known) == FOLDS
    for number, trainer in enumerate(trainers):
        assert trainer.real.rows.tolist() == bench.folds.fold(0, number).train.tolist()
        assert len(trainer.synthetic.images) == 400
    # Teachers of other folds learned from other images, and label a few differently.
    assert any((known[0].labels != each.labels).any() for each in known[1:])


def test_labels_of_the_heap_are_mostly_right(bench):
    found = bench.trainer(Candidate(RIDGE, synthetic=PSEUDO), 10).synthetic
    truth = torch.arange(2).repeat_interleave(200)  # by the folders, which are not read
    assert (found.labels == truth).float().mean() > 0.7


def test_so_many_images_at_most_come_from_all_folders_and_are_read_alone(bench, monkeypatch):
    every, read = bench.heap.images(16, None), []
    reading = "datamodules.reading.scan.scan_images"
    monkeypatch.setattr(reading, lambda files, *how: read.append(len(files)) or scan(files, *how))
    few = bench.heap.images(16, 10)
    assert read == [10]
    assert torch.equal(few, every[40 * torch.arange(10)])


def test_teachers_label_no_more_images_than_a_training_draws(bench):
    every = bench.heap.images(16, None)
    assert len(bench.unlabeled(RIDGE, 10)) == len(every) == 400
    few = bench.unlabeled(RIDGE, 2)
    assert torch.equal(few, every[::4])
    assert few.data_ptr() == every.data_ptr()  # without a copy
    trainer = bench.trainer(Candidate(RIDGE, synthetic=PSEUDO), 2, (0, 0))
    assert len(trainer.synthetic.images) == 100


def test_unlabeled_images_of_the_data_come_first(photos):
    data = load(photos, image_size=16, channels=1, validation=0.0, labels_per_class=10)
    heap = Heap(data, photos.with_name("heap"), lambda _: data)
    images, labels = data.images("all_train")
    assert torch.equal(heap.images(16, None)[:40], images[labels < 0])
    assert torch.equal(heap.images(16, 50)[:40], images[labels < 0])
    few = heap.images(16, 6)
    assert torch.equal(few, data.images("unlabelled", 6)[0])
    assert len(few) == 6


def test_only_sure_labels_are_drawn(monkeypatch):
    monkeypatch.setattr("ganaug.evaluation.advice.images.heap.LEAST_SURE", 0.9)
    said = torch.tensor([[0.95, 0.05], [0.6, 0.4], [0.02, 0.98]])
    given = []
    images = torch.zeros(3, 1, 8, 8, dtype=torch.uint8)

    def teach(further, seed):
        given.append((len(further.labels), seed))
        return said

    found = Heap.labeled(images, teach)
    assert found.labels.tolist() == [0, 0, 1]
    assert found.rows.tolist() == [0, 2]
    # The second round's teachers learn from the labels of the first.
    assert given == [(0, 0), (0, 1), (3, 2), (3, 3)]


def test_a_heap_takes_part_in_the_search(photos, tmp_path):
    data = load(photos, image_size=16, validation=0.0, channels=1)
    heap = photos.with_name("heap")
    advice = advise(data, out=tmp_path / "advice", unlabelled=heap, **{**QUICK, "trials": 40})
    assert any(each.candidate.synthetic == PSEUDO for each in advice.tried)
    assert PSEUDO in " ".join(advice.sentences)


def test_what_teachers_labeled_can_be_used_at_once(bench, tmp_path):
    recipe = Candidate(RIDGE, balance="equal", synthetic=PSEUDO)
    facts = {"steps": 10, "data": bench.data.card()}
    advice = Advice(
        recipe, [Tried(recipe, 3, 0.9, (0.8, 1.0))], class_names=("a", "b"), facts=facts
    )
    write_outputs(advice, bench, tmp_path / "advice")
    written = sorted((tmp_path / "advice" / "pseudo_labelled").rglob("*.png"))
    found = bench.trainer(recipe, 10).synthetic
    assert len(written) == len(found.rows)
    images = load_advice(tmp_path / "advice").train_dataset()
    assert len(images) == 60 + len(found.rows)


def test_images_of_classes_with_odd_names_stay_in_their_folder(tmp_path):
    names = ("..", "dog/wolf", "c:d")
    images = torch.arange(6, dtype=torch.uint8).view(6, 1, 1, 1).expand(6, 1, 8, 8) * 40
    heap = LabeledHeap(Images(images, torch.arange(6) % 3), names, tmp_path / "out" / "heap")
    found = {path.relative_to(heap.folder).as_posix() for path in tmp_path.rglob("*.png")}
    assert found == set(heap.files)
    dataset = SyntheticDataset.open(heap.folder)
    labels = match_classes(dataset.class_names, names)
    own = {
        file: labels[dataset.class_names[label]]
        for file, label in zip(dataset.files, dataset.labels.tolist(), strict=True)
    }
    assert own == {file: number % 3 for number, file in enumerate(heap.files)}


def test_a_heap_without_images_is_refused(photos, tmp_path):
    (tmp_path / "empty").mkdir()
    data = load(photos, image_size=16, channels=1)
    with pytest.raises(UsageError, match=r"unlabelled: .*empty holds no readable images"):
        advise(data, out=tmp_path / "advice", unlabelled=tmp_path / "empty", **QUICK)


def test_labeled_images_of_any_split_are_left_out_of_a_heap(photos, tmp_path, capsys):
    data = load(photos, image_size=16, channels=1, validation=0.2)
    write(tmp_path / "heap", range(100, 110))
    alone = Heap(data, tmp_path / "heap", lambda _: data)
    assert "left out" not in capsys.readouterr().out
    assert len(data.images("validation")[0])
    for number in (*range(30), 1000, 1001):
        for name in "ab":
            split = "train" if number < 1000 else "test"
            # Another file with the same pixels.
            image = Image.open(photos / split / name / f"{number}.png")
            image.save(tmp_path / "heap" / name / f"{number}.bmp")
    heap = Heap(data, tmp_path / "heap", lambda _: data)
    said = capsys.readouterr().out
    assert "64 of 84 images in" in said
    assert "are also among the labeled images, so they are left out" in said
    assert heap.files == alone.files
    assert heap.identity == alone.identity
    assert torch.equal(heap.images(16, None), alone.images(16, None))
    assert len(heap.images(16, 7)) == 7


def test_a_heap_of_labeled_images_alone_is_refused(photos):
    data = load(photos, image_size=16, channels=1)
    with pytest.raises(UsageError, match=r"holds no readable images without a label"):
        Heap(data, photos / "test", lambda _: data)


def test_what_a_heap_does_not_use_is_said(photos, tmp_path, capsys):
    data = load(photos, image_size=16, channels=1)
    heap = tmp_path / "heap"
    write(heap, range(100, 103))
    (heap / "a" / "broken.png").write_bytes(b"no image")
    (heap / "notes.txt").write_text("of the photographer")
    Image.new("L", (16, 16)).save(heap / "a" / "100_mask.png")
    capsys.readouterr()
    assert len(Heap(data, heap, lambda _: data).files) == 6
    said = capsys.readouterr().out
    assert f"unusable images are skipped (1): {heap}/a/broken.png (" in said
    assert "masks are skipped (1)" in said
    assert "unlabelled: skipped 1 file that is no image (1 .txt)" in said
