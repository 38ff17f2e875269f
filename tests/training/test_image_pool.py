"""Images of the past: filled first, then half of what is handed back is older."""

import torch

from ganaug.training.image_pool import ImagePool


def numbered(first, count):
    return torch.arange(first, first + count).float().view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


def test_it_fills_up_and_then_mixes():
    torch.manual_seed(0)
    history = ImagePool(50, channels=1, image_size=2)
    assert torch.equal(history.exchange(numbered(0, 50)), numbered(0, 50))
    given = history.exchange(numbered(50, 1000))[:, 0, 0, 0]
    older = given < torch.arange(50, 1050)
    assert 0.45 < older.float().mean() < 0.55
    # Nothing is lost: what was not handed back is held.
    held = history.images[:, 0, 0, 0]
    assert torch.equal(torch.cat([given, held]).sort().values, torch.arange(1050).float())


def test_what_is_handed_in_stays_as_it_is():
    history = ImagePool(2, channels=1, image_size=2)
    images = numbered(0, 20).clone()
    history.exchange(images)
    assert torch.equal(images, numbered(0, 20))


def test_no_history_hands_everything_back():
    history = ImagePool(0, channels=1, image_size=2)
    assert torch.equal(history.exchange(numbered(0, 9)), numbered(0, 9))


def test_it_is_part_of_the_checkpoint():
    history, other = (ImagePool(4, channels=1, image_size=2) for _ in range(2))
    history.exchange(numbered(1, 3))
    other.load_state_dict(history.state_dict())
    assert other.count == 3
    assert torch.equal(other.images, history.images)


def test_a_shorter_history_takes_what_it_has_room_for():
    pool, shorter = (ImagePool(size, channels=1, image_size=2) for size in (3, 1))
    pool.exchange(torch.arange(3.0).reshape(3, 1, 1, 1).expand(3, 1, 2, 2))
    shorter.load_state_dict(pool.state_dict())
    assert shorter.count == 1
    assert shorter.images[0].unique().tolist() == [0.0]
