"""Networks: generators give images in [-1, 1], discriminators give logits, none knows a loss."""
