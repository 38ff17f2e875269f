"""A small generator whose images can be inverted to latents."""

import torch
from torch import nn


class Drawer(nn.Module):
    """Generates tanh(A z), with an offset per class if any, and records its arguments."""

    latent_dim = 6

    def __init__(self, num_classes=3):
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.num_classes, self.asked = num_classes, []
        self.matrix = nn.Parameter(0.3 * torch.randn(6, 64, generator=generator))
        self.classes = nn.Parameter(torch.randn(max(num_classes, 1), 64, generator=generator))

    def sample(self, latents, labels=None):
        self.asked.append((latents.detach().clone(), labels))
        pixels = latents @ self.matrix + (0 if labels is None else self.classes[labels])
        return torch.tanh(pixels).view(-1, 1, 8, 8)
