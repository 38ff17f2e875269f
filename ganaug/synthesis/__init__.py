"""Expanding a data set: a plan, makers, gates, and a folder that is whole or goes on."""

from ganaug.synthesis.expand import expand, plain_trainer
from ganaug.synthesis.filters.base import AgreementGate, MemoryGates
from ganaug.synthesis.filters.discriminator import RealismGate, RejectionGate
from ganaug.synthesis.filters.duplicates import Sketcher
from ganaug.synthesis.plan import parse_strategy, plan, read_plan
from ganaug.synthesis.sources.base import Batch, image_seed
from ganaug.synthesis.sources.classical import Classical
from ganaug.synthesis.sources.generator import Drawing, check_classes
from ganaug.synthesis.sources.real import Originals, RealImages
from ganaug.synthesis.sources.smote import Smote, check_pair
from ganaug.synthesis.sources.translator import Translation
from ganaug.synthesis.verification import verify
from ganaug.synthesis.writer.naming import class_name_of, folder_name

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
