# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `python -m sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from . import detach, seed
from .access import is_loopback
from .errors import BadInput
from .ready_file import clean_up, locked, stop

LAST_PORT = 65535
INSTALL = {"aiohttp": "aiohttp trustme", "multidict": "aiohttp trustme", "trustme": "aiohttp trustme", "yaml": "pyyaml"}


def main() -> int:
    """Run the command line; wrong input prints one line and returns exit code 2."""
    options = _parser().parse_args()
    try:
        if options.stop:
            return _stop(_ready_file(options))
        _check(options.host, options.port)
        if options.detach:
            return detach.start(_for_child(sys.argv[1:]), _ready_file(options), options.detach)
        _run(options)
    except ModuleNotFoundError as error:
        if error.name not in INSTALL:
            raise
        return _complain(f"{error.name} is missing for {sys.executable}: pip install {INSTALL[error.name]}")
    except (BadInput, OSError) as error:
        return _complain(str(error))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__, allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 uses any free port")
    parser.add_argument("--seed", metavar="FILE", help="YAML, or JSON if the name ends in .json")
    parser.add_argument("--tls", action="store_true", help="serve HTTPS with a certificate of a temporary CA")
    parser.add_argument("--ready-file", type=Path, metavar="FILE", help="also write the address to this file")
    parser.add_argument("--latency", type=float, metavar="SECONDS", help="the same as --set latency=SECONDS")
    parser.add_argument(
        "--set", action="append", default=[], metavar="VENDOR.KEY=VALUE", help="one setting; repeatable"
    )
    parser.add_argument("--lifetime", type=float, default=3600, metavar="SECONDS", help="default: %(default)s")
    parser.add_argument("--detach", type=Path, metavar="LOG", help="run in the background; needs --ready-file")
    parser.add_argument("--stop", action="store_true", help="stop the server of --ready-file")
    return parser


def _ready_file(options: argparse.Namespace) -> Path:
    if options.ready_file is None:
        raise BadInput("--detach and --stop need --ready-file")
    path: Path = options.ready_file
    return path


def _stop(ready_file: Path) -> int:
    stopped = removed = False
    if ready_file.parent.is_dir():
        with locked(ready_file.parent):
            stopped = stop(ready_file)
            removed = clean_up(ready_file.parent)
    print(json.dumps({"stopped": stopped, "folder_removed": removed}))
    return 0


def _for_child(arguments: list[str]) -> list[str]:
    """Remove the options that only apply to the starting process."""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word in ("--detach", "--ready-file"):
            next(words)
        elif not word.startswith(("--detach=", "--ready-file=")):
            kept.append(word)
    return kept


def _check(host: str, port: int) -> None:
    """Raise BadInput for an invalid port, and for a host that other machines could reach."""
    if not is_loopback(host):
        raise BadInput(f"--host must be a loopback address, not {host}")
    if not 0 <= port <= LAST_PORT:
        raise BadInput(f"--port must be from 0 to {LAST_PORT}, not {port}")


def _run(options: argparse.Namespace) -> None:
    from .run import serve

    latency = [] if options.latency is None else [f"latency={options.latency}"]
    beginning = seed.apply(seed.read(options.seed), [*latency, *options.set])
    asyncio.run(serve(beginning, options.host, options.port, options.tls, options.ready_file, options.lifetime))


def _complain(text: str) -> int:
    print(f"sandbox: {text}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
