"""Expanding a data set: how many images of each class, drawing them, writing them."""

from ganaug.synthesis.draw import BATCH_SIZE, Batch, check_classes, draw, image_seed
from ganaug.synthesis.export import RealImages, export
from ganaug.synthesis.naming import class_name_of, folder_name
from ganaug.synthesis.quotas import parse_strategy, plan
from ganaug.synthesis.translation import translate
from ganaug.synthesis.writer import check_out

__all__ = [
    "BATCH_SIZE",
    "Batch",
    "RealImages",
    "check_classes",
    "check_out",
    "class_name_of",
    "draw",
    "export",
    "folder_name",
    "image_seed",
    "parse_strategy",
    "plan",
    "translate",
]
