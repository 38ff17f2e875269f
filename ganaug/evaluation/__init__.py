"""Measuring synthetic images: are they like the real ones, do they show what was asked for."""

from ganaug.evaluation.agreement import Agreement, agreement
from ganaug.evaluation.features import domain_features, train_domain_network
from ganaug.evaluation.fidelity import FidelityMonitor, Figure, Floor, figures
from ganaug.evaluation.inception import InceptionFeatures
from ganaug.evaluation.listing import images_folder, list_synthetic
from ganaug.evaluation.manifold import Manifold, manifold
from ganaug.evaluation.memorization import Memorization, TrainingMemory
from ganaug.evaluation.networks import DomainNetwork, FeatureNetwork, TrainingReport
from ganaug.evaluation.overlap import overlaps
from ganaug.evaluation.report import Findings, check_metrics_file, table, write_metrics

__all__ = [
    "Agreement",
    "DomainNetwork",
    "FeatureNetwork",
    "FidelityMonitor",
    "Figure",
    "Findings",
    "Floor",
    "InceptionFeatures",
    "Manifold",
    "Memorization",
    "TrainingMemory",
    "TrainingReport",
    "agreement",
    "check_metrics_file",
    "domain_features",
    "figures",
    "images_folder",
    "list_synthetic",
    "manifold",
    "overlaps",
    "table",
    "train_domain_network",
    "write_metrics",
]
