# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""The first file that a module imports: where Python is too old for the others, it says so in a sentence.

This file, and what a module has outside its documentation, keep to the syntax of Python 3.6.
"""

import json
import platform
import sys

MINIMUM = (3, 11)


def too_old() -> str:
    """Return what a person needs to know: what is needed, what is there, where, and how to choose another one."""
    needed = ".".join(str(part) for part in MINIMUM)
    return (
        f"telephony.outbound needs Python {needed} or later where its modules run, and this is Python"
        f" {platform.python_version()} ({sys.executable} on {platform.node()}). Run the task on the controller with"
        " connection: local (or delegate_to: localhost), and set"
        ' ansible_python_interpreter: "{{ ansible_playbook_python }}" there, or the path of a newer Python.'
    )


if sys.version_info < MINIMUM:
    sys.stdout.write(json.dumps({"failed": True, "changed": False, "msg": too_old()}) + "\n")
    raise SystemExit(1)
else:
    from .module import query, teardown

__all__ = ["query", "teardown"]
