"""The first screen: the verdict in words, and the warnings."""

import pytest

from ganaug.reporting.formatting import arm_in_words, listed, number, points
from ganaug.reporting.sections.diagnosis import diagnosis
from ganaug.reporting.sections.membership import membership
from ganaug.reporting.sections.memorization import memorization
from ganaug.reporting.sections.provenance import provenance
from ganaug.reporting.sections.verdict import headline, verdict
from ganaug.reporting.warnings import warnings
from ganaug.synthesis.verification import Check
from helpers.made_up_set import HARMFUL, NAMES, manifest, metrics, report_inputs, study


@pytest.mark.parametrize(
    ("word", "difference", "tone", "says"),
    [
        ("helps", 0.03, "good", ("Use this set.", "gains 3.0 points", "+2.0 to +4.0")),
        ("hurts", -0.03, "bad", ("Do not train on this set.", "loses 3.0 points")),
        (
            "no difference found",
            0.0,
            "plain",
            ("no reason to use", "studies would detect"),
        ),
    ],
)
def test_the_verdict_is_said_in_plain_words(word, difference, tone, says):
    found = headline(study(word, difference))
    assert found.tone == tone
    assert all(part in found.sentence for part in says)
    assert "real images with classical augmentation and 0.5 synthetic images" in found.sentence
    assert "the best of" not in found.sentence
    if tone == "plain":
        assert "studies would detect a true difference of 1.2 points. More seeds" in found.sentence


def test_the_gain_of_the_best_of_several_arms_is_told_as_such():
    several = study("helps", 0.03)
    several["verdicts"] |= {"real + synthetic x 1": several["verdicts"][several["best"]]}
    found = headline(several).sentence
    assert found.endswith("without the set. It is the best of 2 arms, so expect a little less.")


@pytest.mark.parametrize("word", ["helps", "no difference found"])
def test_a_verdict_of_an_earlier_version_has_no_remark(word):
    earlier = study(word, 0.03)
    del earlier["verdicts"][earlier["best"]]["smallest"]
    assert headline(earlier).sentence.endswith(("without the set.", "may be chance."))


def test_a_failed_check_comes_before_the_verdict_and_says_what_is_wrong():
    checks = [
        Check("whole", True, "all 80 files are as they were written"),
        Check("marked", False, "3 unmarked"),
        Check("free of test images", None, "evaluate looks for them"),
    ]
    first, second, *_ = verdict(report_inputs(checks=checks)).blocks
    assert (first.tone, first.word) == ("bad", "The set fails a check")
    assert "It is not marked: 3 unmarked." in first.sentence
    assert second.word == "It helps"
    (table,) = diagnosis(report_inputs(checks=checks)).blocks
    assert [row[:2] for row in table.rows] == [
        ["whole", "yes"],
        ["marked", "no"],
        ["free of test images", "not known"],
    ]


def attacked(auc, low, **others):
    own = {"auc": auc, "interval": [low, 1.0], "tpr": 0.4, "tpr_interval": [0.3, 0.5]}
    own |= {"n": 100, "n_held_out": 200}
    control = own | {"auc": 0.5, "interval": [0.45, 0.55]}
    found = {"distance": own, "control": control, "features": "domain-labels", "n": 80}
    found |= {"by_class": {"rose": own}} | others
    return report_inputs(metrics=metrics() | {"membership": found})


def test_recognizable_training_images_are_reported_first_in_plain_words():
    leaks, safe = attacked(0.97, 0.95), attacked(0.52, 0.48)
    (warning,) = warnings(leaks)
    assert (
        "distinguished from a held-out one in 97.0% of cases (95% interval 95.0% to 100.0%"
        in warning
    )
    text, table = membership(leaks).blocks
    assert text.words.startswith("Yes: the set reveals")
    assert "recognizes 40.0% of the training images" in text.words
    assert [row[:2] for row in table.rows] == [
        ["all classes", "97.0%"],
        ["rose", "97.0%"],
        ["control: validation images in place of the set", "50.0%"],
    ]
    assert warnings(safe) == []
    (text,) = membership(report_inputs()).blocks
    assert text.words.startswith("Not known: an earlier version evaluated this set")


