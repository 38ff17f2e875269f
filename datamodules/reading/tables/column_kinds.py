"""Classifies columns by name: classes, groups, predictions, or other information on an image."""

import re
from unicodedata import normalize

from datamodules.reading.folders.class_folders import WORDS
from datamodules.reading.tables.columns import GROUP_COLUMNS, LABEL_COLUMNS, plain

# Parts of the names of class columns in several languages, in addition to LABEL_COLUMNS.
CLASSES = re.compile(
    r"label|etikett?|etiquet|^class|klass|^clase|categ|kateg|diagnos|befund|finding|hallazgo"
    r"|species|especie|esp[eè]ce|gattung|^genus|sorte|variet|cultivar|breed|rasse$"
    r"|disease|krankheit|enfermedad|maladie|malattia|doen[cç]a|^(?:patho|histo)log"
    r"|phenotyp|ph[aä]notyp|genotyp|grad(?:e|es|ing|o)?$|severity|schwere"
    r"|^art$|(?:tier|pflanzen|vogel|baum|pilz)art$|^truth|groundtruth|^target|^annotation"
)
# The subset that describes a patient or sample, not a class.
FINDINGS = re.compile(
    r"diagnos|befund|finding|hallazgo|disease|krankheit|enfermedad|maladie|malattia|doen[cç]a"
    r"|^dx$|^label|etikett?|etiquet|target|truth|annotation|grad(?:e|es|ing|o)?$|severity|schwere"
    r"|phenotyp|ph[aä]notyp|genotyp|^(?:patho|histo)log"
)
# Words in the names of columns with other information about images, rarely their classes.
_NOTES = """
sex gender geschlecht sexe sexo sesso age alter edad race ethnicity weight height gewicht smoker
bmi birth geburt date datum fecha data time zeit uhrzeit year jahr month monat day tag week
visit session sitzung season timepoint camera kamera device gerät geraet scanner machine vendor
sensor manufacturer hersteller microscope mikroskop magnification zoom lens hospital clinic
klinik krankenhaus center centre zentrum site standort ort place location lokalisation room raum
lab city country land region state latitude longitude lat lon gps photographer fotograf author
operator reader rater annotator labeler labeller observer untersucher arzt doctor user editor
source quelle origin herkunft license licence lizenz url link width breite höhe size größe
groesse format extension channels depth mode dpi resolution auflösung bytes md5 sha1 sha256 hash
checksum seed confidence score certainty probability view ansicht projection side seite eye auge
laterality pose orientation position angle winkel quality qualität blur light licht lighting
weather wetter background hintergrund comment comments kommentar note notes notiz bemerkung
caption text description beschreibung title titel remark remarks version slice frame tile
station superclass supercategory superklasse oberklasse coarse supercategoria folder folders
ordner directory dir dossier carpeta cartella path pfad file datei index nr number nummer count
anzahl
"""
NOTES = frozenset(_NOTES.split())
# Names of columns that hold groups or, just as often, classes: `control` and `treated`.
UNCLEAR = frozenset(("group", "part"))
# In addition to the words in names of class folders.
GROUP_WORDS = (
    *("wells?", "plates?", "batch(?:es)?", "samples?", "proben?", "biops(?:y|ies)", "tiere?"),
    *("maus", "lots?", "dish(?:es)?", "fov", "scenes?", "bursts?", "sequences?", "videos?"),
    *("clips?", "tracks?"),
)
GROUP = re.compile(
    rf"(?:{'|'.join((*WORDS, *GROUP_WORDS))})(?:in)?(?:ids?|nr|no|num|number|nummer|name|code)?"
)
# Words in the names of tables that hold predictions instead of labels, in those of tables that may
# hold placeholders, and in those of such columns.
PREDICTED = re.compile(r"submi(?:t|ssion)|predict|preds?(?![a-z])", re.I)
NOT_TRUE = re.compile(rf"{PREDICTED.pattern}|sample", re.I)
NOT_TRUE_COLUMN = re.compile(rf"{NOT_TRUE.pattern}|result|baseline", re.I)


def is_of_classes(column: str) -> bool:
    """Return whether a column's name, in one of several languages, stands for classes.

    Example:
        >>> [is_of_classes(c) for c in ("Hauptbefund", "tumor_grade", "diagnosis_date", "lens")]
        [True, True, False, False]
    """
    if plain(column) in {plain(usual) for usual in LABEL_COLUMNS}:
        return True
    return not is_note(column) and any(CLASSES.search(word) for word in _words(column))


def is_finding(column: str) -> bool:
    """Return whether a column's name stands for classes of patients or samples.

    Example:
        >>> is_finding("Diagnose"), is_finding("genus")
        (True, False)
    """
    return is_of_classes(column) and any(FINDINGS.search(word) for word in _words(column))


def is_of_groups(column: str) -> bool:
    """Return whether a column's name stands for groups, such as patients.

    Example:
        >>> [is_of_groups(c) for c in ("Patienten-Nr", "slide_id", "subject", "species")]
        [True, True, True, False]
    """
    name = plain(column)
    return name in {plain(usual) for usual in GROUP_COLUMNS} or bool(GROUP.fullmatch(name))


def is_note(column: str) -> bool:
    """Return whether a column's name stands for something other than classes and groups.

    Example:
        >>> is_note("cameraModel"), is_note("befund")
        (True, False)
    """
    return bool(NOTES & {*_words(column)})


def may_be_of_classes(column: str) -> bool:
    """Return whether a column may hold classes, judged by its name."""
    group = is_of_groups(column) and plain(column) not in UNCLEAR
    return is_of_classes(column) or not (is_note(column) or group)


def _words(column: str) -> list[str]:
    separated = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", normalize("NFC", column))
    return re.findall(r"[^\W_]+", separated.lower())
