"""The nearest-neighbor error against a double loop."""

import torch

from ganaug.evaluation.memorization.nearest import nearest_neighbor_error


def test_error_is_that_of_a_double_loop():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (60, 1, 4, 4), generator=generator).to(torch.uint8)
    test = torch.randint(0, 256, (40, 1, 4, 4), generator=generator).to(torch.uint8)
    labels = torch.randint(0, 3, (60,), generator=generator)
    test_labels = torch.randint(0, 3, (40,), generator=generator)
    wrong = 0
    for image, label in zip(test.tolist(), test_labels.tolist(), strict=True):
        target = torch.tensor(image).flatten().double()
        distances = [float((target - known.flatten().double()).norm()) for known in images]
        wrong += int(labels[distances.index(min(distances))]) != label
    assert 0 < wrong < 40
    assert nearest_neighbor_error(images, labels, test, test_labels) == wrong / 40


def test_a_copy_is_its_own_neighbor():
    images = torch.randint(0, 256, (20, 3, 4, 4)).to(torch.uint8)
    labels = torch.arange(20)
    assert nearest_neighbor_error(images, labels, images, labels) == 0
