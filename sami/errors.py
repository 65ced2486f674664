"""What was refused or went wrong: a code for programs, a status for HTTP, a sentence for people."""

from typing import ClassVar


class SamiError(Exception):
    """Something went wrong on our side."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def sentence(self) -> str:
        """The docstring of the class, on one line: it may be said in public, the detail need not be."""
        return " ".join((type(self).__doc__ or self.code).split())

    def __str__(self) -> str:
        return f"{self.sentence} {self.detail}".rstrip()
