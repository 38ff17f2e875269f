"""Small replicas of public image sets, as unzipped, with classes given by folders."""


def cats_and_dogs(a):
    for kind in ("cats", "dogs"):
        a.images(f"training_set/training_set/{kind}", 20)
        a.images(f"test_set/test_set/{kind}", 5)


def chest_xray(a):
    for copy in ("chest_xray/chest_xray", "chest_xray"):
        a.number = 0
        for split, count in (("train", 12), ("val", 2), ("test", 4)):
            for kind in ("NORMAL", "PNEUMONIA"):
                a.images(f"{copy}/{split}/{kind}", count)
    a.images("chest_xray/__MACOSX/chest_xray/train/NORMAL", 2, "._{:03}.png")


def flowers(a):
    for kind in ("daisy", "rose", "tulip"):
        a.images(f"flowers/flowers/{kind}", 20)


def busi(a):
    for kind in ("benign", "malignant", "normal"):
        for name in ("({})", "({})_mask"):
            a.images(f"Dataset_BUSI_with_GT/{kind}", 20, f"{kind} {name}.png", 1)
    a.images("Dataset_BUSI_with_GT/benign", 2, "benign ({})_mask_1.png", 1)


def eurosat(a):
    for kind in ("AnnualCrop", "Forest", "River"):
        a.images(f"EuroSAT/2750/{kind}", 20, f"{kind}_{{}}.jpg", 1)


def intel(a):
    for kind in ("forest", "sea"):
        a.images(f"seg_train/seg_train/{kind}", 20)
        a.images(f"seg_test/seg_test/{kind}", 5)
    a.images("seg_pred/seg_pred", 6)


def brain_mri(a):
    for kind in ("glioma", "notumor"):
        a.images(f"Training/{kind}", 20, "Tr-{:04}.jpg")
        a.images(f"Testing/{kind}", 5, "Te-{:04}.jpg")


def leaves_with_masks(a):
    for kind in ("healthy", "rust"):
        a.images(f"{kind}/images", 20)
        a.images(f"{kind}/masks", 20)


def face_masks(a):
    for kind in ("with_mask", "without_mask", "mask"):
        a.images(f"data/{kind}", 20)


def pytorch_tutorial(a):
    for kind in ("ants", "bees"):
        a.images(f"hymenoptera_data/train/{kind}", 20)
        a.images(f"hymenoptera_data/val/{kind}", 6)


def flat_test(a):
    for kind in ("ants", "bees"):
        a.images(f"train/{kind}", 20)
    a.images("test", 7)


def voc_crops(a):
    for kind in ("bicycle", "person"):
        a.images(f"VOC2012_crops/train/{kind}", 20)
        a.images(f"VOC2012_crops/val/{kind}", 4)
    a.images("VOC2012_crops/SegmentationClass", 3)


def stl10(a):
    for kind in ("cat", "ship"):
        a.images(f"train/{kind}", 20)
        a.images(f"test/{kind}", 4)
    a.images("unlabeled", 9)


def caltech(a):
    for kind in ("accordion", "BACKGROUND_Google"):
        a.images(f"caltech-101/101_ObjectCategories/{kind}", 20, "image_{:04}.jpg")
    a.images("caltech-101/Annotations/accordion", 20, "annotation_{:04}.png")


def celeba(a):
    a.images("img_align_celeba/img_align_celeba", 30, "{:06}.jpg", 1)


def mvtec_bottle(a):
    a.images("bottle/train/good", 20)
    for kind in ("good", "broken_large"):
        a.images(f"bottle/test/{kind}", 4)
    a.images("bottle/ground_truth/broken_large", 4, "{:03}_mask.png")


def mvtec(a):
    for kind in ("bottle", "cable"):
        a.images(f"{kind}/train/good", 20)
        a.images(f"{kind}/test/cut", 4)
        a.images(f"{kind}/ground_truth/cut", 4, "{:03}_mask.png")


def extra_beside_splits(a):
    for kind in ("cat", "dog"):
        a.images(f"train/{kind}", 20)
        a.images(f"test/{kind}", 4)
        a.images(f"more pictures/{kind}", 4)


def test_and_validation_alone(a):
    for split in ("test", "validation"):
        a.images(f"{split}/cat", 10)
        a.images(f"{split}/dog", 10)


def nuclei(a):
    for index in range(12):
        a.images(f"stage1_train/{index:08x}/images", 1)
        a.images(f"stage1_train/{index:08x}/masks", 3)


def dogs_vs_cats(a):
    for kind in ("cat", "dog"):
        a.images("train", 20, f"{kind}.{{}}.jpg")
    a.images("test1", 6, "{}.jpg", 1)


