"""Expanding a data set: a plan, makers, gates, and a folder that is whole or goes on."""

from ganaug.synthesis.classical import Classical
from ganaug.synthesis.critics import RealismGate, RejectionGate
from ganaug.synthesis.draw import Drawing, check_classes
from ganaug.synthesis.duplicates import Sketcher
from ganaug.synthesis.expand import expand, plain_trainer
from ganaug.synthesis.gates import AgreementGate, MemoryGates
from ganaug.synthesis.makers import Batch, image_seed
from ganaug.synthesis.naming import class_name_of, folder_name
from ganaug.synthesis.quotas import parse_strategy, plan, read_plan
from ganaug.synthesis.real import Originals, RealImages
from ganaug.synthesis.smote import Smote, check_pair
from ganaug.synthesis.translation import Translation
from ganaug.synthesis.verification import verify

__all__ = [
    "AgreementGate",
    "Batch",
    "Classical",
    "Drawing",
    "MemoryGates",
    "Originals",
    "RealImages",
    "RealismGate",
    "RejectionGate",
    "Sketcher",
    "Smote",
    "Translation",
    "check_classes",
    "check_pair",
    "class_name_of",
    "expand",
    "folder_name",
    "image_seed",
    "parse_strategy",
    "plain_trainer",
    "plan",
    "read_plan",
    "verify",
]
