"""What speaks against a set whatever a study says: copies, labels that don't hold, lost variety."""

from collections.abc import Iterator

from ganaug.evaluation.memorization.detector import MANY_COPIES, OFTEN_NEARER
from ganaug.reporting.blocks import Missing
from ganaug.reporting.figures import dig, measured, overall
from ganaug.reporting.formatting import listed, percent
from ganaug.reporting.inputs import Facts, Materials

# Below what the judge makes of real test images: of all classes together, and of any one.
LABELS_BELOW, CLASS_BELOW = 0.05, 0.15
# Of what real images in the place of the synthetic ones have.
LITTLE = 0.5

CLOSENESS = {
    "copies": "count as copies, where 1% should",
    "nearer": "are nearer than a held-out real image, where half should be",
}


def doubts(materials: Materials) -> list[str]:
    """Say what a reader must know before using the set, a sentence each."""
    found = list(materials.remarks)
    if isinstance(materials.metrics, Missing):
        found.append(
            "Nothing is known yet of copies, labels and likeness: the set was not evaluated."
        )
    else:
        metrics = materials.metrics
        found += [*_copies(metrics), *_labels(metrics), *_variety(metrics)]
    if short := {n: int(k) for n, k in materials.manifest.get("short", {}).items() if k}:
        found.append(
            f"The set is smaller than planned: {sum(short.values()):,} images are wanting in "
            f"{listed(list(short))}, since too few passed the gates."
        )
    return found


def many_copies(metrics: Facts) -> bool:
    """Whether more images are copies, or nearer than held-out ones, than a set should have."""
    shares = (measured(dig(metrics, "memorization", key)) for key in ("copies", "nearer"))
    limits = (MANY_COPIES, OFTEN_NEARER)
    return any(own and own.value > most for own, most in zip(shares, limits, strict=True))


def labels_fail(metrics: Facts) -> bool:
    """Whether labels hold clearly less often than those of real test images."""
    made, real = (measured(dig(metrics, "agreement", key)) for key in ("overall", "real_overall"))
    return made is not None and made.value < (real.value if real else 1.0) - LABELS_BELOW


def lacking(metrics: Facts, figure: str) -> bool:
    """Whether precision, recall, density or coverage is below half of what real images have."""
    found = overall(metrics, figure)
    return found is not None and found.real is not None and found.value < LITTLE * found.real


def _copies(metrics: Facts) -> Iterator[str]:
    if many_copies(metrics):
        shares = [
            f"{percent(own.value)} {words}"
            for key, words in CLOSENESS.items()
            if (own := measured(dig(metrics, "memorization", key)))
        ]
        yield (
            f"Images are too close to training images: {', and '.join(shares)}. Copies add nothing "
            "and can give away what is in the training images; make the set anew with --gate "
            f"copies{_told_by(metrics)}, or of an earlier checkpoint."
        )


def _told_by(metrics: Facts) -> str:
    """Say how the gate finds what the evaluation found: by the same kind of network."""
    imagenet = str(dig(metrics, "memorization", "features")).startswith("imagenet")
    return " --gate-features imagenet" if imagenet else ""


def _labels(metrics: Facts) -> Iterator[str]:
    made = dig(metrics, "agreement", "per_class") or {}
    real = dig(metrics, "agreement", "real_per_class") or {}
    shares = {name: (measured(made[name]), measured(real.get(name))) for name in made}
    wrong = {
        name: own.value
        for name, (own, beside) in shares.items()
        if own is not None and own.value < (beside.value if beside else 1.0) - CLASS_BELOW
    }
    if labels_fail(metrics) or wrong:
        worst = sorted(wrong, key=lambda name: wrong[name])
        named = f" The worst: {listed([f'{n} ({percent(wrong[n])})' for n in worst])}."
        yield (
            "Labels often do not hold: an independent classifier reads many images as another "
            f"class than was asked for.{named if worst else ''} Make the set anew with --gate "
            "agreement=0.5, or fit for longer."
        )


def _variety(metrics: Facts) -> Iterator[str]:
    found = overall(metrics, "recall")
    if lacking(metrics, "recall") and found and found.real:
        yield (
            f"The set lacks variety: it reaches {percent(found.value)} of the real images, where "
            f"as many real ones reach {percent(found.real)}. What is missing can't be learned "
            "from it."
        )
