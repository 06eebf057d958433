# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python imports this before the engine of a run, where PYTHONPATH begins with this folder: pauses are short."""

from __future__ import annotations

from ansible_collections.telephony.outbound.tests.support.pauses import short_pauses

short_pauses().__enter__()
