"""Small replicas of public image sets, as unzipped, with tables or texts next to the images."""


def ucmerced(a):
    for kind in ("agricultural", "airplane", "beach"):
        a.images(f"UCMerced_LandUse/Images/{kind}", 20, f"{kind}{{:02}}.tif")
    a.text("UCMerced_LandUse/readme.txt", "Land use")


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


def pet_images(a):
    for kind in ("Cat", "Dog"):
        a.images(f"PetImages/{kind}", 20, "{}.jpg")
        a.text(f"PetImages/{kind}/Thumbs.db", "x")
    a.text("readme[1].txt", "x")
    a.text("MSR-LA - 3467.docx", "x")


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


def half_labeled(a):
    a.images("photos", 20)
    rows = [f"{i:03}.png,{'cat' if i % 2 else 'dog'}" for i in range(12)]
    a.text("photos/labels.csv", "\n".join(["filename,label", *rows]))


def traffic_signs(a):
    for kind in ("00000", "00001"):
        a.images(f"GTSRB/Final_Training/Images/{kind}", 20)
        a.text(f"GTSRB/Final_Training/Images/{kind}/GT-{kind}.csv", "Filename;Width\n")
    a.images("GTSRB/Final_Test/Images", 5)


def labels_of_the_test_alone(a):
    for kind in ("cat", "dog"):
        a.images(f"train/{kind}", 20)
    a.images("test", 5)
    a.text("test.csv", "id,label\n000.png,cat\n001.png,dog\n")


# By set: the numbers of training images, and of validation and test images if it has them.
READ = {
    traffic_signs: ({"00000": 16, "00001": 16}, {}),
    labels_of_the_test_alone: ({"cat": 16, "dog": 16}, {}),
    ucmerced: ({"agricultural": 16, "airplane": 16, "beach": 16}, None),
    covid_radiography: ({"COVID": 16, "Normal": 16}, None),
    kvasir_seg: ({"Kvasir-SEG": 16}, None),
    pet_images: ({"Cat": 16, "Dog": 16}, None),
    hugging_face: ({"cat": 9, "dog": 9}, {"cat": 2, "dog": 3}),
    hugging_face_jsonl: ({"0": 8, "1": 8}, None),
    stylegan: ({"0": 8, "1": 8}, None),
    aptos: ({"0": 8, "1": 8}, {"0": 1, "1": 1}),
    isic_2019: ({"MEL": 8, "NV": 8}, None),
    dog_breeds: ({"boxer": 8, "collie": 8}, {"boxer": 1, "collie": 1}),
    roboflow_coco: ({"car": 9, "bus": 9}, {"car": 1, "bus": 1}),
}

# By set: words that its error must contain, first folders and then the arguments to set.
REFUSED = {
    ham10000: ("HAM10000_images_part_1", "HAM10000_metadata.csv", "dx", "labels", "ignore"),
    isic_2020: ("train.csv", "diagnosis, target", "label_column"),
    nih_chest: ("Data_Entry_2017.csv", "Effusion|Mass", "classes"),
    severity_table: ("info.csv", "severity", "label_column", "ignore"),
    half_labeled: ("labels.csv", "12 of its 20", "ignore"),
}
