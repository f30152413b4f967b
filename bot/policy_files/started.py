"""A policy file that was started by answering questions: what was answered, and the text of the file.

It passes `check`, and says in remarks and in its `open_questions` what is still to be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.policy_files.typed import slug


@dataclass(frozen=True)
class StartedStage:
    """A stage. `limit` is its rule with its figures; `first_days` are its days from the first day, if it has them."""

    id: str
    label: str
    raising: str
    challenged: str
    words: str
    limit: str
    first_days: int = 0


@dataclass(frozen=True)
class StartedForm:
    """A form. `resolving`: it is due when it is resolved at `stage` or later, and not on reaching it."""

    title: str
    resolving: bool
    stage: str
    recipient: str
    email: str


@dataclass(frozen=True)
class Started:
    """Everything that was answered."""

    partnership: str
    short: str
    team: str
    name: str
    id: str
    channel: str
    stage_word: str
    anchor: str
    concern_date: str
    calendar: str
    children_services: str
    ownership: str
    stages: tuple[StartedStage, ...]
    form: StartedForm | None


RECORDS = """# What has to be recorded, and by whom.
record_duties: []
"""


def written(answers: Started, today: date) -> str:
    """The policy file, with remarks that say what to do with it."""
    parts = (_top(answers, today), _middle(answers), _ladder(answers), _forms(answers), RECORDS)
    return "\n".join(parts)


def next_steps(path: Path) -> list[str]:
    """What to do with a file that was written."""
    return [
        "",
        f"{path} is written. It can be used, but it is not finished. What to do next:",
        "  1. Open it, and put every sentence of your paper in its place; policies/README.md explains every key.",
        f"  2. escalation-bot check {path}",
        "     tells what is wrong, and then what the file says. Read that against your paper.",
        f"  3. escalation-bot dates {path} --concern and a day",
        "     counts the days. Compare them with your own counting.",
        "  4. Ask the partnership the open_questions, have a second person check it, and fill in checked_on.",
    ]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _top(a: Started, today: date) -> str:
    unasked = [
        "Which paper is this file made from, what is its date, and where is it published? Fill in “sources”.",
        "From which day, until which hour and in which working days does the policy count? This file says until 17:00.",
        "Is each limit the last day to agree or to move on (and not to reach the stage)? This file says yes.",
        "May a stage be left out, and who decides that? This file says that the policy does not speak of it.",
        "Is it about children only? This file says so; adults at risk and themes are possible too.",
        "What does the policy say of a complaint, an allegation, whistleblowing? Fill in “boundaries”.",
        "Which sentences must people hear before they escalate? Fill in “advice”.",
        "What happens if nobody replies? Who must be consulted or informed at each stage?",
        "What must be recorded, and where? Fill in “record_duties”.",
        "How long is what kept? Fill in “retention”.",
    ]
    if a.form:
        unasked.append("Which questions does the form ask, in which words? This file has four that most forms have.")
        unasked.append(
            "To which domains may letters go? Fill in “mail_domains”; until then real mail "
            "goes to the domains of the form’s own mailboxes only."
        )
    asked = "\n".join(f"    - {_quoted(question)}" for question in unasked)
    return f"""# {a.name}
#
# This file was begun by answering questions. It can be used, but it is not finished: go through your paper, put every
# sentence in its place, and answer the open_questions below. Every key is explained in policies/README.md.

id: {_quoted(a.id)}
version: "1"
name: {_quoted(a.name)}
channel: {_quoted(a.channel)}

partnership:
  name: {_quoted(a.partnership)}
  short: {_quoted(a.short)}
  team: {_quoted(a.team)}

provenance:
  snapshot_notice: "This is a snapshot and does not replace the policy. A person must check it before it is used."
  sources:
    - title: {_quoted(a.name)}
  made_on: {today.isoformat()}
  # checked_on: the day on which a second person has compared this file with the live policy
  open_questions:
{asked}
"""


def _middle(a: Started) -> str:
    return f"""# What the policy calls things.
vocabulary:
  stage: {_quoted(a.stage_word)}
  concern_date: {_quoted(a.concern_date)}

subjects: [child]

# From when, and in whose working days, time is counted.
clock:
  anchor: {a.anchor}
  calendar: {a.calendar}
  day_ends_at: "17:00"
  limit_means: conclude

danger:
  children_services: {_quoted(a.children_services)}

# What people are told. Also: before_escalating, key_messages, principles, examples, meeting_statement, responding.
advice:
  ownership:
    - {_quoted(a.ownership)}
"""


def _ladder(a: Started) -> str:
    stages = "\n".join(
        f"""  - id: {_quoted(stage.id)}
    label: {_quoted(stage.label)}
    raising: {{role: {_quoted(stage.raising)}}}
    challenged: {{role: {_quoted(stage.challenged)}}}
    limit: {{{stage.limit}, words: {_quoted(stage.words)}}}
"""
        for stage in a.stages
    )
    return f"""# The stages, lowest first. verbatim: every sentence of the policy about a stage belongs there too.
stages:
{stages}
skips:
  allowed: silent
"""


def _forms(a: Started) -> str:
    form = a.form
    if form is None:
        return "# The policy has no form of its own.\nforms: []\n"
    on, label, who = (
        ("resolving", "When it is resolved", "closer")
        if form.resolving
        else ("entering", f"On reaching {next(each.label for each in a.stages if each.id == form.stage)}", "raiser")
    )
    return f"""# The form. Its questions stand under fields, in printed order and in the words of the paper.
forms:
  - id: form
    title: {_quoted(form.title)}
    file_name: {_quoted(slug(form.title, "form"))}
    headings:
      - {_quoted(form.title)}
    moments:
      - id: sent
        label: {_quoted(label)}
        who: {who}
        due: {{on: {on}, from_stage: {_quoted(form.stage)}}}
        send: true
    recipients:
      - id: first
        name: {_quoted(form.recipient)}
        email: {_quoted(form.email)}
    sections:
      - id: first
        moment: sent
        who: {who}
        fields:
          - {{id: child, label: "Name of child or young person", answer: line, needed: true, prefill: child_name}}
          - {{id: raiser, label: "Raised by", answer: professional, needed: true, prefill: raiser}}
          - {{id: about, label: "Details of the disagreement", answer: paragraph, needed: true, prefill: disagreement}}
          - {{id: wanted, label: "Outcome that is wanted", answer: paragraph, needed: true, prefill: desired_outcome}}
"""
