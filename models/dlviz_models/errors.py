"""The one exception that a person reads."""


class UserError(Exception):
    """One sentence naming the file, layer or option at fault and the next step; never shown with a traceback."""
