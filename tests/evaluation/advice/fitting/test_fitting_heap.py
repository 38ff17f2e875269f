"""Models that `advise` fits with unlabeled images: generators on pseudo-labels, and sgan."""

import json

import pytest
import torch
from PIL import Image

from datamodules.augmentation import load_augmentation
from datamodules.reading.scan import Scan
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.fitting import fitting_data
from ganaug.evaluation.advice.images.heap import AND, PSEUDO
from ganaug.evaluation.advice.images.sets import labeled_share, opened
from ganaug.evaluation.advice.output.outputs import write_outputs
from ganaug.evaluation.advice.output.usable import load_advice
from ganaug.evaluation.advice.result import Advice, Tried
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.search.plan import Reading
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.evaluation.utility.leaks import digest_of_pixels, labeled_digests
from ganaug.training import engine
from ganaug.training.checkpoints import load
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from helpers.image_folders import load as folder
from helpers.noisy_sets import write
from helpers.quick_searches import QUICK, RIDGE, digits, fitting

LABELS = {"labels_per_class": 10, "per_class": 60}


@pytest.fixture(autouse=True)
def unsure(monkeypatch):
    """Ridge regression gives no probability near 1, nor does a model after eight batches."""
    for place in ("images.heap", "fitting.fitting_data"):
        monkeypatch.setattr(f"ganaug.evaluation.advice.{place}.LEAST_SURE", 0.5)


def bench_of(data, **settings):
    classifiers = {RIDGE: chosen_classifiers(RIDGE, data.images("train")[0])[0]}
    return Workbench(data, classifiers, lambda *_: None, **settings)


def test_a_generator_learns_from_what_teachers_label_as_well(fits, tmp_path):
    bench = bench_of(digits(**LABELS))
    both = fitting(["dcgan"], bench, tmp_path, 600)
    assert both.make()
    (own,) = fits
    labeled = both.record["teaching"]["images"]
    data = own["data"]
    assert sum(data.class_counts.values()) == 20 + labeled
    assert both.facts["dcgan"]["pseudo_labelled"] == labeled
    assert 90 < labeled <= 100
    assert (data.class_names, data.image_size, data.channels) == (("3", "8"), 16, 1)
    images, labels = data.images("train")
    known = {image.numpy().tobytes(): label for image, label in zip(images, labels, strict=True)}
    real, truth = bench.data.images("train")
    assert [known[image.numpy().tobytes()] for image in real] == truth.tolist()
    # Those of the heap, by what they truly are.
    every, truth = digits(per_class=60).images("train")
    right = [known.get(i.numpy().tobytes()) == t for i, t in zip(every, truth, strict=True)]
    assert sum(right) / len(right) > 0.85
    # The teachers' time does not count as time of the fit.
    assert int(own["budget"].removesuffix("s")) <= 300


def test_teachers_take_a_quarter_of_the_time_for_fits_at_most(monkeypatch, tmp_path):
    data = digits(**LABELS)
    bench = Workbench(
        data,
        {"small": chosen_classifiers("small", data.images("train")[0])[0]},
        load_augmentation,
        unlabelled=None,
    )
    for name, seconds in {"learn": 0.0, "answer": 0.01, "step": 0.1}.items():
        monkeypatch.setattr(Pace, name, lambda *_, seconds=seconds: seconds)
    monkeypatch.setattr(Pace, "change", lambda *_: 0.0)
    teacher, asked = Candidate("small"), []
    trainer = bench.trainer
    monkeypatch.setattr(
        bench, "trainer", lambda recipe, steps: asked.append(steps) or trainer(recipe, 1)
    )
    # Four teachers, each of which classifies a hundred images in a second.
    for seconds, steps in {2000: 1000, 44: 100, 1: 50}.items():
        fitting_data.teach(bench, teacher, tmp_path, seconds)
        assert asked[-1] == steps


def test_teachers_are_asked_once(fits, monkeypatch, tmp_path):
    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    bench = bench_of(digits(**LABELS))
    with monkeypatch.context() as patch:
        patch.setattr(engine, "fit", killed)
        with pytest.raises(Killed):
            fitting(["dcgan"], bench, tmp_path, 600).make()
    monkeypatch.setattr(fitting_data, "teach", lambda *_: pytest.fail("asked again"))
    assert fitting(["dcgan"], bench, tmp_path, 600).make()
    assert len(fits) == 1


@pytest.fixture
def drawn(fits, tmp_path):
    bench = bench_of(digits(**LABELS))
    own = fitting(["dcgan"], bench, tmp_path, 600)
    bench.sets |= opened(own.make(), bench.data)
    bench.drawn += own.drawn
    return bench


