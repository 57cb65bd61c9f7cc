"""How pixels become a network's input, and how to find out."""
