"""What Keras would compute, worked out in plain numpy for lessons."""