def test_generated_and_pseudo_labeled_images_are_one_set_in_each_fold(drawn):
    assert drawn.further == ["dcgan", PSEUDO, f"{AND}dcgan"]
    parts = [
        drawn.trainer(Candidate(RIDGE, synthetic=name), 10, (0, 1)).synthetic
        for name in (PSEUDO, "dcgan", f"{AND}dcgan")
    ]
    first, second, both = (
        (each.images, each.labels)
        if each.rows is None
        else (each.images[each.rows], each.labels[each.rows])
        for each in parts
    )
    for one, two, all_ in zip(first, second, both, strict=True):
        assert torch.equal(torch.cat([one, two]), all_)
    # Features of frozen networks are kept by the tensor of the images.
    other = drawn.trainer(Candidate(RIDGE, synthetic=f"{AND}dcgan"), 10, (0, 2)).synthetic
    assert other.images is parts[2].images


def written(bench, synthetic, out):
    recipe = Candidate(RIDGE, balance="equal", synthetic=synthetic)
    facts = {"steps": 10, "data": bench.data.card()}
    advice = Advice(
        recipe, [Tried(recipe, 3, 0.9, (0.8, 1.0))], class_names=("3", "8"), facts=facts
    )
    write_outputs(advice, bench, out)
    return load_advice(out).train_dataset()


def test_generated_and_pseudo_labeled_images_are_written_together(drawn, tmp_path):
    images = written(drawn, f"{AND}dcgan", tmp_path / "advice")
    sources = [row.source for row in images.rows]
    said = drawn.trainer(Candidate(RIDGE, synthetic=PSEUDO), 10).synthetic
    assert [sources.count(name) for name in ("real", PSEUDO, "dcgan")] == [20, len(said.rows), 600]
    assert torch.equal(images.images[20], said.images[said.rows[0]])


def test_the_pace_counts_generated_images_pseudo_labeled_ones_and_teachers(drawn):
    pace, reading = Pace(drawn, 0), Reading()
    assert pace._count_drawn(RIDGE, f"{AND}dcgan") == 100 + 600
    alone, both = (Candidate(RIDGE, synthetic=name) for name in ("dcgan", f"{AND}dcgan"))
    assert pace._teacher_seconds(alone, 10, reading) == 0
    # Two rounds of two teachers.
    once = pace._training_seconds(both, 10, len(drawn.unlabeled(RIDGE, 10)), reading)
    assert pace._teacher_seconds(both, 10, reading) == pytest.approx(4 * once)


def test_sgan_labels_the_heap_and_is_compared(fits, tmp_path):
    data = digits(**LABELS)
    advice = advise(data, out=tmp_path, fit=["sgan", "dcgan"], **{**QUICK, "trials": 150})
    sgan = fits[1]
    assert (sgan["model"], sgan["data"].num_unlabelled) == ("sgan", 100)
    tried = {each.candidate.synthetic for each in advice.tried}
    assert tried == {"", "labelled by sgan", "dcgan", PSEUDO, f"{AND}dcgan"}
    facts = advice.facts["fitted"]["sgan"]
    model = load(tmp_path / "fitted" / facts["run"]).model
    (made,) = opened([tmp_path / "fitted" / "labelled by sgan"], data).values()
    images, labels = data.images("all_train")
    shares, said = model.classify(to_float(images[labels < 0])).max(1)
    assert torch.equal(made.dataset.labels.sort().values, said[shares >= 0.5].sort().values)
    assert facts["images"] == len(made)
    every = [k.candidate for k in advice.tried if k.candidate.synthetic == "labelled by sgan"]
    wanted = labeled_share(len(made), int((data.images("all_train")[1] >= 0).sum()))
    assert {k.share for k in every} == {0.5, wanted} != {0.5}  # half if only pre-trained
    # By hand: the mean of the recalls.
    images, labels = data.images("test")
    right = model.classify(to_float(images)).argmax(1) == labels
    by_hand = sum(right[labels == label].float().mean() for label in (0, 1)) / 2
    assert facts["balanced_accuracy"] == pytest.approx(float(by_hand))
    assert "sgan itself, fitted on the labeled and the unlabeled images, has a balanced acc" in (
        " ".join(advice.sentences)
    )
    compared = advice.roles[f"the best with {PSEUDO}"]
    assert compared.synthetic == PSEUDO
    assert compared in advice.tested


def test_sgan_learns_from_the_given_folder(tmp_path):
    write(tmp_path / "photos", range(12))
    write(tmp_path / "heap", range(100, 110))
    data = folder(tmp_path / "photos", image_size=16, validation=0.0, channels=1)
    bench = bench_of(data, unlabelled=tmp_path / "heap")
    own = fitting(["sgan", "dcgan"], bench, tmp_path / "advice", 600)
    assert [model.data.num_unlabelled for model in own.models] == [0, 20]
    assert own.drawn == ["dcgan"]


