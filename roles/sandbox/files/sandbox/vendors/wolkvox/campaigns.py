# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Campaigns of wolkvox and their records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import BadInput, amount, mapping

CLEAN = "clean"
FIELDS = (
    "nombre_cliente",
    "apellido_cliente",
    "tipo_doc",
    "id_cliente",
    "edad",
    "sexo",
    "pais",
    "departamento",
    "ciudad",
    "zona",
    "direccion",
    *(f"opt{number}" for number in range(1, 13)),
    *(f"tel{number}" for number in range(1, 11)),
    "tel_extra",
    "id_agent",
    "resultado",
    "fecha",
    "llamadas",
    "id_call",
    "cod_rslt1",
    "description_cod1",
    "cod_rslt2",
    "description_cod2",
    "comentarios",
    "rellamada",
    "rellamada_count",
    "email",
    "rellamada_tel",
    "last_dial_tele",
    "history_dial_tel",
    "rellamada_info",
)


@dataclass(frozen=True, slots=True)
class Record:
    """One person to call; `given` holds the fields given by the seed, shared by equal records."""

    number: int
    given: Mapping[str, Any]

    @property
    def word(self) -> str:
        """Its result in the spelling of the filter."""
        word = str(self.given.get("resultado") or CLEAN)
        return word.lower().replace(" ", "-").replace("_", "-")

    def shown(self, clean_word: str) -> dict[str, Any]:
        """Return it as the export does."""
        filled = {
            "nombre_cliente": f"Person {self.number}",
            "tipo_doc": "CC",
            "id_cliente": str(1_000_000 + self.number),
            "pais": "Colombia",
            "tel1": f"155555501{self.number % 100:02}",
            "opt1": "Reminder of an appointment",
            "llamadas": "0" if self.word == CLEAN else "1",
        }
        record = {**dict.fromkeys(FIELDS, ""), **filled, **self.given}
        if self.word == CLEAN:
            record["resultado"] = clean_word
        return record


@dataclass(slots=True)
class Campaign:
    """One campaign and its records."""

    campaign_id: str
    name: str
    type: str
    status: str
    dial_mode: str
    skill_id: str
    records: list[Record] = field(default_factory=list)
    last_number: int = 0

    def add(self, given: Any) -> int:
        """Add records, given as a number of clean ones, as numbers by result, or one by one."""
        before = len(self.records)
        if isinstance(given, int) and not isinstance(given, bool):
            given = {CLEAN: given}
        if isinstance(given, Mapping):
            for word, number in given.items():
                if not isinstance(number, int):
                    raise BadInput(f"the number of records of {word!r} must be a whole number")
                alike = {} if word == CLEAN else {"resultado": str(word)}
                for _record in range(amount(number, f"records of {word!r}")):
                    self._add(alike)
        elif isinstance(given, list):
            for record in given:
                self._add(mapping(record, "a record"))
        else:
            raise BadInput("records are a number, numbers by result, or a list")
        return len(self.records) - before

    def _add(self, given: Mapping[str, Any]) -> None:
        self.last_number += 1
        self.records.append(Record(self.last_number, given))

    def snapshot(self) -> dict[str, Any]:
        """Return it with counts of its records, and the records for which the seed has a customer id."""
        people = [{**record.given, "resultado": record.word} for record in self.records if "id_cliente" in record.given]
        return {
            "name": self.name,
            "type": self.type,
            "status": self.status,
            "records": len(self.records),
            "results": dict(Counter(record.word for record in self.records)),
            **({"people": people} if people else {}),
        }


def campaign_from(campaign_id: str, given: Any) -> Campaign:
    """Build a campaign from a seed: its records, or a mapping of its fields."""
    if not isinstance(given, Mapping):
        given = {"records": given}
    known = {"name", "type", "status", "dial_mode", "skill_id", "records"}
    if unknown := sorted(map(str, given.keys() - known)):
        raise BadInput(f"a campaign has unknown fields: {', '.join(unknown)}")
    campaign = Campaign(
        campaign_id=campaign_id,
        name=str(given.get("name", f"Campaign {campaign_id}")),
        type=str(given.get("type", "predictive")),
        status=str(given.get("status", "stopped")).lower(),
        dial_mode=str(given.get("dial_mode", "linear")),
        skill_id=str(given.get("skill_id", "1")),
    )
    campaign.add(given.get("records", 0))
    return campaign


def dial(campaign: Campaign, word: str, calls: Any) -> int:
    """Set the result of up to ``calls`` records that have none."""
    clean = [index for index, record in enumerate(campaign.records) if record.word == CLEAN]
    for index in clean[:calls]:
        record = campaign.records[index]
        campaign.records[index] = Record(record.number, {**record.given, "resultado": word})
    return len(clean[:calls])
