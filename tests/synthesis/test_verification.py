"""A folder against its manifest: what is missing, altered or extra, each named."""

import csv
import hashlib
import io
import json
import shutil
import tarfile

import pytest
from PIL import Image

from ganaug.cli import synthesize as command
from ganaug.synthesis import verify
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.verification import PROBLEMS, Verification
from ganaug.synthesis.writer.webdataset import in_shards
from ganaug.utils.errors import UsageError
from helpers.expanded import write


def test_verify_names_what_is_missing_altered_and_extra(painter, tmp_path):
    out = tmp_path / "out"
    write(painter, out)
    assert verify(out).sound
    (out / "images/cat/000001.png").unlink()
    (out / "images/cat/000002.png").write_bytes(b"other")
    shutil.copy(out / "images/cat/000000.png", out / "images/cat/copy.png")
    found = verify(out)
    assert found.missing == ("images/cat/000001.png",)
    assert (found.unreadable, found.altered) == (("images/cat/000002.png",), ())
    assert found.extra == ("images/cat/copy.png",)
    with (out / "metadata.csv").open("a") as file:
        file.write("x\n")
    assert "metadata.csv" in verify(out).altered
    with pytest.raises(UsageError, match=r"holds no manifest\.json"):
        verify(tmp_path)


def test_a_result_prints_a_line_for_each_check():
    found = Verification(2, missing=("images/a/<1>.png",), size=(8, 8))
    assert len(str(found).splitlines()) == len(found.checks)
    assert "1 missing" in str(found)
    assert found._repr_html_().startswith("<pre>whole")


def test_a_sound_set_passes_every_check(painter, tmp_path):
    write(painter, tmp_path)
    assert [(each.name, each.passed) for each in verify(tmp_path).checks] == [
        ("whole", True),
        ("readable", True),
        ("of one size", True),
        ("named rightly", True),
        ("marked", True),
    ]


