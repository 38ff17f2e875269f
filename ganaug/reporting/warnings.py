"""Warnings about a set, whatever its verdict: copies, labels that are often wrong, low variety."""

from collections.abc import Iterator

from ganaug.evaluation.memorization.detector import MANY_COPIES, OFTEN_NEARER
from ganaug.reporting.blocks import Missing
from ganaug.reporting.estimates import dig, estimate, overall
from ganaug.reporting.formatting import listed, percent
from ganaug.reporting.inputs import Facts, ReportInputs

# How far agreement may fall below that of real test images: over all classes, and in any one.
LABELS_BELOW, CLASS_BELOW = 0.05, 0.15
# A metric of overlap is low below this share of its real baseline.
LOW = 0.5

CLOSENESS = {
    "copies": "count as copies (1% expected)",
    "nearer": "are closer than a held-out real image (50% expected)",
}


def warnings(inputs: ReportInputs) -> list[str]:
    """Return what a reader must know before using the set, a sentence or two each."""
    found = list(inputs.notes)
    if isinstance(inputs.metrics, Missing):
        found.append(
            "The set has not been evaluated: nothing is known about copies, labels or fidelity."
        )
    else:
        metrics = inputs.metrics
        found += [*_copies(metrics), *_labels(metrics), *_variety(metrics)]
    if short := {n: int(k) for n, k in inputs.manifest.get("short", {}).items() if k}:
        found.append(
            f"The set is smaller than planned: {sum(short.values()):,} images are missing in "
            f"{listed(list(short))}, because too few passed the filters."
        )
    return found


def many_copies(metrics: Facts) -> bool:
    """Whether more images are copies, or closer than held-out ones, than a set should have."""
    shares = (estimate(dig(metrics, "memorization", key)) for key in ("copies", "nearer"))
    limits = (MANY_COPIES, OFTEN_NEARER)
    return any(own and own.value > most for own, most in zip(shares, limits, strict=True))


def labels_fail(metrics: Facts) -> bool:
    """Whether labels are right clearly less often than those of real test images."""
    own, real = (estimate(dig(metrics, "agreement", key)) for key in ("overall", "real_overall"))
    return own is not None and own.value < (real.value if real else 1.0) - LABELS_BELOW


def is_low(metrics: Facts, name: str) -> bool:
    """Whether precision, recall, density or coverage is below half of its real baseline."""
    found = overall(metrics, name)
    return found is not None and found.real is not None and found.value < LOW * found.real


def _copies(metrics: Facts) -> Iterator[str]:
    if many_copies(metrics):
        shares = [
            f"{percent(own.value)} {words}"
            for key, words in CLOSENESS.items()
            if (own := estimate(dig(metrics, "memorization", key)))
        ]
        yield (
            f"Images are too close to training images: {' and '.join(shares)}. Copies add nothing "
            "and can reveal what is in the training images. Synthesize the set again with the "
            f"filter memorized{_with_features(metrics)}, or from an earlier checkpoint."
        )


def _with_features(metrics: Facts) -> str:
    """Name the features by which the filter finds what the evaluation found."""
    imagenet = str(dig(metrics, "memorization", "features")).startswith("imagenet")
    return " and imagenet as its features" if imagenet else ""


def _labels(metrics: Facts) -> Iterator[str]:
    synthetic = dig(metrics, "agreement", "per_class") or {}
    real = dig(metrics, "agreement", "real_per_class") or {}
    shares = {name: (estimate(synthetic[name]), estimate(real.get(name))) for name in synthetic}
    wrong = {
        name: own.value
        for name, (own, baseline) in shares.items()
        if own is not None and own.value < (baseline.value if baseline else 1.0) - CLASS_BELOW
    }
    if labels_fail(metrics) or wrong:
        worst = sorted(wrong, key=lambda name: wrong[name])
        named = f" Worst: {listed([f'{n} ({percent(wrong[n])})' for n in worst])}."
        yield (
            "Labels are often wrong: an independent classifier assigns many images to another "
            f"class than their label.{named if worst else ''} Synthesize the set again with the "
            "filter agreement=0.5, or fit the model for longer."
        )


def _variety(metrics: Facts) -> Iterator[str]:
    found = overall(metrics, "recall")
    if is_low(metrics, "recall") and found and found.real:
        yield (
            f"The set lacks variety: it covers {percent(found.value)} of the real images, where "
            f"the same number of real images covers {percent(found.real)}. A classifier can't "
            "learn from it what is missing."
        )
