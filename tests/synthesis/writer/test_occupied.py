"""A folder that holds something is refused before networks are trained and images are made."""

import pytest

import ganaug
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import LOCK
from helpers.expanded import contents
from helpers.image_folders import fill
from helpers.other_process import writes_into


@pytest.fixture
def photos(tmp_path):
    fill(tmp_path / "photos/rose", 10)
    fill(tmp_path / "photos/tulip", 10, first=100)
    return tmp_path / "photos"


@pytest.fixture
def untrained(monkeypatch):
    def build(*_):
        raise AssertionError("a filter was built")

    monkeypatch.setattr("ganaug.synthesis.synthesize.build_filters", build)


def made(photos, out, **settings):
    own = {"method": "albumentations", "sources": str(photos), "image_size": 8, "per_class": 1}
    return ganaug.synthesize(out=out, **{**own, "accelerator": "cpu", **settings})


@pytest.mark.parametrize("settings", [{"filters": "agreement=0.5"}, {"dry_run": True}])
def test_what_is_kept_there_is_refused_first(photos, tmp_path, untrained, settings):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty, and doesn't hold a run"):
        made(photos, tmp_path / "set", **settings)
    assert [file.name for file in (tmp_path / "set").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("differs", "settings"),
    [("plan", {"per_class": 2}), ("seed", {"seed": 3}), ("format", {"format": "webp"})],
)
def test_another_run_is_refused_first(photos, tmp_path, request, differs, settings):
    made(photos, tmp_path / "set")
    request.getfixturevalue("untrained")
    with pytest.raises(UsageError, match=f"holds another run; what differs: {differs}. Give"):
        made(photos, tmp_path / "set", filters="agreement=0.5", **settings)


def test_a_plan_without_a_folder_is_shown(photos):
    assert made(photos, None, dry_run=True).images


def test_the_plan_of_a_set_that_is_there_is_shown(photos, tmp_path):
    made(photos, tmp_path / "set")
    assert made(photos, tmp_path / "set", dry_run=True).images


def test_a_set_that_another_process_writes_is_refused(photos, tmp_path):
    made(photos, tmp_path / "set")
    before = contents(tmp_path / "set")
    for out in ("set", "new"):
        with (
            writes_into(tmp_path / out),
            pytest.raises(UsageError, match=f"out is .*{out}, and another process is writing"),
        ):
            made(photos, tmp_path / out)
    # Killed, it leaves its lock, which keeps nobody out.
    (tmp_path / "set" / LOCK).unlink()
    assert contents(tmp_path / "set") == before
    assert len(made(photos, tmp_path / "new")) == 2
    assert contents(tmp_path / "new") == before
