"""Warnings about a set: copies, wrong labels, low variety and so on."""

from collections.abc import Iterator

from ganaug.evaluation.features.imagenet import NETWORKS
from ganaug.evaluation.features.judges import judge_by
from ganaug.evaluation.memorization.result import OFTEN_NEARER, Memorization
from ganaug.evaluation.result import Evaluation
from ganaug.reporting.blocks import Missing
from ganaug.reporting.estimates import Estimate
from ganaug.reporting.formatting import listed, percent
from ganaug.reporting.inputs import ReportInputs

# Tolerated gap between the agreement of synthetic and of real test images, overall and in a class.
# Its whole 95% interval must be larger: a few test images of a class say nothing.
LABELS_BELOW, CLASS_BELOW = 0.05, 0.15
IF_PRIVATE = (
    "If the training images are private, do not share the set; synthesize it again with the filter "
    "private, or with a larger share for it."
)
# A metric of overlap is low if it is below this fraction of its real baseline.
LOW = 0.5


def warnings(inputs: ReportInputs) -> list[str]:
    """Return the warnings, one or two sentences each."""
    sentences = list(inputs.notes)
    if isinstance(inputs.metrics, Missing):
        sentences.append(
            "The set has not been evaluated: nothing is known about copies, labels or fidelity."
        )
    else:
        metrics = inputs.metrics
        sentences += [f"The evaluation is rough: {x}." for x in [metrics.facts.get("quick")] if x]
        sentences += [*weak_features(metrics), *_copies(metrics), *_members(metrics)]
        sentences += _labels(metrics)
        sentences += _variety(metrics)
    if short := {n: int(k) for n, k in inputs.manifest.get("short", {}).items() if k}:
        sentences.append(
            f"The set is smaller than planned: {sum(short.values()):,} images are missing in "
            f"{listed(list(short))}, because too few passed the filters."
        )
    return sentences


def weak_features(metrics: Evaluation) -> Iterator[str]:
    """Yield warnings about metrics whose network learned too little."""
    if reason := metrics.weak_features:
        yield (
            f"It is unknown how similar the set is to real images: {reason}. Metrics in its "
            "features are left out here. Evaluate the set again with the features "
            f"{judge_by(metrics.facts)}."
        )
    if metrics.agreement and (reason := metrics.agreement.weak_features):
        yield f"It is unknown whether labels are right: {reason}."


def many_copies(metrics: Evaluation) -> bool:
    """Whether too many images are copies, or closer to training images than held-out ones."""
    result = metrics.memorization
    return result is not None and (result.exceeds() or result.nearer > OFTEN_NEARER)


def labels_fail(metrics: Evaluation) -> bool:
    """Whether labels are right significantly less often than for real test images."""
    return _below(metrics, LABELS_BELOW)


def is_low(metrics: Evaluation, name: str) -> bool:
    """Whether precision, recall, density or coverage is below half of its real baseline.

    The whole 95% interval must be, if there is one.
    """
    result = trusted(metrics, name)
    if result is None or result.real is None:
        return False
    high = result.interval[1] if result.interval else result.value
    return high < LOW * result.real


def trusted(metrics: Evaluation, name: str) -> Estimate | None:
    """Return a metric; None if it is missing or its network learned too little."""
    result = metrics.get(name)
    return Estimate.of(result) if result and result.trusted else None


def _below(metrics: Evaluation, margin: float) -> bool:
    """Whether the agreement is significantly below that of real images minus a margin."""
    agreement = metrics.agreement
    if agreement is None or agreement.weak_features:
        return False
    return agreement.gap is not None and agreement.gap[0] > margin


def _copies(metrics: Evaluation) -> Iterator[str]:
    if (result := metrics.memorization) and many_copies(metrics):
        yield (
            f"Images are too close to training images: {percent(result.copies)} count as copies "
            f"({expected(result)}) and {percent(result.nearer)} are closer than a held-out real "
            "image (50% expected). Copies add nothing and can reveal what is in the training "
            "images. Synthesize the set again with the filter "
            f"memorized{_with_features(metrics)}, or from an earlier checkpoint."
        )


def expected(result: Memorization) -> str:
    """Return how many copies to expect without memorization, as a phrase."""
    return f"{percent(result.expected)} expected, up to {percent(result.by_chance)} by chance"


def _members(metrics: Evaluation) -> Iterator[str]:
    membership = metrics.membership
    if membership is None:
        return
    if membership.found:
        low, high = membership.distance.interval
        yield (
            "The set reveals which images its model was fitted on: by the nearest synthetic image, "
            "a training image is distinguished from a held-out one in "
            f"{percent(membership.distance.auc)} of cases (95% interval {percent(low)} to "
            f"{percent(high)}, 50% by chance). {IF_PRIVATE}"
        )
    elif names := membership.recognized_classes:
        yield (
            "The set reveals which images of single classes its model was fitted on: "
            f"{listed(names)}. {IF_PRIVATE}"
        )


def _with_features(metrics: Evaluation) -> str:
    """Return the filter's features that match those of the evaluation, as a phrase."""
    network = metrics["memorized"].features
    feature_names = [name for name, (size, _) in NETWORKS.items() if network == f"imagenet-{size}"]
    return f" and {feature_names[0]} as its features" if feature_names else ""


def _labels(metrics: Evaluation) -> Iterator[str]:
    low_agreement = {
        name: class_metrics["agreement"].value or 0.0
        for name, class_metrics in metrics.by_class.items()
        if _below(class_metrics, CLASS_BELOW)
    }
    if labels_fail(metrics) or low_agreement:
        worst = sorted(low_agreement, key=lambda name: low_agreement[name])
        worst_text = f" Worst: {listed([f'{n} ({percent(low_agreement[n])})' for n in worst])}."
        yield (
            "Labels are often wrong: an independent classifier assigns many images to another "
            "class than their label, significantly more than of real test images."
            f"{worst_text if worst else ''} Synthesize the set again with "
            "the filter agreement=0.5, or fit the model for longer."
        )


def _variety(metrics: Evaluation) -> Iterator[str]:
    recall = trusted(metrics, "recall")
    if is_low(metrics, "recall") and recall and recall.real:
        yield (
            f"The set lacks variety: it covers {percent(recall.value)} of the real images, where "
            f"the same number of real images covers {percent(recall.real)}. A classifier can't "
            "learn the missing part from it."
        )
