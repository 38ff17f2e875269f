"""Every synthetic image says that it is one, read back by other readers than ours."""

import json
import shutil
import struct
import subprocess
import tarfile
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ganaug.synthesis import (
    ClassicalSource,
    GeneratorSource,
    RealImages,
    RealSource,
    expand,
    verify,
)
from ganaug.synthesis.importing import import_dataset
from ganaug.synthesis.marks import marks_of, read_mark, save_settings
from ganaug.synthesis.sources.registry import methods, source_class
from ganaug.synthesis.writer.webdataset import in_shards
from ganaug.utils.errors import UsageError
from helpers.expanded import contents, rows

TRAINED, COMPOSITE, ENHANCED = (
    f"http://cv.iptc.org/newscodes/digitalsourcetype/{term}"
    for term in (
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "algorithmicallyEnhanced",
    )
)
NAMES = ("cat", "dog")
KINDS = ("png", "jpeg", "webp")
GRAY = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1), dtype=np.uint8)
PLAN = {
    "generator": {"cat": 3, "dog": 2},
    "albumentations": {"cat": 2, "dog": 1},
    "real": {"cat": 3, "dog": 3},
}


class Mirror:
    def seed(self, seed):
        pass

    def __call__(self, image):
        return image[:, ::-1].copy()


def real_images(files=()):
    pixels = torch.from_numpy(GRAY).permute(0, 3, 1, 2)
    names = [f"{i}.png" for i in range(6)]
    return RealImages(pixels, torch.tensor([0, 0, 0, 1, 1, 1]), names, files)


def written(painter, out, **settings):
    """Write images of a model, of classical augmentation and real ones into one set."""
    real = real_images()
    sources = [
        GeneratorSource(painter(2), NAMES),
        ClassicalSource(Mirror(), NAMES, real),
        RealSource(real, NAMES),
    ]
    return expand(sources, PLAN, out, **settings)


def packet_in(content):
    """Take the XMP packet out of a file by the layout of its format; None where there is none."""
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return in_png(content)
    return in_jpeg(content) if content[:2] == b"\xff\xd8" else in_webp(content)


def in_png(content):
    at, found = 8, []
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + size]
        assert struct.unpack(">I", content[at + 8 + size : at + 12 + size])[0] == zlib.crc32(
            kind + data
        )
        if kind == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0"):
            # Not compressed, and no language: what the XMP specification asks for.
            assert data[18:22] == b"\0\0\0\0"
            found.append(data[22:])
        at += 12 + size
    assert len(found) < 2
    return found[0] if found else None


def in_jpeg(content):
    at, found = 2, []
    while content[at] == 0xFF and content[at + 1] != 0xDA:
        size = struct.unpack(">H", content[at + 2 : at + 4])[0]
        data, name = content[at + 4 : at + 2 + size], b"http://ns.adobe.com/xap/1.0/\0"
        if content[at + 1] == 0xE1 and data.startswith(name):
            found.append(data.removeprefix(name))
        at += 2 + size
    assert len(found) < 2
    return found[0] if found else None


