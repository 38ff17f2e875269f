"""Artificial sets that a search must recommend, or must never recommend."""

import pytest
import torch

import ganaug
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.images import sets
from ganaug.evaluation.advice.images.sets import nearest, opened, typical_distance
from ganaug.evaluation.advice.search.candidates import PRETRAINING, Candidate
from ganaug.evaluation.advice.trainings.folds import FOLDS
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.utils.errors import UsageError
from helpers.image_folders import load
from helpers.noisy_sets import QUICK, write
from helpers.quick_classifiers import RIDGE


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    write(root / "train", range(80))
    write(root / "test", range(1000, 1200))
    return root


NOTHING_NEW = ("shuffled labels", "noise", "one image a class")


def slow(kind):
    return pytest.param(kind, marks=pytest.mark.slow)


def planted(kind, folder):
    if kind == "other real images":
        write(folder, range(100, 500))
    elif kind == "copies":
        write(folder, range(80))
    elif kind == "shuffled labels":
        write(folder, range(100, 500), lambda label, number: number % 2)
    elif kind == "noise":
        write(folder, range(100, 500), signal=0.0)
    elif kind == "one image a class":
        for number in range(200):
            write(folder, [300])
            for name in ("a", "b"):
                (folder / name / "300.png").rename(folder / name / f"{number}.png")
    return folder


def advised(kind, photos, tmp_path):
    made = planted(kind, tmp_path / "made")
    data = load(photos, image_size=16, validation=0.0, channels=1)
    return advise(data, out=tmp_path / "advice", synthetic=[made], **QUICK)


def test_other_real_images_are_recommended_and_said_to_help(photos, tmp_path):
    advice = advised("other real images", photos, tmp_path)
    assert advice.recommended.synthetic == "made"
    assert "made helps" in " ".join(advice.sentences)
    assert advice.tested[advice.roles["the best without further images"]].verdict.word == "helps"


@pytest.mark.parametrize("kind", ["copies", *(slow(kind) for kind in NOTHING_NEW)])
def test_sets_that_hold_nothing_new_are_not_recommended(kind, photos, tmp_path):
    advice = advised(kind, photos, tmp_path)
    assert not advice.recommended.synthetic
    assert "made is not recommended" in " ".join(advice.sentences)
    if kind == "copies":
        assert "160 of the 160 images of made are copies of real images." in advice.sentences


@pytest.fixture(scope="module")
def bench(photos, tmp_path_factory):
    data = load(photos, image_size=16, validation=0.0, channels=1)
    made = planted("copies", tmp_path_factory.mktemp("sets") / "made")
    classifiers = {RIDGE: chosen_classifiers(RIDGE, data.images("train")[0])[0]}
    return Workbench(data, classifiers, lambda *_: None, sets=opened([made], data))


def test_a_copy_of_a_held_out_image_is_held_out_too(bench):
    for number in range(FOLDS):
        trainer = bench.trainer(Candidate(RIDGE, synthetic="made"), 10, (0, number))
        held_out = bench.folds.fold(0, number).held_out
        drawn = trainer.synthetic.images[trainer.synthetic.rows]
        forbidden = trainer.real.images[held_out]
        assert not any((forbidden == image).flatten(1).all(1).any() for image in drawn)
        assert len(drawn) == len(trainer.real.rows)


def test_a_frozen_classifier_is_given_a_part_of_a_large_set(bench, monkeypatch):
    monkeypatch.setattr(bench, "max_per_class", lambda _: 6)
    trainers = [bench.trainer(Candidate(RIDGE, synthetic="made"), 9, (0, n)) for n in range(FOLDS)]
    for number, trainer in enumerate(trainers):
        own = trainer.synthetic
        assert own.labels.bincount().tolist() == [6, 6]
        held_out = trainer.real.images[bench.folds.fold(0, number).held_out]
        drawn = own.images if own.rows is None else own.images[own.rows]
        assert not any((held_out == image).flatten(1).all(1).any() for image in drawn)
        # Features are known by the tensor, which all folds share.
        assert own.images is trainers[0].synthetic.images
    files = bench.sets["made"].files(6)
    assert files == [bench.sets["made"].dataset.files[row] for row in bench.sets["made"].indices(6)]
    assert len(files) == 12


