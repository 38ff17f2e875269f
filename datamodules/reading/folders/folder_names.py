"""The usual meanings of folder and file names: splits, images, masks."""

import re
from collections.abc import Collection, Mapping
from unicodedata import normalize

# If a set has several of these, the first is its test split and another is for validation.
TESTS = {
    **dict.fromkeys(("test", "testing", "tst"), 1),
    **dict.fromkeys(("holdout", "heldout"), 2),
    **dict.fromkeys(("eval", "evaluation"), 3),
}
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev", "vld"), "validation"),
    **dict.fromkeys(TESTS, "test"),
}
# Words in other languages, which are refused instead of read as splits.
OTHER_TRAIN = re.compile(
    r"train(?:ing)?|trainings?[ _-]?(?:daten|bilder|menge|satz|datensatz|set)|entra[iî]nement"
    r"|apprentissage|entrena(?:miento|r)|addestramento|allenamento|trein(?:o|amento|ing)"
    r"|träning|trening(?:ow[aey])?|uczenie|e[gğ]itim|обуч(?:ение|ающ\w+)|трениров(?:ка|очн\w+)"
    r"|(?:训练|訓練|学習|학습|훈련)(?:集|用|数据|數據|データ|용|데이터)?"
)
OTHER_TESTS = re.compile(
    r"test(?:ing)?|test[ _-]?(?:daten|bilder|menge|satz|datensatz|set)"
    r"|pr(?:ü|ue?)f(?:ung|daten|bilder|menge|satz)"
    r"|validierung|validierungs[ _-]?(?:daten|bilder|menge|satz|datensatz|set)"
    r"|val(?:id(?:ation)?)?|essai|pruebas?|validaci[oó]n|validazione|prova|teste|valida[cç][aã]o"
    r"|validatie|toets|testen|probar|validering|testow[aey]|walidac(?:ja|yjn[aey])|do[gğ]rulama"
    r"|тест(?:ов\w+)?|валидаци\w+|проверка"
    r"|(?:测试|測試|验证|驗證|テスト|検証|테스트|검증)(?:集|用|数据|數據|データ|용|데이터)?"
)
FILLERS = frozenset(
    ("set", "data", "dataset", "image", "images", "img", "imgs", "seg", "split", "final")
)
JOINED = re.compile(r"(?:set|data|dataset|images?|lists?)$")
# Training and validation in one; it is the training split unless another name says train.
BOTH = re.compile(r"(?<![^\W\d_])train[\W_]*(?:and[\W_]*)?val(?:id|idation)?(?![^\W\d_])")
THUMBNAILS = frozenset(("thumbnail", "thumbnails", "thumb", "thumbs", "preview", "previews"))
UNLABELED = frozenset(("unlabeled", "unlabelled", "pred", "predict", "prediction", "unknown"))
FORMATS = frozenset(("png", "jpg", "jpeg", "tif", "tiff", "bmp"))
IMAGES = frozenset(
    ("image", "images", "img", "imgs", "jpegimages", "originals", "original", "photos", "pictures")
)
MASKS = frozenset(
    (
        *("mask", "masks", "groundtruth", "gt", "annotation", "annotations", "label", "labels"),
        *("segmentation", "segmentations", "seg", "trimap", "trimaps", "superpixels"),
        *("segmentationclass", "segmentationobject", "binarymask", "manualmask"),
    )
)
NEGATIONS = frozenset(("no", "not", "non", "without", "with"))
# Folders in which programs write a picture for each image next to them.
DERIVED = frozenset(("segmented", "overlay", "overlays", "outlines", "annotated"))
MASK_FILE = re.compile(
    r"(?P<image>.+?)[ _.-]+"
    r"(?:mask|seg|segmentation|gt|ground_?truth|label|annotation|superpixel|overlay)s?"
    r"(?:[ _-]*\d+)?",
    re.IGNORECASE,
)


def split_of(name: str) -> str | None:
    """Return the split that a folder's name stands for, if any.

    Example:
        >>> split_of("training_set"), split_of("TestImages"), split_of("val2017"), split_of("bus")
        ('train', 'test', 'validation', None)
    """
    return SPLIT_WORDS.get(_split_word(name))


