# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: may change without notice.
"""Between the filters and Ansible: what comes out is text for people, never a template, and errors are said plainly."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ._teardown_data import Unusable

P = ParamSpec("P")
Result = TypeVar("Result")


def as_filter(name: str, function: Callable[P, Result]) -> Callable[P, Result]:
    """Return the function as a filter: its result is never taken for a template, and its errors have its name."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return cast(Result, wrap_var(function(*args, **kwargs)))
        except Unusable as error:
            raise AnsibleFilterError(f"{name}: {error}") from error

    return run
