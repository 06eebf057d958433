# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all tests, whatever the machine and the shell that started them."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# What nohup or a shell's "&" lets a process ignore, its children ignore too, and tests send these.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow or busy machine must not make a property test fail.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
