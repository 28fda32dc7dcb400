"""What a user's model can be trained with, found by trying: a range of learning rates, the largest batch."""
