"""The parts of the window: what is open, what is fed, what is shown."""