def test_useful_images_are_chosen_among_those_of_the_fold(bench):
    candidate = Candidate(RIDGE, synthetic="made", way="useful")
    trainer = bench.trainer(candidate, 10, (0, 0))
    mix = bench.arm(candidate, trainer.synthetic).mix
    chosen = trainer.synthetic_of(mix).rows
    assert set(chosen.tolist()) < set(trainer.synthetic.rows.tolist())


def test_a_class_that_a_set_lacks_draws_real_images(bench):
    for way in ("", PRETRAINING):
        arm = Candidate(RIDGE, synthetic="made", way=way).arm(None, [True, False])
        share = (arm.first or arm.mix).share
        assert share == ((1.0 if way else 0.5), 0.0)


def test_the_nearest_real_image_is_found_by_an_independent_search():
    random = torch.Generator().manual_seed(0)
    real, made = (torch.randint(256, (n, 3, 16, 16), generator=random).byte() for n in (9, 5))
    rows, distances = nearest(made, real)
    by_hand = ((made[:, None].float() - real[None].float()) ** 2).flatten(2).mean(2).sqrt()
    assert rows.tolist() == by_hand.argmin(1).tolist()
    torch.testing.assert_close(distances, by_hand.min(1).values)


def test_an_image_that_resembles_no_real_one_is_never_held_out(photos, tmp_path):
    data = load(photos, image_size=16, validation=0.0, channels=1)
    (made,) = opened([planted("other real images", tmp_path / "made")], data).values()
    alone = made.of(16, torch.arange(160))
    kept = 800 if alone.rows is None else len(alone.rows)
    assert kept > 0.8 * 800


def test_real_images_are_compared_with_each_other_once_for_all_sets(photos, tmp_path, monkeypatch):
    data, compared = load(photos, image_size=16, channels=1), []
    monkeypatch.setattr(
        sets, "typical_distance", lambda real: compared.append(real) or typical_distance(real)
    )
    for name in ("made", "other"):
        write(tmp_path / name, range(100, 104))
    found = opened([tmp_path / "made", tmp_path / "other"], data)
    assert list(found) == ["made", "other"]
    assert len(compared) == 1


def test_sets_that_do_not_match_are_refused(photos, tmp_path):
    write(tmp_path / "made", range(3))
    (tmp_path / "made" / "b").rename(tmp_path / "made" / "zebra")
    data = load(photos, image_size=16, channels=1)
    with pytest.raises(UsageError, match="zebra"):
        advise(data, out=tmp_path / "advice", synthetic=[tmp_path / "made"], **QUICK)
    write(tmp_path / "leaked", range(1000, 1003))
    with pytest.raises(UsageError, match=r"6 synthetic images are also test images"):
        advise(data, out=tmp_path / "advice", synthetic=[tmp_path / "leaked"], **QUICK)
    write(tmp_path / "else" / "leaked", range(3))
    twice = [tmp_path / "else" / "leaked"] * 2
    with pytest.raises(UsageError, match=r"two sets named 'leaked'; rename"):
        advise(data, out=tmp_path / "advice", synthetic=twice, **QUICK)


@pytest.mark.parametrize("name", ["real", "pseudo-labelled images", "pseudo-labelled images and x"])
def test_reserved_names_of_sets_are_refused(photos, tmp_path, name):
    write(tmp_path / name, range(100, 104))
    with pytest.raises(UsageError, match=rf"the name '{name}' is reserved; rename the set's"):
        opened([tmp_path / name], load(photos, image_size=16, channels=1))


def test_a_set_is_named_by_its_folder_or_address(photos, tmp_path, monkeypatch):
    data = load(photos, image_size=16, channels=1)
    write(tmp_path / "made", range(100, 104))
    monkeypatch.chdir(tmp_path / "made")
    assert [*opened(["."], data)] == ["made"]
    write(tmp_path / "own", range(100, 104))
    ganaug.import_dataset(tmp_path / "own", "memory://bucket/flowers/", photos, work=tmp_path / "w")
    assert [*opened(["memory://bucket/flowers"], data)] == ["flowers"]
