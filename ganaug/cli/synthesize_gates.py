"""The gates that synthesize is asked for: their words, and what each needs."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ganaug import synthesis
from ganaug.cli.synthesize_real import Real
from ganaug.evaluation.features.imagenet import FeaturesName, ImageNetFeatures, refuse_missing
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.protocols import Critic
from ganaug.synthesis.filters.base import Gate
from ganaug.synthesis.sources.base import Maker
from ganaug.utils.errors import UsageError

# What each gate takes when no number is given; None for those that take none.
GATES: Mapping[str, float | None] = {
    "agreement": 0.5,
    "realism": 0.5,
    "rejection": 0.5,
    "copies": None,
    "duplicates": None,
    "strays": None,
}
# Those that compare pictures, place by place.
BY_MAPS = {"copies", "duplicates", "strays"}


def named(text: str) -> tuple[str, float | None]:
    """Read `agreement=0.8` or `copies`, as given on the command line.

    Raises:
        UsageError: There is no such gate, it takes no number, or it is no number.
    """
    name, _, number = text.partition("=")
    if name not in GATES:
        raise UsageError(f"--gate {text}: {name!r} is none of {', '.join(GATES)}")
    if not number:
        return name, GATES[name]
    try:
        value = float(number)
    except ValueError:
        raise UsageError(f"--gate {text}: {number!r} is not a number") from None
    if GATES[name] is None or not math.isfinite(value):
        raise UsageError(f"--gate {text}: {name} takes no such number")
    return name, value


def asked_gates(words: Sequence[str]) -> dict[str, float | None]:
    """Read all words of `--gate`.

    Raises:
        UsageError: One can't be read, or is given twice.
    """
    asked = dict(map(named, words))
    if len(asked) < len(words):
        raise UsageError(f"--gate: one is given twice ({', '.join(words)})")
    return asked


def check_features(features: str, asked: Iterable[str]) -> None:
    """Refuse features that no gate would read, and those that are not installed.

    Raises:
        UsageError: Says which gates read them, or how to get them.
    """
    if features == "domain":
        return
    if not BY_MAPS & set(asked):
        raise UsageError(
            f"--gate-features {features} is read by the gates {', '.join(sorted(BY_MAPS))} alone, "
            "and none of them is asked for"
        )
    refuse_missing()


def gates_of(
    asked: dict[str, float | None],
    model: Any,
    real: Real,
    makers: list[Maker],
    features: FeaturesName = "domain",
) -> tuple[list[Gate], synthesis.Sketcher | None]:
    """Return the gates asked for, and what finds duplicates.

    Args:
        asked: Gates and their numbers.
        model: What makes the images.
        real: The real images, and their network.
        makers: All makers of the plan.
        features: Whose network tells copies, duplicates and strays.

    Raises:
        UsageError: The model or the data can't give one.
    """
    gates: list[Gate] = []
    if "agreement" in asked:
        if len(real.class_names) < 2:
            raise UsageError("--gate agreement: there is a single class, and nothing to agree on")
        gates.append(synthesis.AgreementGate(real.network, number(asked, "agreement")))
    if "realism" in asked:
        asks = critic_of(model, "realism"), drawing_of(makers, "realism")
        gates.append(synthesis.RealismGate(*asks, keep=number(asked, "realism")))
    if "rejection" in asked:
        asks = critic_of(model, "rejection"), drawing_of(makers, "rejection")
        gates.append(synthesis.RejectionGate(*asks, accept=number(asked, "rejection")))
    if not asked.keys() & BY_MAPS:
        return gates, None
    network = ImageNetFeatures() if features == "imagenet" else real.network
    if asked.keys() & {"copies", "strays"}:
        known, mirrored = real.images.images, real.data.mirrors
        memory = MemorizationDetector(
            network, train=known, held_out=real.held_out, mirrored=mirrored
        )
        which = {kind: kind in asked for kind in ("copies", "strays")}
        gates.append(synthesis.MemoryGates(memory, real.images.sources, **which))
    sketcher = synthesis.Sketcher(network, real.held_out) if "duplicates" in asked else None
    return gates, sketcher


def number(asked: dict[str, float | None], name: str) -> float:
    """Return what a gate was given, or takes when nothing was."""
    value = asked[name] if asked[name] is not None else GATES[name]
    assert value is not None, "only gates that take a number are asked"
    return value


def critic_of(model: Any, gate: str) -> Critic:
    """Return the model as a critic.

    Raises:
        UsageError: It has no discriminator that can be asked.
    """
    if not isinstance(model, Critic):
        raise UsageError(
            f"--gate {gate}: {type(model).__name__} has no discriminator that judges an image by "
            "itself; use agreement"
        )
    return model


def drawing_of(makers: list[Maker], gate: str) -> Maker:
    """Return the maker that the model's discriminator knows.

    Raises:
        UsageError: The model makes nothing here, or others make images as well: a discriminator's
            threshold for what its generator draws says nothing of those.
    """
    drawing = [maker for maker in makers if maker.name == "generator"]
    others = {maker.name for maker in makers} - {"generator", "real"}
    if not drawing:
        raise UsageError(f"--gate {gate} judges images of the model, and the plan has none")
    if others:
        raise UsageError(
            f"--gate {gate} judges images of the model alone, and the plan has {', '.join(others)} "
            "too: make those in another folder, or use agreement"
        )
    return drawing[0]
