"""What is computed of a network, a method in each module; none knows of sheets or screens."""
