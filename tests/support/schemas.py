# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON schemas."""

from __future__ import annotations

from typing import Any


def validator(schema: Any) -> Any:
    """Return jsonschema's validator of the draft that the schema names; raise SchemaError if the schema is wrong."""
    # The import takes seconds, so only a process that needs it does it.
    from jsonschema.validators import validator_for

    draft = validator_for(schema)
    draft.check_schema(schema)
    return draft(schema)
