"""One answer of `sami doctor`."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "advice", "wrong"]


@dataclass(frozen=True, slots=True)
class Check:
    """`remedy` is a command, a setting or a link; empty where nothing is to be done."""

    name: str
    level: Level
    sentence: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """Advice does not make a service ill."""
        return self.level != "wrong"


def fine(name: str, sentence: str) -> Check:
    return Check(name, "ok", sentence)


def wrong(name: str, sentence: str, remedy: str = "") -> Check:
    return Check(name, "wrong", sentence, remedy)


def advice(name: str, sentence: str, remedy: str = "") -> Check:
    return Check(name, "advice", sentence, remedy)
