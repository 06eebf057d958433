# Copyright: Contributors to the telephony.outbound project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which folders an engine removes with its job, and where runs have theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.telephony.outbound.plugins.plugin_utils._teardown.job_folders import JobFolders, mount_of

EDA, TMP = "/tmp/edak3_x9qzw", "/tmp/tmpk3_x9qzw"
NAVIGATOR, AWX = "/tmp/ansible-navigator_k3_x9qzw", "/tmp/awx_42_k3_x9qzw"
RULEBOOK, WORKER = "ansible-rulebook", "ansible-runner"
CONTROLLER, CONTAINER = "the automation controller", "the engine, with the container,"


def job(private: str, current: str = "", *, of_controller: bool = False) -> JobFolders:
    mounts = [Path("/"), Path("/runner"), Path("/mnt/evidence"), Path("/data/ann")]
    return JobFolders(
        Path(current or f"{private}/project"),
        Path(private) / "artifacts/one",
        of_controller,
        lambda folder: next(parent for parent in (folder, *folder.parents) if parent in mounts),
    )


@pytest.mark.parametrize(
    ("folder", "found", "remover"),
    [
        # Outside of an engine: only folders that an engine is known to make.
        ("/srv/evidence/run", None, None),
        (f"{EDA}/project/run", None, RULEBOOK),
        (f"{EDA}/artifacts/one/run", None, RULEBOOK),
        ("/srv/edak3_x9qzw/run", None, None),
        ("/tmp/edak3_x9qzw1/run", None, None),
        ("/tmp/education/run", None, None),
        ("/tmp/x/edak3_x9qzw/run", None, None),
        (f"{NAVIGATOR}/run", None, "ansible-navigator"),
        (f"{AWX}/project/run", None, CONTROLLER),
        ("/var/tmp/runner_di_k3_x9qzw/run", None, WORKER),
        # ansible-rulebook, also where its temporary folder is elsewhere.
        (f"{EDA}/artifacts/one/run", job(EDA), RULEBOOK),
        ("/srv/spool/edak3_x9qzw/artifacts/one/run", job("/srv/spool/edak3_x9qzw"), RULEBOOK),
        ("/srv/evidence/run", job(EDA), None),
        # A worker sends its artifacts back.
        (f"{TMP}/artifacts/one/run", job(TMP), None),
        (f"{TMP}/project/run", job(TMP), WORKER),
        (f"{TMP}/artifacts/two/run", job(TMP), WORKER),
        ("/srv/evidence/run", job(TMP), None),
        # ansible-runner run keeps everything.
        ("/srv/jobs/one/project/run", job("/srv/jobs/one"), None),
        ("/srv/jobs/one/artifacts/one/run", job("/srv/jobs/one"), None),
        # A container: what is on no mount of its own goes with it, and a controller removes what came back.
        ("/runner/artifacts/one/run", job("/runner"), None),
        ("/runner/artifacts/one/run", job("/runner", of_controller=True), CONTROLLER),
        ("/runner/artifacts/one/run", job("/runner", "/data/ann/calls"), "ansible-navigator"),
        ("/runner/project/run", job("/runner"), CONTAINER),
        ("/opt/runner/run", job("/runner"), CONTAINER),
        ("/mnt/evidence/run", job("/runner", of_controller=True), None),
        ("/data/ann/calls/run", job("/runner", "/data/ann/calls"), None),
    ],
)
def test_what_removes_a_folder(folder: str, found: JobFolders | None, remover: str | None) -> None:
    assert (found or JobFolders(Path("/srv"))).remover(Path(folder)) == remover


@pytest.mark.parametrize(
    ("found", "home"),
    [
        (JobFolders(Path("/srv/calls")), "/srv/calls"),
        (job("/srv/jobs/one"), "/srv/jobs/one/artifacts/one"),
        (job(TMP), f"{TMP}/artifacts/one"),
        (job("/runner"), "/runner/artifacts/one"),
        (job(NAVIGATOR, "/srv/calls"), "/srv/calls"),
        (job("/runner", "/data/ann/calls"), "/data/ann/calls"),
        (job(EDA), f"{EDA}/project"),
    ],
)
def test_runs_lie_in_the_artifacts_of_the_job_where_these_last(found: JobFolders, home: str) -> None:
    assert found.home == Path(home)


def test_a_link_into_a_folder_that_goes_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    (tmp_path / "edak3_x9qzw/artifacts/one").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "edak3_x9qzw")
    environment = {"AWX_ISOLATED_DATA_DIR": str(tmp_path / "link/artifacts/one")}
    for found in (JobFolders.here({}), JobFolders.here(environment)):
        assert found.remover(tmp_path / "link/artifacts/one/run") == RULEBOOK
        assert found.home == Path.cwd()


def test_a_mount_is_found_for_folders_that_are_not_there_yet() -> None:
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("there is no /proc here")
    assert mount_of(Path("/no-such-folder/at-all")) == Path("/")
