"""Every policy that the bot knows: all versions, each in all its languages.

Rule 1: an escalation stays on the version, and in the language, under which it was begun.
Rule 2: a new one is begun under the version that holds on its day. A version whose file is gone is never begun.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.errors import ConfigError
from bot.escalation import Escalation
from bot.policy import Form, Policy

OF_THE_FILE: Mapping[str, Any] = {
    "provenance": {"sources", "made_on", "checked_on", "open_questions"},
    "directory": {"__all__": {"checked_on"}},
    "mail_domains": True,
}
"""What is said of the file and not of the procedure, which makes no other version of it: that somebody has checked it,
and where letters may go. That holds at once, also for what was begun under an earlier version."""


@dataclass(frozen=True)
class Version:
    """One version of a policy. `languages` has it in each of its languages, its own first."""

    languages: Mapping[str, Policy]
    file: str = ""
    """Where its file is; "" where only the database has it."""
    content: str = ""
    """The text of the file, with its Word files."""
    templates: Mapping[str, bytes] = field(default_factory=dict)
    """The Word files that its forms are filled into, by name."""

    @property
    def policy(self) -> Policy:
        """It in its own language."""
        return next(iter(self.languages.values()))

    @property
    def begins(self) -> date:
        """The first day on which escalations are begun under it."""
        return self.policy.effective_from or date.min

    @property
    def digest(self) -> str:
        """The same for files that say the same, whatever their comments, their layout and the order of their keys."""
        said = {
            name: policy.model_dump(mode="json", exclude=dict(OF_THE_FILE)) for name, policy in self.languages.items()
        }
        files = {name: hashlib.sha256(content).hexdigest() for name, content in self.templates.items()}
        return hashlib.sha256(
            json.dumps({**said, **({"templates": files} if files else {})}, sort_keys=True).encode()
        ).hexdigest()


@dataclass(frozen=True)
class Kept:
    """A version as the database has it: the text of its file, so that it outlives that file."""

    policy: str
    version: str
    content: str
    digest: str


@dataclass(frozen=True)
class Use:
    """How much was begun under a version."""

    escalations: int = 0
    drafts: int = 0
    """Escalations that are still being raised."""

    def __str__(self) -> str:
        counts = ((self.escalations, "escalation"), (self.drafts, "conversation"))
        return " and ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts if n)


class Policies(Mapping[str, Policy]):
    """By id: the newest version of each policy in its own language. Where a day matters, ask for `current`."""

    def __init__(self, versions: Iterable[Version], *, real_mail: bool = False, agencies: tuple[str, ...] = ()) -> None:
        """`real_mail`: letters leave, so that a policy that names no domains lets none go. `agencies` are the domains
        of those who take part: to these may go what people are sent themselves, and nothing else."""
        self._real_mail, self._agencies = real_mail, agencies
        self._versions: dict[str, list[Version]] = {}
        for version in sorted(versions, key=lambda each: (bool(each.file), each.begins)):
            self._versions.setdefault(version.policy.id, []).append(version)
        self._lately: tuple[date, dict[str, Policy]] = date.min, {}

    @classmethod
    def of_these(cls, policies: Iterable[Policy]) -> Policies:
        """Policies that come from elsewhere than files of their own, each in one language."""
        return cls(Version({policy.language: policy}, policy.id) for policy in policies)

    def for_real_mail(self) -> Policies:
        """The same; a policy that does not say where letters may go allows them to its own recipients' domains only."""
        allowing = (
            replace(version, languages={name: _with_domains(policy) for name, policy in version.languages.items()})
            for version in self.versions()
        )
        return Policies(allowing, real_mail=True, agencies=self._agencies)

    def with_agencies(self, domains: tuple[str, ...]) -> Policies:
        """The same, with the domains of the agencies that take part."""
        return Policies(self.versions(), real_mail=self._real_mail, agencies=domains)

    def letters_to(self, policy_id: str) -> tuple[str, ...]:
        """The domains to which letters may go: of now, whatever they were when an escalation was begun."""
        return tuple(self[policy_id].mail_domains)

    def copies_to(self, policy_id: str) -> tuple[str, ...]:
        """The domains to which may go what people are sent to their own mailbox, as their platform knows it."""
        own = self.letters_to(policy_id)
        return tuple(dict.fromkeys((*own, *self._agencies))) if own or self._real_mail else ()

    def may_get_letters(self, policy_id: str, email: str) -> bool:
        return self._is_among(email, self.letters_to(policy_id))

    def may_get_copies(self, policy_id: str, email: str) -> bool:
        return self._is_among(email, self.copies_to(policy_id))

    def _is_among(self, email: str, domains: tuple[str, ...]) -> bool:
        """Exactly one of these; where none is named, any as long as nothing leaves."""
        return email.rpartition("@")[2].lower() in domains if domains else not self._real_mail

    def __getitem__(self, policy_id: str) -> Policy:
        return self._versions[policy_id][-1].policy

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._versions))

    def __len__(self) -> int:
        return len(self._versions)

    def versions(self) -> list[Version]:
        """Every version of every policy: by policy, those from the database first, then by the day they begin."""
        return [version for policy_id in self for version in self._versions[policy_id]]

    def current(self, day: date) -> dict[str, Policy]:
        """The policies under which an escalation can be begun on this day, by id, in their own language."""
        asked, found = self._lately  # what was asked last is asked again, many times for each message
        if asked == day:
            return {**found}
        found = {}
        for policy_id in self:
            begun = [each for each in self._versions[policy_id] if each.file and each.begins <= day]
            if begun:
                found[policy_id] = begun[-1].policy
        self._lately = day, found
        return {**found}

    def of(self, policy_id: str, version: str, language: str = "") -> Policy:
        """This version in this language; in its own where it has not got that one, or none is named."""
        known = self._versions.get(policy_id, [])
        found = next((each for each in known if each.policy.version == version), None)
        if found is None:
            there = ", ".join(each.policy.version for each in known) or "none"
            raise ConfigError(
                f"Version {version} of the policy {policy_id} is not known; known versions: {there}. "
                f"Put its file back into the folder of policies, then start again."
            )
        return found.languages.get(language) or found.policy

    def template(self, policy: Policy, form: Form) -> bytes:
        """The Word file that this form of this version is filled into; nothing where it has none."""
        versions = (each for each in self._versions.get(policy.id, []) if each.policy.version == policy.version)
        found = next(versions, None)
        if found is None or not form.template or policy.language != found.policy.language:
            return b""  # its words are those of the policy's own language
        return found.templates.get(form.template, b"")

    def of_escalation(self, escalation: Escalation) -> Policy:
        """The policy as it holds for this escalation: its version, in its language, on its ladder, in its branches and
        under its priority."""
        policy = self.of(escalation.policy, escalation.policy_version, escalation.language)
        return policy.taken(escalation.ladder, escalation.branches, escalation.priority)

    def languages(self, policy_id: str, version: str = "") -> tuple[str, ...]:
        """The languages in which this version is given, its own first; without a version: the newest."""
        policy = self.of(policy_id, version) if version else self[policy_id]
        return tuple(dict.fromkeys((policy.language, *policy.languages)))


def own_domains(policy: Policy) -> list[str]:
    """Those of the mailboxes that its forms are sent to, as it names them."""
    emails = (recipient.email for form in policy.forms for recipient in form.recipients if recipient.email)
    return sorted({email.rpartition("@")[2].lower() for email in emails})


def _with_domains(policy: Policy) -> Policy:
    if policy.mail_domains:
        return policy
    return policy.model_copy(update={"mail_domains": own_domains(policy)})
