# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A typical script without Ansible: one session, some threads, one DELETE per target."""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("targets", type=int)
    parser.add_argument("threads", type=int)
    arguments = parser.parse_args()
    session = requests.Session()
    session.auth = ("dialer@example.com", "not-a-secret-developer-key")
    session.mount("http://", HTTPAdapter(pool_maxsize=arguments.threads))

    def cancel(number: int) -> int:
        return session.delete(f"{arguments.url}/fuse/api/apps/100/{number}/cancel", timeout=30).status_code

    with ThreadPoolExecutor(arguments.threads) as threads:
        statuses = list(threads.map(cancel, range(arguments.targets)))
    assert statuses == [202] * arguments.targets


if __name__ == "__main__":
    main()
