"""What every part of a policy has in common: names, texts, and that no key is unknown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1)]
"""In a file of several languages any text may be written once for each: {en-GB: "…", cy: "…"}."""
Days = Annotated[int, Field(ge=1, le=400)]
"""So many working days; more than a year and a half cannot be meant."""
ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=80)]
"""The name of a channel as chat platforms allow it, without a #."""
Domain = Annotated[str, Field(pattern=r"^(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}$", max_length=253)]
"""What stands behind the @ of a mailbox, in small letters."""
Side = Literal["raising", "challenged"]
Subject = Literal["child", "adult", "themed"]
"""Whom an escalation is about: a child (or several, or one unborn), an adult at risk, or nobody: a theme."""
Language = Literal["en-GB", "cy"]


class Part(BaseModel):
    """Every part of a policy: frozen, strict, and without keys that we do not know."""

    # By alias: what is written out of a policy can be read again.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, serialize_by_alias=True)


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """What may stand in a file under this part, by its key there; a word of Python has another name in the program."""
    return {info.alias or name: info for name, info in model.model_fields.items()}
