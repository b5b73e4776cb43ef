"""The failures of the container, named by whose they are."""


class ToolkitError(Exception):
    """Base of the two below; its text is the sentence a person reads last.

    ToolkitError
    ├── UserError           wrong input; the uploader can put it right
    │   └── NotEmulatedError    the real container can, this stand-in cannot
    └── AlgorithmError      anything else that training stumbles over
    """

    def __init__(self, message: str, caused_by: Exception | None = None) -> None:
        suffix = f" (caused by {type(caused_by).__name__})" if caused_by else ""
        super().__init__(message + suffix)


class UserError(ToolkitError):
    """The user can avoid this failure."""


class AlgorithmError(ToolkitError):
    """An unexpected failure, as far as the container can tell."""


class NotEmulatedError(UserError):
    """Something of the real container that this stand-in leaves out."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not emulated by this local cloud: {what}")
