"""Teachers: soft labels are their mean, and they barely confirm the labels of useful images."""

from dataclasses import replace

import pytest
import torch

from ganaug.evaluation.utility.arms import Arm, arms_of, further_arms
from ganaug.evaluation.utility.classifiers import answers
from ganaug.evaluation.utility.sampling import DataMix
from ganaug.evaluation.utility.teachers import (
    FIRST_SEED,
    TEACHERS,
    soft_labels,
    trainings_of_teachers,
    useful_rows,
)
from helpers.toy_studies import stripes, study

SOFT = Arm("soft", DataMix(share=0.5, soft=True))
USEFUL = Arm("useful", DataMix(share=0.5, source="useful"))


def test_soft_labels_are_the_mean_of_classifiers_trained_on_real_images(tmp_path, capsys):
    runner = study(tmp_path / "s", stripes(50, 2), steps=20)
    found = soft_labels(runner, None)
    by_hand = []
    for seed in range(FIRST_SEED, FIRST_SEED + TEACHERS):
        network = runner.trained([(DataMix(), 20)], seed)
        by_hand.append(answers(network, runner.synthetic.images).softmax(dim=1))
    torch.testing.assert_close(found, sum(by_hand) / TEACHERS)
    torch.testing.assert_close(runner.synthetic_of(SOFT.mix).targets, found)
    assert runner.synthetic_of(SOFT.mix).rows is None
    assert capsys.readouterr().err == ""  # no bar in a file
    # What teachers learn does not depend on the synthetic images.
    other = study(tmp_path / "t", stripes(50, 2)._replace(labels=torch.zeros(50).long()), steps=20)
    torch.testing.assert_close(soft_labels(other, None), found)


def test_useful_images_agree_with_their_label_and_are_the_less_sure_half():
    sure = torch.tensor([0.9, 0.7, 0.6, 0.8, 0.2, 0.3, 0.1])
    probabilities = torch.stack([sure, 1 - sure], dim=1)
    labels = torch.tensor([0, 0, 0, 0, 0, 1, 1])
    assert useful_rows(probabilities, labels).tolist() == [1, 2, 5]
    # No image of class 1 agrees: all of them stay, so that the class is still drawn.
    labels = torch.tensor([0, 0, 0, 1, 0, 0, 0])
    assert useful_rows(probabilities, labels).tolist() == [2, 3]


@pytest.mark.parametrize("arm", [SOFT, USEFUL], ids=lambda arm: arm.name)
def test_where_no_image_can_be_drawn_none_is_useful(arm, tmp_path):
    """Teachers may be sure of none, and a fold may hold out all images of a set."""
    nothing = torch.empty(0, dtype=torch.long)
    assert useful_rows(torch.empty(0, 2), nothing).tolist() == []
    runner = study(tmp_path / "s", stripes(50, 2)._replace(rows=nothing), steps=5)
    assert len(runner.synthetic_of(arm.mix).rows) == 0
    mix = replace(arm.mix, share=(0.0, 0.0))
    images = runner.real.images
    assert torch.equal(
        answers(runner.trained([(mix, 5)], 0), images),
        answers(runner.trained([(DataMix(), 5)], 0), images),
    )


def test_arms_that_ask_teachers_train_them_once_and_change_no_other(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "ganaug.evaluation.utility.training.soft_labels",
        lambda *given: asked.append(given) or soft_labels(*given),
    )
    plain = Arm("both", DataMix(share=0.5))
    alone = study(tmp_path / "a", stripes(50, 2), steps=20).run([plain], range(3))
    mixed = study(tmp_path / "b", stripes(50, 2), steps=20).run([SOFT, USEFUL, plain], range(3))
    assert len(asked) == 1
    assert mixed["both"] == alone["both"]
    assert mixed["soft"] != mixed["both"] != mixed["useful"]
    again = study(tmp_path / "c", stripes(50, 2), steps=20)
    assert again.once(SOFT, 1) == mixed["soft"][1]


def test_their_trainings_are_counted():
    def light(image):
        return image

    arms = arms_of(light)
    assert trainings_of_teachers(arms) == []
    counted = trainings_of_teachers([*arms, *further_arms(arms)])
    assert [arm.mix.augmentation for arm in counted] == [None] * TEACHERS + [light] * TEACHERS
