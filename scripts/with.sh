#!/bin/sh
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# with.sh WORK COMMAND...: run one of the project's tools with no home folder, settings or caches of the user.
set -eu

work="$1"
shift

unset ANSIBLE_INVENTORY ANSIBLE_ROLES_PATH ANSIBLE_STDOUT_CALLBACK ANSIBLE_CALLBACKS_ENABLED ANSIBLE_STRATEGY
unset PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PYTEST_ADDOPTS

export HOME="$work/home"
export PATH="$work/venv/bin:$PATH"
export VIRTUAL_ENV="$work/venv"
export LC_ALL=C.UTF-8

export XDG_CACHE_HOME="$work/cache"
export XDG_CONFIG_HOME="$HOME/.config"
export XDG_DATA_HOME="$HOME/.local/share"
export XDG_STATE_HOME="$HOME/.local/state"

export ANSIBLE_HOME="$HOME/.ansible"
export ANSIBLE_CONFIG="$HOME/ansible.cfg"
export ANSIBLE_COLLECTIONS_PATH="$work/tree"
export ANSIBLE_LOCALHOST_WARNING=false
export ANSIBLE_INVENTORY_UNPARSED_WARNING=false
export TELEPHONY_OUTBOUND_LOCK_DIR="$work/locks"

export PYTHONPYCACHEPREFIX="$work/cache/python"
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
export COVERAGE_FILE="$work/coverage/data"
export HYPOTHESIS_STORAGE_DIRECTORY="$work/cache/hypothesis"
export MYPY_CACHE_DIR="$work/cache/mypy"
export RUFF_CACHE_DIR="$work/cache/ruff"

# What no file may name: see forbidden_strings.py.
PROJECT_DIR="$(cd "$(dirname "$0")/.." && pwd)"
export PROJECT_DIR

exec "$@"
