# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Signals that ask a module to stop. The handler only records them; the runner acts on the record."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from .interrupt import Interrupt
from .listener import Listener

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_MODULES = f"{__name__.partition('.plugins.')[0]}.plugins.modules."

_early: list[str] = []
"""What came while the module was still being loaded."""


def listen(stop: Interrupt) -> None:
    """Record signals from now on, and those that came before; remember the reader of the result."""

    def handle(number: int, _frame: FrameType | None) -> None:
        stop.note(signal.Signals(number).name)

    for number in _wanted():
        signal.signal(number, handle)
    for name in _early[:1]:
        stop.note(name)
    stop.reader_is_gone = Listener().gone


def ignore() -> None:
    """Ignore signals from now on, so that none cuts the result short."""
    for number in _wanted():
        signal.signal(number, signal.SIG_IGN)


def _wanted() -> list[signal.Signals]:
    """Return the signals to record: not SIGHUP if it was ignored from the start, as under nohup."""
    return [
        number for number in STOPPING if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN
    ]


def _note_early(number: int, _frame: FrameType | None) -> None:
    _early.append(signal.Signals(number).name)


def _is_program() -> bool:
    """Return whether this process runs one of our modules, and does not only import it."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return spec is not None and spec.name.startswith(_MODULES)


def note_early() -> None:
    """Record signals for the module that will be called next in this process."""
    for number in STOPPING:
        signal.signal(number, _note_early)


if _is_program():
    for each in _wanted():
        signal.signal(each, _note_early)
