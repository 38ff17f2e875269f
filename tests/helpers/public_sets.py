"""Public image sets as they unzip, rebuilt small: their folders, names and label files."""

from collections import Counter
from pathlib import PurePosixPath

from helpers.image_folders import write


class Archive:
    """Writes files of a set below a folder; every image differs unless it is a second copy."""

    def __init__(self, root):
        self.root, self.number = root, 0

    def images(self, folder, count, name="{:03}.png", first=0):
        for index in range(first, first + count):
            self.number += 1
            write(self.root / folder / name.format(index), self.number)

    def text(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")


def by_class(data, split):
    """Count the images of a split by class, and check that each lies where its class says."""
    found = Counter(data.class_names[k] for k in data.images(split)[1].tolist())
    return dict(found)


def below(root, path):
    return PurePosixPath(path).relative_to(PurePosixPath(str(root))).as_posix()


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


def ucmerced(a):
    for kind in ("agricultural", "airplane", "beach"):
        a.images(f"UCMerced_LandUse/Images/{kind}", 20, f"{kind}{{:02}}.tif")
    a.text("UCMerced_LandUse/readme.txt", "Land use")


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


def covid_radiography(a):
    top = "COVID-19_Radiography_Dataset"
    for kind in ("COVID", "Normal"):
        a.images(f"{top}/{kind}/images", 20, f"{kind}-{{}}.png", 1)
        a.images(f"{top}/{kind}/masks", 20, f"{kind}-{{}}.png", 1)
        a.text(f"{top}/{kind}.metadata.xlsx", "x")
    a.text(f"{top}/README.md.txt", "x")


def kvasir_seg(a):
    a.images("Kvasir-SEG/images", 20)
    a.images("Kvasir-SEG/masks", 20)
    a.text("Kvasir-SEG/kavsir_bboxes.json", "{}")


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


def pet_images(a):
    for kind in ("Cat", "Dog"):
        a.images(f"PetImages/{kind}", 20, "{}.jpg")
        a.text(f"PetImages/{kind}/Thumbs.db", "x")
    a.text("readme[1].txt", "x")
    a.text("MSR-LA - 3467.docx", "x")


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


def hugging_face(a):
    for split, count in (("train", 20), ("test", 5)):
        a.images(split, count, "{:04}.png")
        rows = [f"{i:04}.png,{'cat' if i % 2 else 'dog'}" for i in range(count)]
        a.text(f"{split}/metadata.csv", "\n".join(["file_name,label", *rows]))


def hugging_face_jsonl(a):
    a.images("images", 20)
    rows = [f'{{"file_name": "images/{i:03}.png", "label": {i % 2}}}' for i in range(20)]
    a.text("metadata.jsonl", "\n".join(rows))


def stylegan(a):
    labels = []
    for folder in ("00000", "00001"):
        a.images(folder, 10, f"img{folder}{{:03}}.png")
        labels += [f'["{folder}/img{folder}{i:03}.png", {i % 2}]' for i in range(10)]
    a.text("dataset.json", f'{{"labels": [{", ".join(labels)}]}}')


def aptos(a):
    a.images("train_images", 20, "{:012x}.png")
    a.images("test_images", 6, "{:012x}.png", 100)
    rows = [f"{i:012x},{i % 2}" for i in range(20)]
    a.text("train.csv", "\n".join(["id_code,diagnosis", *rows]))
    a.text("test.csv", "\n".join(["id_code", *(f"{100 + i:012x}" for i in range(6))]))
    a.text("sample_submission.csv", "id_code,diagnosis\n" + f"{100:012x},0")


def isic_2019(a):
    a.images("ISIC_2019_Training_Input", 20, "ISIC_{:07}.jpg")
    rows = [f"ISIC_{i:07},{1.0 - i % 2},{0.0 + i % 2},0.0" for i in range(20)]
    a.text("ISIC_2019_Training_GroundTruth.csv", "\n".join(["image,MEL,NV,BCC", *rows]))


def dog_breeds(a):
    a.images("train", 20, "{:032x}.jpg")
    a.images("test", 6, "{:032x}.jpg", 500)
    rows = [f"{i:032x},{'boxer' if i % 2 else 'collie'}" for i in range(20)]
    a.text("labels.csv", "\n".join(["id,breed", *rows]))


def roboflow_coco(a):
    for split, count in (("train", 20), ("valid", 6)):
        a.images(split, count, f"{split}_{{:03}}.jpg")
        images = [f'{{"id": {i}, "file_name": "{split}_{i:03}.jpg"}}' for i in range(count)]
        notes = [f'{{"image_id": {i}, "category_id": {i % 2}}}' for i in range(count)]
        names = '{"id": 0, "name": "car"}, {"id": 1, "name": "bus"}'
        parts = (("images", images), ("annotations", notes), ("categories", [names]))
        body = ", ".join(f'"{key}": [{", ".join(each)}]' for key, each in parts)
        a.text(f"{split}/_annotations.coco.json", f"{{{body}}}")


def ham10000(a):
    for part in (1, 2):
        a.images(f"HAM10000_images_part_{part}", 20, f"ISIC_{part}{{:06}}.jpg")
    rows = [
        f"HAM_1,ISIC_{p}{i:06},{'nv' if i % 2 else 'mel'},histo" for p in (1, 2) for i in range(20)
    ]
    a.text("HAM10000_metadata.csv", "\n".join(["lesion_id,image_id,dx,dx_type", *rows]))


def isic_2020(a):
    a.images("train", 20, "ISIC_{:07}.jpg")
    rows = [
        f"ISIC_{i:07},IP_{i},{('nevus', 'melanoma', 'unknown')[i % 3]},{int(i % 3 == 1)}"
        for i in range(20)
    ]
    a.text("train.csv", "\n".join(["image_name,patient_id,diagnosis,target", *rows]))


def nih_chest(a):
    a.images("images", 20, "{:08}_000.png")
    kinds = ("No Finding", "Effusion|Mass", "Mass")
    rows = [f"{i:08}_000.png,{kinds[i % 3]},{i}" for i in range(20)]
    a.text("Data_Entry_2017.csv", "\n".join(["Image Index,Finding Labels,Patient ID", *rows]))


def severity_table(a):
    a.images("images", 20)
    rows = [f"{i:03},{i % 3},{i * 7}" for i in range(20)]
    a.text("info.csv", "\n".join(["id,severity,age", *rows]))


def half_labelled(a):
    a.images("photos", 20)
    rows = [f"{i:03}.png,{'cat' if i % 2 else 'dog'}" for i in range(12)]
    a.text("photos/labels.csv", "\n".join(["filename,label", *rows]))


# Set: images of train, then of validation and test where the set has its own.
def plant_village(a):
    """The archive has all class folders a second time, next to them."""
    for copy in ("PlantVillage", "PlantVillage/PlantVillage"):
        a.number = 0
        for kind in ("Tomato_blight", "Tomato_healthy"):
            a.images(f"{copy}/{kind}", 20)


def traffic_signs(a):
    for kind in ("00000", "00001"):
        a.images(f"GTSRB/Final_Training/Images/{kind}", 20)
        a.text(f"GTSRB/Final_Training/Images/{kind}/GT-{kind}.csv", "Filename;Width\n")
    a.images("GTSRB/Final_Test/Images", 5)


def with_thumbnails(a):
    for kind in ("cat", "dog"):
        a.images(kind, 20)
        a.images(f"{kind}/thumbnails", 20)


def labels_of_the_test_alone(a):
    for kind in ("cat", "dog"):
        a.images(f"train/{kind}", 20)
    a.images("test", 5)
    a.text("test.csv", "id,label\n000.png,cat\n001.png,dog\n")


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


READ = {
    plant_village: ({"Tomato_blight": 16, "Tomato_healthy": 16}, {}),
    traffic_signs: ({"00000": 16, "00001": 16}, {}),
    with_thumbnails: ({"cat": 16, "dog": 16}, {}),
    labels_of_the_test_alone: ({"cat": 16, "dog": 16}, {}),
    patients_in_classes: ({"benign": 24, "malignant": 16}, {}),
    cats_and_dogs: ({"cats": 18, "dogs": 18}, {"cats": 5, "dogs": 5}),
    chest_xray: ({"NORMAL": 12, "PNEUMONIA": 12}, {"NORMAL": 4, "PNEUMONIA": 4}),
    flowers: ({"daisy": 16, "rose": 16, "tulip": 16}, {"daisy": 2, "rose": 2, "tulip": 2}),
    busi: ({"benign": 16, "malignant": 16, "normal": 16}, None),
    eurosat: ({"AnnualCrop": 16, "Forest": 16, "River": 16}, None),
    ucmerced: ({"agricultural": 16, "airplane": 16, "beach": 16}, None),
    intel: ({"forest": 18, "sea": 18}, {"forest": 5, "sea": 5}),
    brain_mri: ({"glioma": 18, "notumor": 18}, {"glioma": 5, "notumor": 5}),
    leaves_with_masks: ({"healthy": 16, "rust": 16}, None),
    covid_radiography: ({"COVID": 16, "Normal": 16}, None),
    kvasir_seg: ({"Kvasir-SEG": 16}, None),
    face_masks: ({"mask": 16, "with_mask": 16, "without_mask": 16}, None),
    pytorch_tutorial: ({"ants": 18, "bees": 18}, {"ants": 2, "bees": 2}),
    flat_test: ({"ants": 16, "bees": 16}, {"ants": 2, "bees": 2}),
    pet_images: ({"Cat": 16, "Dog": 16}, None),
    voc_crops: ({"bicycle": 18, "person": 18}, {"bicycle": 2, "person": 2}),
    stl10: ({"cat": 18, "ship": 18}, {"cat": 4, "ship": 4}),
    hugging_face: ({"cat": 9, "dog": 9}, {"cat": 2, "dog": 3}),
    hugging_face_jsonl: ({"0": 8, "1": 8}, None),
    stylegan: ({"0": 8, "1": 8}, None),
    aptos: ({"0": 8, "1": 8}, {"0": 1, "1": 1}),
    isic_2019: ({"MEL": 8, "NV": 8}, None),
    dog_breeds: ({"boxer": 8, "collie": 8}, {"boxer": 1, "collie": 1}),
    roboflow_coco: ({"car": 9, "bus": 9}, {"car": 1, "bus": 1}),
    celeba: ({"img_align_celeba": 24}, None),
}

# Set: words that its error must hold, folders first, then the arguments to set.
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
    ham10000: ("HAM10000_images_part_1", "HAM10000_metadata.csv", "dx", "labels", "ignore"),
    isic_2020: ("train.csv", "diagnosis, target", "label_column"),
    nih_chest: ("Data_Entry_2017.csv", "Effusion|Mass", "classes"),
    severity_table: ("info.csv", "severity", "label_column", "ignore"),
    half_labelled: ("labels.csv", "12 of its 20", "ignore"),
    caltech: ("'101_ObjectCategories'", "'Annotations'"),
}