def oxford_pets(a):
    for kind in ("Abyssinian", "beagle", "great_pyrenees"):
        a.images("images", 20, f"{kind}_{{}}.jpg", 1)
        a.images("annotations/trimaps", 20, f"{kind}_{{}}.png", 1)


def test_next_to_classes(a):
    for kind in ("cat", "dog"):
        a.images(kind, 20)
    a.images("test", 6)


def annotations_next_to_classes(a):
    for kind in ("cat", "dog", "annotations"):
        a.images(kind, 20, f"{kind}-{{}}.png")


def plant_village(a):
    """The archive also has a second copy of all class folders next to them."""
    for copy in ("PlantVillage", "PlantVillage/PlantVillage"):
        a.number = 0
        for kind in ("Tomato_blight", "Tomato_healthy"):
            a.images(f"{copy}/{kind}", 20)


def with_thumbnails(a):
    for kind in ("cat", "dog"):
        a.images(kind, 20)
        a.images(f"{kind}/thumbnails", 20)


def patients_in_classes(a):
    for kind, patients in (("benign", "ABC"), ("malignant", "DE")):
        for patient in patients:
            a.images(f"{kind}/{patient}", 10)


def blood_cells(a):
    for split, count in (("TRAIN", 12), ("TEST", 4)):
        for kind in ("EOSINOPHIL", "LYMPHOCYTE"):
            a.images(f"dataset2-master/dataset2-master/images/{split}/{kind}", count)
    a.images("dataset-master/dataset-master/JPEGImages", 5)


def office_31(a):
    for domain in ("amazon", "dslr", "webcam"):
        for kind in ("bike", "mug"):
            a.images(f"{domain}/images/{kind}", 10)


def folds(a):
    for fold in range(3):
        for kind in ("cat", "dog"):
            a.images(f"fold{fold}/{kind}", 10)


# By set: the numbers of training images, and of validation and test images if it has them.
READ = {
    plant_village: ({"Tomato_blight": 16, "Tomato_healthy": 16}, {}),
    with_thumbnails: ({"cat": 16, "dog": 16}, {}),
    patients_in_classes: ({"benign": 24, "malignant": 16}, {}),
    cats_and_dogs: ({"cats": 18, "dogs": 18}, {"cats": 5, "dogs": 5}),
    chest_xray: ({"NORMAL": 12, "PNEUMONIA": 12}, {"NORMAL": 4, "PNEUMONIA": 4}),
    flowers: ({"daisy": 16, "rose": 16, "tulip": 16}, {"daisy": 2, "rose": 2, "tulip": 2}),
    busi: ({"benign": 16, "malignant": 16, "normal": 16}, None),
    eurosat: ({"AnnualCrop": 16, "Forest": 16, "River": 16}, None),
    intel: ({"forest": 18, "sea": 18}, {"forest": 5, "sea": 5}),
    brain_mri: ({"glioma": 18, "notumor": 18}, {"glioma": 5, "notumor": 5}),
    leaves_with_masks: ({"healthy": 16, "rust": 16}, None),
    face_masks: ({"mask": 16, "with_mask": 16, "without_mask": 16}, None),
    pytorch_tutorial: ({"ants": 18, "bees": 18}, {"ants": 2, "bees": 2}),
    flat_test: ({"ants": 16, "bees": 16}, {"ants": 2, "bees": 2}),
    voc_crops: ({"bicycle": 18, "person": 18}, {"bicycle": 2, "person": 2}),
    stl10: ({"cat": 18, "ship": 18}, {"cat": 4, "ship": 4}),
    celeba: ({"img_align_celeba": 24}, None),
}

# By set: words that its error must contain, first folders and then the arguments to set.
REFUSED = {
    blood_cells: ["dataset2-master", "root", "dataset2-master/images'"],
    office_31: ["'amazon', 'dslr', 'webcam'", "'bike', 'mug'", "classes", "labels"],
    folds: ["'fold0', 'fold1', 'fold2'", "'cat', 'dog'", "classes", "labels"],
    mvtec_bottle: ("test folder", "broken_large", "classes", "ignore"),
    mvtec: ("'bottle', 'cable'", "give root"),
    extra_beside_splits: ("'more pictures'", "'test', 'train'", "ignore", "classes"),
    test_and_validation_alone: ("'test', 'validation'", "no train", "root"),
    nuclei: ("12 folders of one image each", "labels", "classes"),
    dogs_vs_cats: ("cat (20), dog (20)", "labels", "classes"),
    oxford_pets: ("abyssinian (20), beagle (20)", "labels", "classes"),
    test_next_to_classes: ("'test'", "'cat', 'dog'", "ignore", "classes"),
    annotations_next_to_classes: ("'annotations'", "'cat', 'dog'", "ignore", "classes"),
    caltech: ("'101_ObjectCategories'", "'Annotations'"),
}