ATTACK = {"auc": 0.52, "interval": [0.45, 0.59], "tpr": None, "tpr_interval": None}
ATTACK |= {"n": 60, "n_held_out": 90, "noticeable": 0.6}


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({}, "Not recognized. With 60 training and 90 held-out images, the attack notices an AUC "
         "of 60.0% four times in five; less may go unnoticed. An attacker"),
        ({"distance": {key: ATTACK[key] for key in ATTACK if key != "noticeable"}},
         "Not recognized, with 60 training and 90 held-out images; small differences may go"),
        ({"discriminator": ATTACK | {"auc": 0.99, "interval": [0.98, 1.0]}},
         "Only with the checkpoint: its discriminator picks the training image in 99.0% (95% "
         "interval 98.0% to 100.0%) of cases. Share the set without the checkpoint. An attacker"),
        ({"distance": ATTACK | {"interval": [0.51, 0.53]}},
         "Not clear: the attack is better than chance, but no better than with real validation"),
        ({"by_class": {"rose": ATTACK | {"auc": 0.97, "interval": [0.9, 1.0]}, "tulip": ATTACK},
          "discriminator": ATTACK | {"auc": 0.99, "interval": [0.98, 1.0]}},
         "Overall not recognized, but in single classes: rose. The set reveals which of their "
         "images were trained on. An attacker"),
    ],
)  # fmt: skip
def test_an_attack_that_fails_says_how_far(others, says):
    given = {"distance": ATTACK, "by_class": {}} | others
    inputs = attacked(0.5, 0.4, **given)
    text, table = membership(inputs).blocks
    assert text.words.startswith(says)
    warned = [said for said in warnings(inputs) if "of single classes" in said]
    assert len(warned) == ("rose" in says)
    assert "1% false positives is unknown: it needs 100 held-out images, got 90." in text.words
    assert table.rows[0][3] == "\N{EN DASH}"


def test_a_sound_set_has_no_warning():
    assert warnings(report_inputs()) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"copies": 0.2}, "20.0% count as copies (2.9% expected, up to"),
        ({"labels": 0.6}, f"{HARMFUL} (60.0%)"),
        (
            {"recall": 0.3},
            "covers 30.0% of the real images, where the same number",
        ),
    ],
)
def test_each_warning_has_its_cause(changed, says):
    (found,) = warnings(report_inputs(metrics=metrics(**changed)))
    assert says in found
    tones = [
        tile.tone for tile in verdict(report_inputs(metrics=metrics(**changed))).blocks[-1].tiles
    ]
    assert tones.count("caution") == 1
    assert "recall" not in changed or "number of real images covers 80.0%" in found


@pytest.mark.parametrize(
    ("features", "advised"),
    [
        ("imagenet-lite0", "memorized and imagenet as its features, or"),
        ("imagenet-lite2", "memorized and lite2 as its features, or"),
        ("x", "memorized, or"),
    ],
)
def test_the_advised_filter_sees_what_evaluation_saw(features, advised):
    found = metrics(copies=0.2)
    found["memorization"]["features"] = features
    (said,) = warnings(report_inputs(metrics=found))
    assert advised in said


def test_a_single_class_whose_labels_fail_is_named():
    found = metrics()
    found["agreement"]["per_class"] = {NAMES[0]: 0.95, NAMES[1]: 0.5}
    (said,) = warnings(report_inputs(metrics=found))
    assert NAMES[1] in said
    assert NAMES[0] not in said


def test_copies_that_chance_explains_are_no_warning():
    found = metrics(copies=0.1)
    found["memorization"]["n_held_out"] = 20
    assert warnings(report_inputs(metrics=found)) == []
    (text, *_) = memorization(report_inputs(metrics=found)).blocks
    assert "Without memorization: 5.7% expected, up to 16.2% by chance." in text.words
    found["memorization"]["n_held_out"] = 2000
    assert len(warnings(report_inputs(metrics=found))) == 1


@pytest.mark.parametrize(("interval", "warned"), [([0.2, 0.5], 0), ([0.25, 0.35], 1)])
def test_variety_is_only_called_low_beyond_chance(interval, warned):
    found = metrics(recall=0.3)
    found["metrics"][1]["interval"] = interval
    assert len(warnings(report_inputs(metrics=found))) == warned


