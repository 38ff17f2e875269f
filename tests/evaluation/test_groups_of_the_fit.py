"""A folder of real images is split like the data of the fit, by groups and by tables."""

import json
import shutil

import pytest

from ganaug.evaluation.real_data import real_data
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.real_folders import folder_like
from ganaug.training.checkpoints import Card
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load, write

PATIENT = "(p[0-9]+)_"


@pytest.fixture
def scans(tmp_path):
    """Twelve patients with four scans each, of two classes."""
    for patient in range(12):
        for scan in range(4):
            file = f"scans/{'ab'[patient % 2]}/p{patient:02}_{scan}.png"
            write(tmp_path / file, 10 * patient + scan)
    return tmp_path / "scans"


def fitted(root, out, **settings):
    """A set whose model was fitted on the folder, its card, and the data of the fit."""
    data = load(root, validation=0.2, test=0.3, **settings)
    card = Card.from_checkpoint({**data.card(), "model": "ganaug.models.dagan.DAGAN"})
    write(out / "images/a/000000.png", 500)
    (out / "manifest.json").write_text(json.dumps({"metadata_sha256": "", "card": vars(card)}))
    return SyntheticDataset.open(out), card, data


def names_in(data, split):
    return sorted(data.names(split))


def test_a_copy_of_the_folder_keeps_patients_in_one_split(scans, tmp_path):
    dataset, card, data = fitted(scans, tmp_path / "set", groups=PATIENT)
    copy = shutil.copytree(scans, tmp_path / "copy")
    for real in (real_data(dataset, copy), folder_like(card, str(copy))):
        assert names_in(real, "test") == names_in(data, "test") != []
        assert real.fingerprint == card.fingerprint


def test_groups_that_do_not_apply_to_a_folder_are_refused(scans, tmp_path):
    rows = [f"{file.name},{file.name[:3]}" for file in scans.rglob("*.png")]
    table = tmp_path / "groups.csv"
    table.write_text("\n".join(["file,patient", *rows]))
    dataset, card, _ = fitted(scans, tmp_path / "set", groups=str(table))
    fill(tmp_path / "others/a", 10)
    for reads in (lambda f: real_data(dataset, f), lambda f: folder_like(card, str(f))):
        with pytest.raises(UsageError, match=r"kept the images of a group together .groups '.*csv"):
            reads(tmp_path / "others")


def test_the_folder_of_the_fit_is_read_with_all_of_its_settings(scans, tmp_path, capsys):
    own = {"groups": PATIENT, "ignore": ["*_3.png"], "per_class": 8}
    dataset, card, data = fitted(scans, tmp_path / "set", **own)
    for real in (real_data(dataset, scans), folder_like(card, f"{scans}/../scans")):
        assert real.fingerprint == card.fingerprint
        assert names_in(real, "test") == names_in(data, "test")
    assert "warning" not in capsys.readouterr().err
    fill(scans / "a", 4, first=900)
    for file in (scans / "a").glob("9*"):
        file.rename(file.with_name(f"p99_{file.name[-5:]}"))
    real_data(dataset, scans)
    assert "warning: the real images have changed since the model" in capsys.readouterr().err


def test_mnist_reads_no_groups(scans, tmp_path):
    dataset, _, _ = fitted(scans, tmp_path / "set", groups=PATIENT)
    assert real_data(dataset, "mnist").image_size == 8
