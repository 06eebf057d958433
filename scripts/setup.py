# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create the working environment: the virtual environment, and a home folder for the tools.

Run it with the Python that the environment is to have. It needs only the standard library.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]

# ansible-test installs pip into its environments with a get-pip script. It downloads that script unless its cache has
# one. This script goes into the cache, and installs pip from a wheel that pip downloaded like any other package.
GET_PIP = '''\
"""Install pip {version} from its own wheel, as get-pip would."""

import runpy
import sys

WHEEL = {wheel!r}
sys.argv[1:] = ["install", "--no-index", *[a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]]
sys.argv[1:] = [WHEEL if a.startswith("pip==") else a for a in sys.argv[1:]]
sys.path.insert(0, WHEEL)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--core", help="install this ansible-core, such as 2.18, with only what the tests require")
    options = parser.parse_args()
    work: Path = options.work
    work.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PIP_CACHE_DIR", str(work / "cache" / "pip"))
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    # pip runs rustc to read its version. The rustc of rustup writes to the user's home folder.
    os.environ["RUSTUP_HOME"] = str(work / "cache" / "rustup")
    # pip compiles what it installs; with.sh looks for that here. Otherwise each tool would compile it again.
    os.environ["PYTHONPYCACHEPREFIX"] = str(work.absolute() / "cache" / "python")
    python = make_venv(work, requirements(options.core))
    make_home(work / "home")
    make_editor_path(work / "editor")
    if options.core is None:
        help_ansible_test(work / "home", python)


def requirements(core: str | None) -> list[str]:
    """Return pip's arguments: all requirements, or for one ansible-core those of the tests."""
    everything = ["-r", str(PROJECT / "requirements.txt"), "-r", str(PROJECT / "dev-requirements.txt")]
    if core is None:
        return everything
    files = (PROJECT / "tests" / name / "requirements.txt" for name in ("unit", "integration"))
    needed = [word for file in files for word in ("-r", str(file))]
    return [*needed, "pytest", "pytest-xdist", f"ansible-core=={core}.*", "-c", str(PROJECT / "dev-requirements.txt")]


def make_venv(work: Path, wanted: list[str]) -> Path:
    """Create the environment, or update an existing one that has the same Python."""
    venv = work / "venv"
    python = venv / "bin" / "python"
    place = venv.relative_to(PROJECT) if venv.is_relative_to(PROJECT) else venv
    print(f"setting up {place} with {sys.executable}; this is done once and takes a minute or more", flush=True)
    if not same_python(python):
        shutil.rmtree(venv, ignore_errors=True)
        # The environments of ansible-test have the old Python too.
        shutil.rmtree(work / "home", ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    print("installing ansible-core and the tools of dev-requirements.txt", flush=True)
    pip(python, "install", "-qq", "--upgrade", *wanted)
    return python


def same_python(python: Path) -> bool:
    """Return whether the environment's Python exists, runs, and is the Python that runs this script."""
    code = "import sys; print(sys.version, sys.base_prefix)"
    try:
        answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer == f"{sys.version} {sys.base_prefix}\n"


def make_home(home: Path) -> None:
    """Create the home folder of the tools, with an empty Ansible configuration."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "ansible.cfg").write_text("# Ansible's own defaults\n")


def make_editor_path(root: Path) -> None:
    """Link the checkout to where editors, pytest and type checkers import it as a collection."""
    link = root / "ansible_collections" / "telephony" / "outbound"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(PROJECT)


def help_ansible_test(home: Path, python: Path) -> None:
    """Provide what ansible-test needs to create its environments: pip's settings, and pip."""
    write_pip_settings(home / ".config" / "pip" / "pip.conf", python)
    write_get_pip(home / ".ansible" / "test" / "cache", python)


def write_pip_settings(path: Path, python: Path) -> None:
    """Write this machine's pip settings to a file: ansible-test passes on neither home folder nor environment."""
    command = [str(python), "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    settings: dict[str, dict[str, str]] = {"global": {"quiet": "1"}}
    for name, quoted in (line.split("=", 1) for line in listed.splitlines()):
        section, key = name.rsplit(".", 1)
        # Environment variables come last and override files, as in pip.
        section = "global" if section == ":env:" else section
        settings.setdefault(section, {})[key] = quoted[1:-1].replace("\\n", "\n\t")
    text = "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
        for section, values in settings.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def write_get_pip(cache: Path, python: Path) -> None:
    """Put the pip version that the installed ansible-test requires into its cache."""
    code = (
        "from types import SimpleNamespace;"
        "import sys, ansible_test._internal.python_requirements as r;"
        "print(r.get_venv_packages(SimpleNamespace(version='%d.%d' % sys.version_info[:2]))['pip'])"
    )
    version = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    cache.mkdir(parents=True, exist_ok=True)
    wheel = cache / f"pip-{version}-py3-none-any.whl"
    if not wheel.exists():
        pip(python, "download", "-qq", "--no-deps", "--only-binary=:all:", "--dest", str(cache), f"pip=={version}")
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    script.write_text(GET_PIP.format(version=version, wheel=str(wheel)))


def pip(python: Path, *arguments: str) -> None:
    subprocess.run([str(python), "-m", "pip", *arguments], check=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        print(error.stderr or "", end="", file=sys.stderr)
        sys.exit(f"failed: {' '.join(error.cmd)}")
