# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every row of the retry table, for every module, on reads and writes, before and after the change."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from itertools import batched, product
from typing import Any

from ansible_collections.telephony.outbound.tests.support.sandbox import Sandbox

from .scene import Conditions, Mark, Scene
from .tally import Tally
from .trial import Trial, make_marks
from .weather import TRIPPING, Row, armed, dice, rows
