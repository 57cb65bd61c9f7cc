"""How pixels become what a network is fed, and how that is told."""
