"""Values that an argument doesn't take are refused by name, before anything is done."""

from typing import Literal

import pytest

import ganaug
from ganaug.utils.choices import takes_choices
from ganaug.utils.errors import UsageError


@takes_choices
def drawn(
    size: int,
    kind: Literal["png", "jpeg"] | None = None,
    *,
    real: bool | Literal["resized"] = False,
    channels: Literal[1, 3] = 1,
):
    return size, kind, real, channels


@pytest.mark.parametrize("real", [True, False, "resized"])
@pytest.mark.parametrize("kind", ["png", "jpeg", None])
def test_what_is_listed_is_taken(kind, real):
    assert drawn(8, kind, real=real, channels=3) == (8, kind, real, 3)


@pytest.mark.parametrize(
    ("args", "named", "message"),
    [
        ((8, "gif"), {}, "kind is 'gif'; use png or jpeg"),
        ((8,), {"kind": "jpg"}, "kind is 'jpg'; use png or jpeg; did you mean 'jpeg'?"),
        ((8,), {"kind": ["png"]}, "kind is ['png']; use png or jpeg; did you mean 'png'?"),
        ((8,), {"real": "whole"}, "real is 'whole'; use resized"),
        ((8,), {"real": None}, "real is None; use resized"),
    ],
)
def test_anything_else_is_refused(args, named, message):
    with pytest.raises(UsageError) as refused:
        drawn(*args, **named)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("call", "given", "message"),
    [
        ("synthesize", {"layout": "shards"}, "layout is 'shards'; use folder or webdataset"),
        ("synthesize", {"format": "gif"}, "format is 'gif'; use png, jpeg or webp"),
        ("synthesize", {"filter_features": "imagnet"}, "filter_features is 'imagnet'; use domain"),
        ("evaluate", {"features": "imagnet"}, "features is 'imagnet'; use domain, imagenet,"),
        ("utility", {"classifier_mode": "tuned"}, "classifier_mode is 'tuned'; use frozen or fine"),
        ("advise", {"device": "tpu"}, "device is 'tpu'; use auto, cpu, cuda or cuda:1"),
        ("evaluate", {"device": "cuda:99"}, "device cuda:99: torch sees"),
    ],
)
def test_public_functions_refuse_them_before_they_open_anything(call, given, message, tmp_path):
    place = {"out": tmp_path / "out"}
    with pytest.raises(UsageError, match=message):
        getattr(ganaug, call)(tmp_path / "nothing", **place, **given)
    assert not (tmp_path / "out").exists()