def splits_among(names: Collection[str], of: str | None = None) -> dict[str, str]:
    """Return the split of each name that stands for one, judged together with its sibling names.

    Args:
        names: The sibling names. Those that differ only in a word for a split, and in numbers,
            stand for splits; other names have no effect.
        of: One of the names; limits the result to the splits of its set if there may be several.

    Example:
        >>> splits_among(["train", "eval", "test", "bus"])
        {'train': 'train', 'eval': 'validation', 'test': 'test'}
        >>> splits_among(["roses_80_train", "roses_20_test", "samples", "test_tubes"])
        {'roses_80_train': 'train', 'roses_20_test': 'test'}
        >>> splits_among(["train_val_list", "test_list"])
        {'train_val_list': 'train', 'test_list': 'test'}
        >>> splits_among(["train", "val", "trainval", "test"])
        {'train': 'train', 'val': 'validation', 'test': 'test'}
    """
    words = {name: _split_word(name) for name in names}
    if not all(word in SPLIT_WORDS for word in words.values()):
        sets = [members for members in _sets_among(names) if of is None or of in members]
        clear = [members for members in sets if _is_clear(members)]
        if len(clear) == 1:
            words = {name: clear[0][name] for name in names if name in clear[0]}
    splits = {name: SPLIT_WORDS[word] for name, word in words.items() if word in SPLIT_WORDS}
    ranks = {name: TESTS[words[name]] for name, split in splits.items() if split == "test"}
    other = "" if "validation" in splits.values() else "validation"
    splits |= {name: other for name, rank in ranks.items() if rank > min(ranks.values())}
    return {name: split for name, split in splits.items() if split}


def names_of_splits(names: Collection[str]) -> set[str]:
    """Return the names to which `splits_among` assigns a split, over all sets.

    Example:
        >>> sorted(names_of_splits(["a_train", "a_test", "b_train", "b_test", "notes"]))
        ['a_test', 'a_train', 'b_test', 'b_train']
    """
    return {name for members in _sets_among(names) if _is_clear(members) for name in members}


def doubtful_splits(names: Collection[str]) -> list[str]:
    """Return the names that look like splits of several sets, or of parts of a set.

    Example:
        >>> doubtful_splits(["roses_train", "roses_test", "lilies_train", "lilies_test", "samples"])
        ['roses_train', 'roses_test', 'lilies_train', 'lilies_test']
        >>> doubtful_splits(["steam_train", "test_tubes"])
        []
        >>> doubtful_splits(["Trainingsdaten", "Testdaten"])
        ['Trainingsdaten', 'Testdaten']
    """
    if are_translated_splits(names):
        return [*names]
    return [name for members in _sets_among(names) for name in members]


def are_translated_splits(names: Collection[str]) -> bool:
    """Return whether names stand for splits, including train, in one of several languages.

    Example:
        >>> are_translated_splits(["entrenamiento", "prueba"])
        True
        >>> are_translated_splits(["Prüfung", "Validierung"])
        False
    """
    plain = [normalize("NFC", name).lower() for name in names]
    training = [bool(OTHER_TRAIN.fullmatch(name)) for name in plain]
    is_split = [t or bool(OTHER_TESTS.fullmatch(n)) for t, n in zip(training, plain, strict=True)]
    return any(training) and not all(training) and all(is_split)


def splits_in_other_words(names: Collection[str]) -> list[str]:
    """Return names with words for splits, including train, if at least one is not English.

    Example:
        >>> splits_in_other_words(["etiquetas_entrenamiento", "etiquetas_prueba", "clases"])
        ['etiquetas_entrenamiento', 'etiquetas_prueba']
        >>> splits_in_other_words(["train_labels", "test_labels"])
        []
    """
    training = [name for name in names if _holds(OTHER_TRAIN, name)]
    tests = [name for name in names if _holds(OTHER_TESTS, name) and name not in training]
    matching = [*training, *tests]
    # Of `Training`, `Validierung` and `Test`, only the second is not English.
    strange = any(not SPLIT_WORDS.keys() & {*_words(_separated(name))} for name in matching)
    return matching if training and tests and strange else []


def _holds(pattern: re.Pattern[str], name: str) -> bool:
    plain = normalize("NFC", _separated(name))
    return any(pattern.fullmatch(word) for word in (plain, *re.findall(r"[^\W\d_]+", plain)))


