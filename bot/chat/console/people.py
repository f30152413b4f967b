"""The people of the demonstration. All are invented, and their surnames say so."""

from __future__ import annotations

from bot.ports import Person

SCHOOL = "Millbrook Example Primary School"
COUNTY = "Example County Children's Social Care"
PARTNERSHIP = "Example Safeguarding Children Partnership"


def _person(
    first: str, last: str, role: str, agency: str, domain: str, *, deputy: str = "", partnership: str = ""
) -> Person:
    name = first.lower()
    email = f"{name}.{last.lower()}@{domain}.example.org"
    answers = f"console:{deputy}" if deputy else ""
    return Person(f"console:{name}", f"{first} {last}", role, agency, email, answers, partnership)


PEOPLE: tuple[Person, ...] = (
    _person("Asha", "Example", "Class Teacher", SCHOOL, "millbrook"),
    _person("Ben", "Sample", "Head of Year (line manager)", SCHOOL, "millbrook", deputy="cerys"),
    _person("Cerys", "Specimen", "Deputy Head of Year", SCHOOL, "millbrook"),
    _person("Dele", "Pretend", "Designated Safeguarding Lead", SCHOOL, "millbrook"),
    _person("Erin", "Invented", "Head Teacher", SCHOOL, "millbrook"),
    _person("Farid", "Fictional", "Social Worker", COUNTY, "example-county"),
    _person("Grace", "Madeup", "Team Manager", COUNTY, "example-county"),
    _person("Hugh", "Imaginary", "Head of Service", COUNTY, "example-county"),
    _person("Iris", "Notional", "Partnership Officer", PARTNERSHIP, "partnership", partnership="herefordshire"),
)
