#!/bin/sh
# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# integration.sh OPTIONS...: ansible-test integration, with one sandbox for all targets; setup_sandbox finds it in the
# home folder, the only thing that ansible-test passes on.
set -eu

folder="$HOME/integration-sandbox"

sandbox() {
    PYTHONPATH=roles/sandbox/files python -m sandbox --ready-file "$folder/ready.json" "$@" > /dev/null
}

rm -rf "$folder"
mkdir -m 700 "$folder"
trap 'exit 143' HUP INT TERM
trap 'sandbox --stop; rm -rf "$folder"' EXIT
sandbox --detach "$folder/sandbox.log" --lifetime 3600
ansible-test integration "$@"