def _sets_among(names: Collection[str]) -> list[dict[str, str]]:
    """Return the names of each set that has training data, with each name's word for its split."""
    sets: dict[tuple[str, ...], dict[str, str]] = {}
    for name in sorted(names, key=_is_for_both):
        # Without numbers; "hold out" is one word.
        plain = re.sub(r"hold[\W_]+out", "holdout", BOTH.sub("train", _separated(name)))
        parts = re.findall(r"[^\W\d_]+", plain)
        parts = [part for part in map(_without_ending, parts) if part not in FILLERS]
        for index, word in enumerate(parts):
            if word in SPLIT_WORDS:
                other_words = tuple(sorted(parts[:index] + parts[index + 1 :]))
                members = sets.setdefault(other_words, {})
                known_splits = {SPLIT_WORDS[other] for other in members.values()}
                if not (_is_for_both(name) and "train" in known_splits):
                    members[name] = word
    training_sets = []
    for other_words, members in sets.items():
        splits = {SPLIT_WORDS[word] for word in members.values()}
        # A single `train80` is a training split, but a single `steam_train` may be anything.
        if "train" in splits and (len(splits) > 1 or (len(names) == 1 and not other_words)):
            training_sets.append(members)
    return training_sets


def _is_clear(words: Mapping[str, str]) -> bool:
    """Return whether each name of a set stands for a different split."""
    return len({*map(_meaning, words.values())}) == len(words)


def _is_for_both(name: str) -> bool:
    """Return whether a name stands for training and validation images together."""
    return bool(BOTH.search(_separated(name)))


def _meaning(word: str) -> tuple[str, int]:
    return SPLIT_WORDS[word], TESTS.get(word, 0)


def _without_ending(word: str) -> str:
    return cut if (cut := JOINED.sub("", word)) in SPLIT_WORDS else word


def _split_word(name: str) -> str:
    """Return the only word of a name that may stand for a split, "" if there are several."""
    words = _words(re.sub(r"(?:19|20)\d\d$", "", _separated(name)))
    # `train2` may be a class next to `train1`, but contests name their test images `test1`.
    words = [re.sub(r"(?<=test)\d$", "", word) for word in words]
    words = [_without_ending(word) for word in words]
    if words[-2:] == ["hold", "out"]:
        words[-2:] = ["holdout"]
    significant = [word for word in words if word not in FILLERS]
    return significant[0] if len(significant) == 1 else ""


def _separated(name: str) -> str:
    """Return a name in lower case, without a letter that numbers it, and with words separated."""
    name = re.sub(r"^[A-Za-z][.)]\s+", "", name)  # `a. Training Set`
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def is_unlabeled(name: str) -> bool:
    """Return whether a folder's name says that its images have no class."""
    return any(word in UNLABELED for word in _words(name))


def is_images(name: str) -> bool:
    """Return whether a folder's name only says that it holds images."""
    return "".join(_words(name)) in IMAGES


def is_thumbnails(name: str) -> bool:
    """Return whether a folder is named after thumbnails of the images next to it."""
    return "".join(_words(name)) in THUMBNAILS


def is_masks(name: str) -> bool:
    """Return whether a folder is named after masks or annotations.

    Example:
        >>> is_masks("ground_truth"), is_masks("01_BinaryMask"), is_masks("with_mask")
        (True, True, False)
    """
    words = _words_after_number(name)
    if NEGATIONS & {*words[:1]}:
        return False
    name = "".join(word for word in words if word not in FORMATS | IMAGES)
    return name in MASKS or words[-1:] == ["masks"]


def _words_after_number(name: str) -> list[str]:
    """Return the words of `02_labels` or `102segmentations`, without the number."""
    return _words(re.sub(r"^[\W\d_]+", "", _separated(name)))


def is_derived(name: str) -> bool:
    """Return whether a folder may hold pictures made from the images next to it."""
    return name.lower() in DERIVED


def are_with_and_without(masks: Collection[str], others: Collection[str]) -> bool:
    """Return whether names of masks and others are classes: with masks and without, or labels.

    Example:
        >>> are_with_and_without(["label"], ["no label"])
        True
        >>> are_with_and_without(["label"], ["images", "old_labels"])
        False
    """
    words = [_words_after_number(name) for name in masks]
    opposites = [_words_after_number(name) for name in others]
    plain = [[w for w in o if w not in NEGATIONS] for o in opposites]
    return any("mask" in name.lower() for name in others) or any(
        o != p and p in words for o, p in zip(opposites, plain, strict=True)
    )


def image_of_mask(stem: str, stems: Collection[str]) -> str | None:
    """Return the name of the image that a mask belongs to, without extension, or None.

    Example:
        >>> image_of_mask("benign (1)_mask_1", {"benign (1)"})
        'benign (1)'
    """
    match = MASK_FILE.fullmatch(stem)
    return match["image"] if match and match["image"] in stems else None


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", name.lower()) if word]
