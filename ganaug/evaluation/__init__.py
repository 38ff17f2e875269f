"""Measuring synthetic images: are they like the real ones, do they show what was asked for."""

from ganaug.evaluation.features.domain import domain_features, train_domain_network
from ganaug.evaluation.features.feature_set import Described, Sides, describe, describe_real
from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.evaluation.features.inception import InceptionFeatures
from ganaug.evaluation.features.networks import (
    DomainNetwork,
    FeatureNetwork,
    MapNetwork,
    TrainingReport,
)
from ganaug.evaluation.listing import images_folder, list_synthetic
from ganaug.evaluation.memorization.detector import Memorization, Pair, TrainingMemory
from ganaug.evaluation.metrics.agreement import Agreement, agreement
from ganaug.evaluation.metrics.measure import figures, figures_by_class
from ganaug.evaluation.metrics.prdc import Manifold, manifold
from ganaug.evaluation.metrics.result import Figure, Floor
from ganaug.evaluation.metrics_file import Findings, check_metrics_file, picture_file, write_metrics
from ganaug.evaluation.monitor import FidelityMonitor
from ganaug.evaluation.table import table

__all__ = [
    "Agreement",
    "Described",
    "DomainNetwork",
    "FeatureNetwork",
    "FidelityMonitor",
    "Figure",
    "Findings",
    "Floor",
    "ImageNetFeatures",
    "InceptionFeatures",
    "Manifold",
    "MapNetwork",
    "Memorization",
    "Pair",
    "Sides",
    "TrainingMemory",
    "TrainingReport",
    "agreement",
    "check_metrics_file",
    "describe",
    "describe_real",
    "domain_features",
    "figures",
    "figures_by_class",
    "images_folder",
    "list_synthetic",
    "manifold",
    "picture_file",
    "table",
    "train_domain_network",
    "write_metrics",
]
