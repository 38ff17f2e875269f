"""Networks: generators return images in [-1, 1], and discriminators logits; none holds a loss."""
