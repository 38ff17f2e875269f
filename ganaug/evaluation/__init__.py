"""Measuring synthetic images: are they like the real ones, do they show what was asked for."""

from ganaug.evaluation.agreement import Agreement, agreement
from ganaug.evaluation.features import domain_features, train_domain_network
from ganaug.evaluation.fidelity import figures, figures_by_class
from ganaug.evaluation.figure import Figure, Floor
from ganaug.evaluation.imagenet import ImageNetFeatures
from ganaug.evaluation.inception import InceptionFeatures
from ganaug.evaluation.listing import images_folder, list_synthetic
from ganaug.evaluation.manifold import Manifold, manifold
from ganaug.evaluation.memorization import Memorization, Pair, TrainingMemory
from ganaug.evaluation.monitor import FidelityMonitor
from ganaug.evaluation.networks import DomainNetwork, FeatureNetwork, MapNetwork, TrainingReport
from ganaug.evaluation.report import Findings, check_metrics_file, picture_file, write_metrics
from ganaug.evaluation.sides import Described, Sides, describe, describe_real
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