@pytest.fixture
def leaky(tmp_path):
    """A folder of unlabeled images, two of which are test images in other files."""
    write(tmp_path / "photos/train", range(12))
    write(tmp_path / "photos/test", range(50, 60))
    write(tmp_path / "heap", range(100, 110))
    for name in "ab":
        image = Image.open(tmp_path / f"photos/test/{name}/50.png")
        image.save(tmp_path / f"heap/{name}/101.bmp")
    data = folder(tmp_path / "photos", image_size=16, validation=0.0, channels=1)
    return bench_of(data, unlabelled=tmp_path / "heap")


def test_sgan_never_learns_from_images_that_have_a_label(leaky, fits, tmp_path):
    fitting(["sgan"], leaky, tmp_path / "advice", 600).make()
    (own,) = fits
    assert own["data"].num_unlabelled == 20
    learned = {digest_of_pixels(image) for image in own["data"].images("unlabelled")[0]}
    assert learned == {digest_of_pixels(image) for image in leaky.heap.images(16, None)}
    assert not learned & labeled_digests(leaky.data)


def test_sgan_begins_anew_where_it_had_learned_from_others(leaky, fits, monkeypatch, tmp_path):
    out = tmp_path / "advice"

    def make_again():
        record = out / "fitted/record.json"
        known = json.loads(record.read_text())
        known["fits"]["sgan"] = {"seconds": 300.0}
        record.write_text(json.dumps(known))
        fitting(["sgan"], leaky, out, 600).make()
        return fits[-1]

    with monkeypatch.context() as patch:
        patch.setattr(leaky.heap, "complete", True)
        # As in earlier versions, only equal files count as the same image.
        patch.setattr(Scan, "pixel_hashes", property(lambda scan: [*scan.hashes]))
        fitting(["sgan"], leaky, out, 600).make()
        assert fits[-1]["data"].num_unlabelled == 22
        assert "resume" in make_again()
    assert "resume" not in make_again()
    assert fits[-1]["data"].num_unlabelled == 20
    assert "resume" in make_again()


def test_sgan_without_a_setting_for_the_folder_is_refused(tmp_path):
    write(tmp_path / "heap", range(100, 110))
    bench = bench_of(digits(), unlabelled=tmp_path / "heap")
    with pytest.raises(UsageError, match=r"fit sgan: it can only learn from the data module's unl"):
        fitting(["sgan"], bench, tmp_path / "advice", 600)


def test_what_sgan_labeled_can_be_used_at_once(fits, tmp_path):
    bench = bench_of(digits(**LABELS))
    own = fitting(["sgan"], bench, tmp_path / "advice", 600)
    bench.sets |= opened(own.make(), bench.data)
    images = written(bench, "labelled by sgan", tmp_path / "advice")
    made = bench.sets["labelled by sgan"].dataset
    sources = [row.source for row in images.rows]
    assert sources.count("labelled by sgan") == own.facts["sgan"]["images"] == len(made)
    assert torch.equal(images.images[20:], made.images)
    assert images.labels[20:].tolist() == made.labels.tolist()


def test_names_of_classes_stay_what_they_are(fits, tmp_path):
    """As a table they are written and read as text: 007 is no number, and a comma no column."""
    write(tmp_path / "photos", range(12))
    write(tmp_path / "heap", range(100, 110))
    names = {"a": "007", "b": "no, 1e3; x"}
    for old, new in names.items():
        (tmp_path / "photos" / old).rename(tmp_path / "photos" / new)
    data = folder(tmp_path / "photos", image_size=16, validation=0.0, channels=1)
    bench = bench_of(data, unlabelled=tmp_path / "heap")
    own = fitting(["sgan", "dagan"], bench, tmp_path / "advice", 600)
    sets = opened(own.make(), data)
    assert [each.dataset.class_names for each in sets.values()] == [("007", "no, 1e3; x")] * 2
    assert len(sets["labelled by sgan"]) == own.facts["sgan"]["images"] > 0
    assert fits[0]["data"].class_names == ("007", "no, 1e3; x")


def test_sgan_that_is_sure_of_nothing_has_no_set(fits, monkeypatch, tmp_path):
    monkeypatch.setattr("ganaug.evaluation.advice.fitting.fitting_data.LEAST_SURE", 1.1)
    own = fitting(["sgan"], bench_of(digits(**LABELS)), tmp_path, 600)
    assert own.make() == []
    of_set, compared = own.notes(1.0)
    assert of_set == "sgan had no confident prediction for any unlabeled image, so it has no set."
    assert compared.startswith("For comparison: sgan itself, fitted on the labeled and the unlabe")
    assert compared.endswith("on the test images.")


def test_sgan_that_is_the_better_classifier_is_named_and_can_be_loaded(fits, tmp_path):
    own = fitting(["sgan"], bench_of(digits(**LABELS)), tmp_path, 600)
    own.make()
    said = own.notes(-1.0)[1].partition("more than the recommendation: to use it, load ")[2]
    run = own.folder.parent / said.removesuffix(" in this folder.")
    assert load(run).model.classify(torch.zeros(1, 1, 16, 16)).shape == (1, 2)
