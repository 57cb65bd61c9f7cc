"""Training: from options and data to a file, its epochs one by one, and many trainings at once."""