def test_labels_are_only_called_wrong_beyond_chance():
    found = metrics()
    rare = found["agreement"]["per_class"] = {NAMES[0]: 0.95, NAMES[1]: 0.5}
    found["agreement"]["overall"] = 0.725
    found["agreement"]["n_real_per_class"] = {NAMES[0]: 100, NAMES[1]: 2}
    found["agreement"]["real_per_class"] = {NAMES[0]: 0.97, NAMES[1]: 1.0}
    # Of two real test images, one could easily have been wrong, as half of the synthetic ones are.
    assert warnings(report_inputs(metrics=found)) == []
    rare[NAMES[1]] = 0.0
    (said,) = warnings(report_inputs(metrics=found))
    assert f"Worst: {NAMES[1]} (0.0%)" in said


def test_wrong_labels_are_found_in_metrics_of_an_earlier_version():
    found = metrics(labels=0.6)
    del found["agreement"]["n_real_per_class"]
    (said,) = warnings(report_inputs(metrics=found))
    assert said.startswith("Labels are often wrong")
    assert "Worst" not in said
    found["agreement"]["n_real"] = 3
    assert warnings(report_inputs(metrics=found)) == []


def test_metrics_of_a_network_that_learned_nothing_never_lead():
    found = metrics(recall=0.1)
    for each in found["metrics"]:
        each["weak_features"] = "domain-labels learned nothing"
    found["memorization"]["weak_features"] = "domain-labels learned nothing"
    found["agreement"]["weak_features"] = "domain-labels learned nothing"
    inputs = report_inputs(metrics=found)
    said = warnings(inputs)
    assert any("to real images: domain-labels learned nothing. Metrics in its" in x for x in said)
    assert any("features imagenet" in x for x in said)
    assert any(x.startswith("It is unknown whether labels are right") for x in said)
    assert not any("lacks variety" in x for x in said)
    tiles = {tile.label: tile.value for tile in verdict(inputs).blocks[-1].tiles}
    assert tiles == {"Change in balanced accuracy": "+3.0 points", "Copies": "not known"}
    # Copies that such a network finds are still copies.
    found["memorization"]["copies"] = 0.2
    tiles = {t.label: t.value for t in verdict(report_inputs(metrics=found)).blocks[-1].tiles}
    assert tiles["Copies"] == "20.0%"


def test_a_set_that_is_short_says_so():
    short = {**manifest(), "short": {NAMES[1]: 7}}
    (said,) = warnings(report_inputs(manifest=short))
    assert f"7 images are missing in {NAMES[1]}" in said


def test_values_are_formatted_for_people():
    assert points(0.0123) == "+1.2"
    assert points(-0.0001) == "0.0"
    assert points(-0.0001, 2) == "\N{MINUS SIGN}0.01"
    assert number(12345.6) == "12,346"
    assert arm_in_words("something else") == "something else"
    assert arm_in_words("real + synthetic x 1").endswith(
        "1 synthetic image drawn for each real one"
    )
    one = (
        "real images with classical augmentation (light) and 1 synthetic image drawn for each real "
        "one"
    )
    assert arm_in_words("real + augmentation light + synthetic x 1") == one
    assert arm_in_words("real + augmentation light + synthetic x 1, mixup") == (
        f"{one}, mixed by MixUp"
    )
    assert arm_in_words("real + duplicates x 1") == (
        "real images and 1 duplicate image drawn for each real one"
    )
    planned = "real images and the set as it was planned, with classical augmentation"
    assert arm_in_words("real + augmentation + synthetic as planned") == planned
    assert (
        arm_in_words("real + augmentation a.yaml + synthetic as planned") == f"{planned} (a.yaml)"
    )
    assert arm_in_words("pre-trained on synthetic, augmentation rand") == (
        "synthetic images first, then real ones (rand)"
    )
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"


def test_a_model_that_saw_less_than_an_epoch_leads_the_page():
    first = verdict(report_inputs(under_an_epoch=True)).blocks[0]
    assert (first.tone, first.word) == ("caution", "The model saw less than an epoch")
    assert verdict(report_inputs()).blocks[0].word != first.word


def test_the_plan_is_folded_and_every_tile_says_which_way_is_good():
    plan = provenance(report_inputs()).blocks[0]
    assert (plan.kind, plan.title) == ("details", f"The plan: {len(NAMES)} classes")
    tiles = verdict(report_inputs()).blocks[-1].tiles
    assert all(" is better" in tile.words for tile in tiles)
