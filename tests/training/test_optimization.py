"""StepSchedule and gradient steps against plain statements of them."""

import pytest
import torch
from torch import nn

from ganaug.training.optimization import StepSchedule, descend
from ganaug.utils.errors import UsageError


class ByHand:
    """Stands in for a LightningModule outside of a trainer."""

    def manual_backward(self, loss):
        loss.backward()


def test_turns_give_the_generator_every_nth_step():
    turns = StepSchedule(n_critic=3)
    assert [turns.generator_steps(b) for b in range(7)] == [0, 0, 1, 0, 0, 1, 0]
    assert all(turns.ends_step(b) for b in range(7))


def test_turns_hold_for_a_whole_accumulation():
    turns = StepSchedule(n_critic=2, accumulate=2)
    assert [turns.generator_steps(b) for b in range(8)] == [0, 0, 1, 1, 0, 0, 1, 1]
    assert [turns.ends_step(b) for b in range(4)] == [0, 1, 0, 1]


def test_the_discriminator_plays_alone_while_it_warms_up():
    turns = StepSchedule(warm_up=3)
    assert [turns.generator_steps(b) for b in range(5)] == [0, 0, 0, 1, 1]
    # And joins at the beginning of a step.
    turns = StepSchedule(warm_up=2, accumulate=4)
    assert [turns.generator_steps(b) for b in range(8)] == [0, 0, 0, 0, 1, 1, 1, 1]
    with pytest.raises(UsageError, match="warm_up is -1; it must be 0 or more"):
        StepSchedule(warm_up=-1)


@pytest.mark.parametrize("name", ["n_critic", "accumulate"])
def test_turns_refuse_less_than_one(name):
    with pytest.raises(UsageError, match=f"{name} is 0; it must be 1 or more"):
        StepSchedule(**{name: 0})


def test_accumulated_batches_make_the_step_of_one_large_batch():
    torch.manual_seed(0)
    data = torch.randn(8, 3)
    one, two = nn.Linear(3, 1), nn.Linear(3, 1)
    two.load_state_dict(one.state_dict())
    whole, halves = (torch.optim.SGD(net.parameters(), lr=0.1) for net in (one, two))
    descend(ByHand(), whole, one(data).square().mean())
    for number, half in enumerate(data.split(4)):
        loss = two(half).square().mean()
        descend(ByHand(), halves, loss, accumulate=2, step=number == 1)
    torch.testing.assert_close(one.weight, two.weight)


def test_clipping_bounds_the_step_and_reports_the_norm_before_it():
    parameter = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    norm = descend(ByHand(), optimizer, (parameter * torch.tensor([3.0, 4.0])).sum(), grad_clip=1.0)
    assert float(norm) == pytest.approx(5.0)
    torch.testing.assert_close(parameter.detach(), torch.tensor([-0.6, -0.8]), rtol=1e-5, atol=1e-6)
    assert parameter.grad is None


def test_autocast_does_not_go_on_with_the_weights_before_a_step():
    net, images = nn.Linear(3, 1), torch.randn(4, 3)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    with torch.autocast("cpu", torch.bfloat16):
        descend(ByHand(), optimizer, net(images).square().mean())
        output = net(images)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(output, net(images))