def forge(out, **changed):
    """Write rows and the manifest anew, as if the files had been written as they are now."""
    with (out / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row |= changed.get(row["file_name"].rpartition("/")[2].partition(".")[0], {})
        row["sha256"] = hashlib.sha256((out / row["file_name"]).read_bytes()).hexdigest()
    with (out / "metadata.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["metadata_sha256"] = hashlib.sha256((out / "metadata.csv").read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("problem", "check"),
    [
        ("unreadable", "readable"),
        ("odd_size", "of one size"),
        ("misnamed", "named rightly"),
        ("unmarked", "marked"),
    ],
)
def test_each_fault_fails_its_own_check(painter, tmp_path, problem, check):
    write(painter, tmp_path)
    file = tmp_path / "images/cat/000003.png"
    with Image.open(file) as image:
        pixels, xmp = image.convert("L"), image.info["xmp"]
    if problem == "unreadable":
        file.write_bytes(b"no image")
    elif problem == "odd_size":
        Image.new("L", (9, 8)).save(file, pnginfo=with_mark(xmp))
    elif problem == "misnamed":
        pixels.save(file, "WEBP", xmp=xmp, lossless=True)
    else:
        pixels.save(file)
    forge(tmp_path)
    found = verify(tmp_path)
    wrong = {each.name for each in found.checks if each.passed is False}
    assert getattr(found, problem) == ("images/cat/000003.png",)
    assert wrong == {check}


def test_a_file_with_several_faults_counts_once(painter, tmp_path):
    write(painter, tmp_path)
    cats = tmp_path / "images/cat"
    (cats / "000000.png").write_bytes(b"no image")
    Image.new("L", (9, 8)).save(cats / "000001.png")  # and altered, and unmarked
    Image.new("L", (8, 8)).save(cats / "000002.png", "WEBP")  # and altered, and unmarked
    Image.new("L", (8, 8)).save(cats / "000003.png")  # and altered
    with Image.open(cats / "000004.png") as image:
        Image.new("L", (8, 8)).save(cats / "000004.png", pnginfo=with_mark(image.info["xmp"]))
    (cats / "000005.png").unlink()
    (cats / "more.png").write_bytes(b"no image")
    found = verify(tmp_path)
    listed = {kind: getattr(found, kind) for kind in PROBLEMS}
    assert listed == {
        "missing": ("images/cat/000005.png",),
        "extra": ("images/cat/more.png",),
        "unreadable": ("images/cat/000000.png",),
        "odd_size": ("images/cat/000001.png",),
        "misnamed": ("images/cat/000002.png",),
        "unmarked": ("images/cat/000003.png",),
        "altered": ("images/cat/000004.png",),
    }


def with_mark(xmp):
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return chunks


def test_a_row_that_names_another_class_is_found(painter, tmp_path):
    write(painter, tmp_path)
    forge(tmp_path, **{"000005": {"label": "emu", "class_index": "2"}})
    assert verify(tmp_path).misnamed == ("images/cat/000005.png",)


def test_the_command_answers_each_question_first(painter, tmp_path, capsys):
    write(painter, tmp_path)
    command.main(["--verify", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "whole                       yes        all 73 files are as they were written" in printed
    assert "of one size                 yes        8 by 8 pixels" in printed
    assert "marked                      yes        trainedAlgorithmicMedia (generator)" in printed
    (tmp_path / "images/cat/000001.png").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"not as it was written: 1 unreadable$"):
        command.main(["--verify", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "whole                       yes        all 73 files are there" in printed
    assert "readable                    no         1 unreadable" in printed
    assert "\nunreadable: images/cat/000001.png\n" in printed


def test_a_set_of_another_program_is_checked_as_far_as_that_goes(tmp_path):
    (tmp_path / "made/a").mkdir(parents=True)
    for number, side in enumerate((8, 8, 9)):
        Image.new("L", (side, 8)).save(tmp_path / f"made/a/{number}.png")
    (tmp_path / "made/a/3.png").write_bytes(b"x")
    found = {each.name: each for each in SyntheticDataset.open(tmp_path / "made").checks}
    assert {name: each.passed for name, each in found.items()} == {
        "whole": None,
        "readable": False,
        "of one size": False,
        "marked": False,
    }
    assert found["readable"].words == "1 of 4 files is no image"
    assert found["of one size"].words == "8 by 8, 9 by 8 pixels"
    assert found["marked"].words == "3 without a mark"


def test_a_set_that_can_not_be_checked_fails_without_naming_its_place(painter, tmp_path):
    write(painter, tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace("metadata_sha256", "other"))
    (check,) = SyntheticDataset.open(tmp_path).checks
    assert check == ("whole", False, "it holds no manifest.json that this tool wrote")


def sharded(painter, out):
    write(painter, out)
    in_shards(out)
    return out / "shard-000000.tar"


def rewrite(shard, change):
    """Write a shard anew with its members changed."""
    with tarfile.open(shard) as file:
        members = [(each.name, file.extractfile(each).read()) for each in file]
    with tarfile.open(shard, "w") as file:
        for name, content in change(members):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))


def relabel(members):
    return [(n, b"2" if n == "cat%2F000001.cls" else content) for n, content in members]


def unlabel(members):
    return [each for each in members if each[0] != "cat%2F000001.cls"]


def rename(members):
    return [(n.replace("cat%2F000001", "emu%2F000001"), content) for n, content in members]


def rewrite_row(members):
    old, new = b'"label": "cat"', b'"label": "emu"'
    return [(n, c.replace(old, new) if "t%2F000001" in n else c) for n, c in members]


@pytest.mark.parametrize("change", [relabel, unlabel, rename, rewrite_row])
def test_a_shard_that_says_another_class_than_the_rows_is_found(painter, tmp_path, change):
    rewrite(sharded(painter, tmp_path), change)
    assert verify(tmp_path).misnamed == ("images/cat/000001.png",)


def test_images_that_are_more_than_once_in_shards_are_extra(painter, tmp_path):
    shard = sharded(painter, tmp_path)
    rewrite(shard, lambda members: [*members, *members[:3], ("cat%2Fmore.png", members[0][1])])
    assert verify(tmp_path).extra == ("cat%2Fmore.png", "images/cat/000000.png")
    shutil.copy(shard, tmp_path / "shard-000001.tar")
    assert len(verify(tmp_path).extra) == 74


def test_a_shard_with_rows_of_no_use_is_named(painter, tmp_path):
    rewrite(sharded(painter, tmp_path), lambda members: [*members, ("q.json", b"[]")])
    assert verify(tmp_path).extra == ("shard-000000.tar",)


@pytest.mark.parametrize("damage", ["quote", "columns"])
def test_rows_that_can_not_be_read_are_named(painter, tmp_path, damage):
    write(painter, tmp_path)
    table = tmp_path / "metadata.csv"
    text = table.read_text()
    table.write_text(f'{text}"{"a," * 100_000}' if damage == "quote" else f"x{text}")
    assert verify(tmp_path).unreadable == ("metadata.csv",)
    with pytest.raises(UsageError, match=r"metadata\.csv can't be read .*; make the set again"):
        in_shards(tmp_path)
    with pytest.raises(UsageError, match=r"metadata\.csv can't be read .*; make the set again"):
        len(SyntheticDataset.open(tmp_path))


def test_without_rows_nothing_is_said_of_the_images(painter, tmp_path):
    write(painter, tmp_path)
    (tmp_path / "metadata.csv").unlink()
    whole, *others = verify(tmp_path).checks
    assert (whole.passed, whole.words) == (False, "1 missing")
    assert {each.passed for each in others} == {None}
    (tmp_path / "metadata.csv").write_text("x\n1\n")
    readable = next(each for each in verify(tmp_path).checks if each.name == "readable")
    assert readable.passed is False


def test_a_row_that_is_there_twice_is_found(painter, tmp_path):
    write(painter, tmp_path)
    table = tmp_path / "metadata.csv"
    table.write_text(table.read_text() + table.read_text().splitlines()[1] + "\n")
    forge(tmp_path)
    assert "metadata.csv" in verify(tmp_path).altered


@pytest.mark.parametrize("key", ["marks", "short", "class_names"])
@pytest.mark.parametrize("value", ["x", 5, [1], {"a": {"b": "c"}}])
def test_a_manifest_of_another_form_is_refused(painter, tmp_path, key, value):
    write(painter, tmp_path)
    edit(tmp_path, **{key: value})
    with pytest.raises(UsageError, match=rf"manifest\.json can't be read: `{key}` must be a"):
        verify(tmp_path)


def test_counts_that_are_not_those_of_the_rows_are_found(painter, tmp_path):
    write(painter, tmp_path)
    edit(tmp_path, counts={"synthetic": {"cat": 700, "dog/wolf": 3}, "real": {}})
    assert verify(tmp_path).altered == ("manifest.json",)


def edit(out, **values):
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(manifest | values))
