"""What the form works out by itself, and nobody is asked."""

from __future__ import annotations

from typing import Literal

from bot.errors import InvalidAnswer
from bot.fields.kind import Answer, Reading
from bot.messages import Given


class Computed(Answer):
    """Printed as its `prefill` gives it when the form is kept or sent. Stored as that text."""

    kind: Literal["computed"] = "computed"

    def read(self, given: Given, reading: Reading) -> str:
        raise InvalidAnswer("This is worked out from what is known, so there is nothing to answer here.")

    def example(self) -> str:
        return "An example"
