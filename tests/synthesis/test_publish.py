"""Publishing: to a stand-in of the hub, by the hub's own library."""

import sys
from typing import ClassVar

import pytest
import torch
import yaml
from datasets import load_dataset

import ganaug
from ganaug.cli import publish as command
from ganaug.evaluation.metrics.result import MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.synthesis import verify
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.writer.webdataset import in_shards
from ganaug.utils.errors import UsageError
from helpers.expanded import contents, rows, write
from helpers.hub import TOKEN, running_hub
from helpers.image_folders import fill

QUOTAS, REPO = {"cat": 6, "dog/wolf": 3, "emu": 2}, "me/synthetic-pets"


@pytest.fixture
def hub(monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/nowhere")
    with running_hub() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield found


CARD = {
    "model": "ganaug.models.dcgan.DCGAN",
    "class_names": [*QUOTAS],
    "class_counts": dict.fromkeys(QUOTAS, 20),
    "image_size": 8,
    "data": {
        "init_args": {
            "root": "../../home/alice/pets",
            "labels": "/home/alice/labels.csv",
            "augmentation": "../alice/policy.yaml",
        }
    },
}


@pytest.fixture
def made(painter, tmp_path):
    class Near:
        facts: ClassVar = {}

        def judge(self, batch):
            count = len(batch.images)
            columns = {"nearest": ["alice.png"] * count, "distance": [0.5] * count}
            return FilterResult({"near": torch.ones(count, dtype=torch.bool)}, columns)

    facts = {"card": CARD, "from_set": ["root"]}
    write(painter, tmp_path / "made", planned_classes=QUOTAS, facts=facts, filters=[Near()])
    return tmp_path / "made"


@pytest.mark.parametrize("sharded", [False, True])
def test_a_published_set_loads_and_verifies(made, hub, tmp_path, sharded, monkeypatch):
    before = rows(made)
    images = {p: c for p, c in contents(made).items() if p.suffix == ".png"}
    if sharded:
        in_shards(made)
    Evaluation({"kid": MetricResult("kid", "lite0", 0.25)}).to_json(made / "metrics.json")
    url = ganaug.publish(made, REPO, license="CC-BY-4.0")
    assert url == f"{hub.address}/datasets/{REPO}"
    assert hub.private[REPO]
    hub.write(tmp_path / "copy", REPO)
    assert verify(tmp_path / "copy").sound
    found = contents(tmp_path / "copy")
    assert {path: found.get(path) for path in images} == images
    blank = {"source": "", "nearest": "", "distance": ""}
    assert {row["distance"] for row in before} == {"0.5"}
    assert [row | blank for row in before] == rows(tmp_path / "copy")
    said = (tmp_path / "copy/README.md").read_text()
    assert yaml.safe_load(said.split("---")[1]) == {
        "task_categories": ["image-classification"],
        "tags": ["synthetic", "ganaug"],
        "license": "cc-by-4.0",
        "pretty_name": "synthetic pets",
        "size_categories": ["n<1K"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": "train", "path": "images/**"}]}
        ],
    }
    assert "| kid | 0.25 |" in said
    text = b"".join(content for path, content in found.items() if path.suffix != ".png")
    assert b"alice" not in text
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    loaded = load_dataset(str(tmp_path / "copy"), cache_dir=str(tmp_path / "cache"))["train"]
    names = loaded.features["label"].names
    counts = {name: loaded["label"][:].count(k) for k, name in enumerate(names)}
    assert counts == {"cat": 6, "dog%2Fwolf": 3, "emu": 2}
    assert loaded[0]["image"].size == (8, 8)


def test_what_has_arrived_is_not_sent_again(made, hub):
    hub.most_uploads = 4
    with pytest.raises(UsageError, match=r"publishing to me/.* failed: .*403.* Run the same comm"):
        ganaug.publish(made, REPO, license="mit")
    assert set(hub.repositories[REPO]) == {".gitattributes"}
    hub.most_uploads = None
    ganaug.publish(made, REPO, license="mit")
    assert len(hub.uploads) == len({*hub.uploads}) == 11
    before = dict(hub.repositories[REPO])
    ganaug.publish(made, REPO, license="mit")
    assert hub.repositories[REPO] == before
    assert len(hub.uploads) == 11


def test_another_content_is_replaced_only_if_asked(made, hub):
    hub.repositories[REPO] = {"data/train.csv": b"mine", "README.md": b"mine"}
    hub.private[REPO] = True
    said = (
        r"holds 2 other files, such as README.md, data/train.csv; give another name, or `replace`"
    )
    with pytest.raises(UsageError, match=said):
        ganaug.publish(made, REPO, license="mit")
    assert hub.repositories[REPO]["README.md"] == b"mine"
    ganaug.publish(made, REPO, license="mit", replace=True)
    assert "data/train.csv" not in hub.repositories[REPO]
    assert len(hub.repositories[REPO]) == 11 + 4
    hub.private[REPO] = False
    with pytest.raises(UsageError, match=r"me/synthetic-pets is public: give `private=False`"):
        ganaug.publish(made, REPO, license="mit")


def test_images_of_another_program_are_brought_into_a_set_first(tmp_path):
    fill(tmp_path / "made/a", 2)
    with pytest.raises(UsageError, match=r"made has no manifest\.json of this tool; bring these"):
        ganaug.publish(tmp_path / "made", REPO, license="mit")


def test_a_set_that_filters_left_empty_is_refused(painter, tmp_path):
    class Nothing:
        facts: ClassVar = {}

        def judge(self, batch):
            return FilterResult({"nothing": torch.zeros(len(batch.images), dtype=torch.bool)})

    write(painter, tmp_path / "made", filters=[Nothing()], max_attempts=1)
    with pytest.raises(UsageError, match="made holds no images; make it again, with looser"):
        ganaug.publish(tmp_path / "made", REPO, license="mit")


def test_what_should_not_leave_the_house_is_refused(painter, made, hub, tmp_path, monkeypatch):
    odd = ("me/pets.", "-me/pets", "me/a--b", "me/..", "me/pets.git", f"me/{'x' * 97}")
    for wrong in ("pets", "me/pets/more", "me/pets!", *odd):
        with pytest.raises(UsageError, match=r"repo_id is '.*'; give your name or organization"):
            ganaug.publish(made, wrong, license="mit")
    with pytest.raises(UsageError, match="license is missing, and the set names none"):
        ganaug.publish(made, REPO)
    file = made / "images/cat/000001.png"
    content = file.read_bytes()
    file.unlink()
    with pytest.raises(UsageError, match=r"is not as it was written \(1 missing\): make it again"):
        ganaug.publish(made, REPO, license="mit")
    file.write_bytes(content)
    (made / "manifest.json").rename(made / "kept.json")
    with pytest.raises(UsageError, match=r"manifest\.json"):
        ganaug.publish(made, REPO, license="mit")
    (made / "kept.json").rename(made / "manifest.json")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(UsageError, match="token is not accepted by the hub"):
        ganaug.publish(made, REPO, license="mit")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(UsageError, match="token is missing; log in by `hf auth login`"):
        ganaug.publish(made, REPO, license="mit")
    assert not hub.repositories
    ganaug.publish(made, REPO, license="My own 1.0", token=TOKEN, private=False)
    card = yaml.safe_load(hub.repositories[REPO]["README.md"].decode().split("---")[1])
    assert (card["license"], card["license_name"]) == ("other", "My own 1.0")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UsageError, match=r"cannot reach http://127.0.0.1:9"):
        ganaug.publish(made, REPO, license="mit", token=TOKEN)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UsageError, match=r"pip install 'ganaug\[hub\]'"):
        ganaug.publish(made, REPO, license="mit")


def test_real_images_are_published_only_if_asked(painter, hub, tmp_path):
    from ganaug.synthesis.sources.real import RealImages

    files = [f"alice/{number}.png" for number in range(4)]
    real = RealImages(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), torch.tensor([0, 0, 1, 2]), files)
    write(painter, tmp_path / "made", planned_classes=QUOTAS, real=real, facts={"license": "MIT"})
    with pytest.raises(
        UsageError, match=r"holds 4 real images; make it without them, or give `with"
    ):
        ganaug.publish(tmp_path / "made", REPO)
    with pytest.raises(
        UsageError, match=r"license is cc0-1.0, and the set names MIT; leave it out"
    ):
        ganaug.publish(tmp_path / "made", REPO, license="cc0-1.0", with_real=True)
    ganaug.publish(tmp_path / "made", REPO, with_real=True)
    assert len(hub.repositories[REPO]) == 15 + 5
    assert "alice" in (tmp_path / "made/metadata.csv").read_text()
    assert not any(b"alice" in content for content in hub.repositories[REPO].values())


def test_the_command(made, hub, capsys):
    with pytest.raises(UsageError, match="--license is missing"):
        command.main(["--synthetic", str(made), "--repo-id", REPO])
    words = ["--synthetic", str(made), "--repo-id", REPO, "--license", "mit", "--no-private"]
    command.main(words)
    assert not hub.private[REPO]
    assert f'datasets.load_dataset("{REPO}")' in capsys.readouterr().out