def in_webp(content):
    assert content[:4] == b"RIFF"
    assert content[8:12] == b"WEBP"
    at, found = 12, []
    while at < len(content):
        kind, size = struct.unpack("<4sI", content[at : at + 8])
        if kind == b"XMP ":
            found.append(content[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    assert len(found) < 2
    return found[0] if found else None


def wanted(row):
    return {"generator": TRAINED, "albumentations": ENHANCED, "real": None}[row["method"]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_synthetic_image_is_marked_and_no_real_one(painter, tmp_path, kind):
    out = tmp_path / "out"
    manifest = written(painter, out, kind=kind)
    found = rows(out)
    assert len(found) == 14
    for row in found:
        content, term = (out / row["file_name"]).read_bytes(), wanted(row)
        packet = packet_in(content)
        with Image.open(out / row["file_name"]) as image:
            assert image.info.get("xmp") == packet
        if term is None:
            assert packet is None
            assert read_mark(content) is None
        else:
            assert f'DigitalSourceType="{term}"'.encode() in packet
            assert b'xmp:CreatorTool="ganaug ' in packet
            assert term.endswith(f"/{read_mark(content)}")
    assert manifest["marks"] == {
        "generator": "trainedAlgorithmicMedia",
        "albumentations": "algorithmicallyEnhanced",
    }
    assert verify(out).sound


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_exiftool_reads_the_marks_of_all_images(painter, tmp_path):
    for kind in KINDS:
        written(painter, tmp_path / kind, kind=kind)
    tags = ("-XMP-iptcExt:DigitalSourceType", "-XMP-xmp:CreatorTool", "-validate", "-warning")
    printed = subprocess.run(
        ["exiftool", "-j", "-n", "-r", *tags, *KINDS],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    said = {each["SourceFile"]: each for each in json.loads(printed) if each["SourceFile"]}
    for kind in KINDS:
        for row in rows(tmp_path / kind):
            found = said[f"{kind}/{row['file_name']}"]
            assert found.get("DigitalSourceType") == wanted(row)
            assert found.get("CreatorTool", "").startswith("ganaug") == (wanted(row) is not None)


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_stay_and_the_same_images_give_the_same_bytes(painter, tmp_path, kind):
    for name, mark in (("marked", True), ("again", True), ("plain", False)):
        written(painter, tmp_path / name, kind=kind, mark=mark)
    assert contents(tmp_path / "marked") == contents(tmp_path / "again")
    for row in rows(tmp_path / "marked"):
        pair = [Image.open(tmp_path / name / row["file_name"]) for name in ("marked", "plain")]
        assert np.array_equal(*map(np.asarray, pair))


def test_without_marks_none_is_written_and_the_manifest_says_so(painter, tmp_path):
    manifest = written(painter, tmp_path / "out", mark=False)
    assert manifest["marks"] is None
    assert not any(packet_in(f.read_bytes()) for f in (tmp_path / "out").rglob("*.png"))
    assert verify(tmp_path / "out").sound


@pytest.mark.parametrize("kind", KINDS)
def test_marks_are_in_shards_too(painter, tmp_path, kind):
    written(painter, tmp_path, kind=kind)
    in_shards(tmp_path)
    with tarfile.open(tmp_path / "shard-000000.tar") as shard:
        files = [shard.extractfile(m).read() for m in shard if m.name.endswith(("g", "p"))]
    terms = sorted(str(read_mark(content)) for content in files)
    assert terms == ["None"] * 6 + [ENHANCED.rsplit("/")[-1]] * 3 + [TRAINED.rsplit("/")[-1]] * 5
    assert verify(tmp_path).sound


def test_verify_names_images_without_their_mark(painter, tmp_path):
    written(painter, tmp_path)
    stripped, wrong = (tmp_path / f"images/cat/00000{i}.png" for i in range(2))
    with Image.open(stripped) as image:
        image.save(stripped)
    with Image.open(wrong) as image:
        image.save(wrong, **save_settings("digitalCapture", "png"))
    found = verify(tmp_path)
    assert found.unmarked == ("images/cat/000000.png", "images/cat/000001.png")
    assert not found.sound


def test_a_mark_that_another_program_rewrote_as_an_element_is_read(tmp_path):
    packet = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a:DigitalSourceType '
        f'xmlns:a="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"> {COMPOSITE}\n'
        "</a:DigitalSourceType></x:xmpmeta>"
    )
    Image.new("L", (4, 4)).save(tmp_path / "a.webp", xmp=packet.encode())
    assert read_mark((tmp_path / "a.webp").read_bytes()) == COMPOSITE.rsplit("/")[-1]


@pytest.mark.parametrize("end", ["", "\0\0"])
def test_a_mark_that_is_a_resource_is_read(tmp_path, end):
    packet = (
        f'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><a:DigitalSourceType '
        f'xmlns:a="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" r:resource="{COMPOSITE}"/></r:RDF>'
    )
    Image.new("L", (4, 4)).save(tmp_path / "a.webp", xmp=f"{packet}{end}".encode())
    assert read_mark((tmp_path / "a.webp").read_bytes()) == COMPOSITE.rsplit("/")[-1]


def test_metadata_of_another_kind_is_no_mark(tmp_path):
    declared = b'<?xml version="1.0" encoding="nope"?><a/>'
    Image.new("L", (4, 4)).save(tmp_path / "a.jpg", xmp=declared)
    numbers = ImageFileDirectory_v2()
    numbers[700], numbers.tagtype[700] = (1, 2, 3), 4
    Image.new("L", (4, 4)).save(tmp_path / "a.tiff", tiffinfo=numbers)
    assert [read_mark((tmp_path / name).read_bytes()) for name in ("a.jpg", "a.tiff")] == [None] * 2


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_has_no_mark(content):
    assert read_mark(content) is None


def test_a_set_that_was_begun_without_marks_goes_on_without(painter, tmp_path):
    written(painter, tmp_path, mark=False)
    facts = tmp_path / "manifest.json"
    old = {k: v for k, v in json.loads(facts.read_text()).items() if k != "marks"}
    facts.write_text(json.dumps(old))
    with pytest.raises(UsageError, match=r"begun without marks .*`mark=False`"):
        written(painter, tmp_path)
    assert "marks" not in written(painter, tmp_path, mark=False)
    assert verify(tmp_path).sound


def test_each_source_says_what_its_images_are():
    """Of a model's images TRAINED, of a model's changes COMPOSITE, of other changes ENHANCED."""
    said = {}
    for name in ["generator", "translator", "real", *methods()[1:]]:
        said[name] = vars(source_class(name)).get("digital_source_type")
    assert {name: said[name] for name in ("generator", "translator", "smote")} == {
        "generator": "trainedAlgorithmicMedia",
        "translator": "compositeWithTrainedAlgorithmicMedia",
        "smote": "compositeWithTrainedAlgorithmicMedia",
    }
    assert said["albumentations"] == "algorithmicallyEnhanced"
    assert said["real"] is None
    variations, diffusers = (said[name].fget for name in ("variations", "diffusers"))
    assert variations(SimpleNamespace(strength=0.3)) == "compositeWithTrainedAlgorithmicMedia"
    assert variations(SimpleNamespace(strength=1)) == "trainedAlgorithmicMedia"
    assert diffusers(SimpleNamespace(real=real_images())) == "compositeWithTrainedAlgorithmicMedia"
    assert diffusers(SimpleNamespace(real=None)) == "trainedAlgorithmicMedia"


@pytest.mark.parametrize(
    ("terms", "kept"),
    [
        (("algorithmicallyEnhanced",) * 2, "algorithmicallyEnhanced"),
        (("algorithmicallyEnhanced", None), "trainedAlgorithmicMedia"),
        ((None, None), "trainedAlgorithmicMedia"),
    ],
)
def test_brought_in_images_keep_the_mark_that_they_all_have(tmp_path, terms, kept):
    (tmp_path / "made/a").mkdir(parents=True)
    for number, term in enumerate(terms):
        file = tmp_path / "made/a" / f"{number}.png"
        Image.new("L", (16, 16)).save(file, **save_settings(term, "png"))
    dataset = import_dataset(tmp_path / "made", tmp_path / "out")
    assert dataset.manifest["marks"] == {"folder": kept}
    assert {read_mark(f.read_bytes()) for f in (tmp_path / "out").rglob("*.png")} == {kept}


def test_a_users_source_that_says_nothing_is_taken_for_a_model():
    silent, own = SimpleNamespace(method="a"), SimpleNamespace(method="b")
    own.digital_source_type = "algorithmicMedia"
    assert marks_of([silent, own]) == {"a": "trainedAlgorithmicMedia", "b": "algorithmicMedia"}
