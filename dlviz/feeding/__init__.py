"""Convert samples to the arrays that a network takes."""
