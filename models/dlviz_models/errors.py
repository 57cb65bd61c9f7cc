"""The exception whose message is shown to users."""


class UserError(Exception):
    """One sentence naming the file, layer or option at fault and the next step; never shown with a traceback."""


def unreadable(what: object, error: OSError) -> UserError:
    """Return the error for a file or folder, by the name that people know it by, which the system does not hand out."""
    return UserError(
        f"{what} cannot be read: {(error.strerror or str(error))[:80].lower()}; check the path and who may read it."
    )
