import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints.binaries import binary
from checkpoints.cluster import failure
from checkpoints.engine import database_url, server_pid, stop
from graph.errors import Unavailable
from graph.settings import Settings

START = """
import sys
from pathlib import Path
from checkpoints.engine import database_url, stop
from graph.errors import Unavailable
from graph.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]))
try:
    database_url(settings)
    stop(settings)
except Unavailable as error:
    print(error)
"""


def refusal(data_dir: Path) -> str:
    with pytest.raises(Unavailable) as caught:
        database_url(Settings(data_dir=data_dir))
    return str(caught.value)


def test_a_file_in_the_place_of_the_data_directory_is_one_sentence(tmp_path: Path) -> None:
    data_dir = tmp_path / "magnus"
    data_dir.write_text("mine")
    assert refusal(data_dir) == (
        f"The data directory {data_dir}/postgres cannot be used (file exists): "
        "set MAGNUS_DATA_DIR to a folder that you can write to."
    )
    assert data_dir.read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, which not even root can write to")
def test_a_place_that_nobody_can_write_to_is_one_sentence_for_root_too() -> None:
    assert "set MAGNUS_DATA_DIR to a folder that you can write to." in refusal(Path("/proc/magnus"))


def test_a_data_directory_of_another_postgres_is_named_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    data.joinpath("PG_VERSION").write_text("17\n")
    assert f"{data} was made by PostgreSQL 17 and Magnus brings 18" in refusal(tmp_path)
    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_of_another_user_is_not_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    assert "belongs to user 12345 and this is user 0" in refusal(tmp_path)


@pytest.mark.parametrize("package", ["json", "a_package_that_is_not_there"])
def test_a_platform_without_binaries_is_told_what_to_set(package: str) -> None:
    with pytest.raises(Unavailable, match=f"{package} brings no PostgreSQL 18 for .* set MAGNUS_DATABASE_URL"):
        binary("postgres", package)


def test_a_full_disk_is_called_full_and_nothing_is_left_behind(tmp_path: Path, root: Path) -> None:
    own_mounts = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*own_mounts, "true"], check=False).returncode:
        pytest.skip("no mount namespace for a small disk here")
    small = 'mount -t tmpfs -o size=16m none "$1" && "$2" -c "$3" "$1/home" && ls "$1/home/postgres"'
    words = ["sh", "-c", small, "sh", str(tmp_path), sys.executable, START]
    done = subprocess.run([*own_mounts, *words], capture_output=True, text=True, check=False, cwd=root)
    said, *left = done.stdout.splitlines()
    assert said == (
        f"The disk that holds {tmp_path}/home/postgres is full: make room, "
        "or set MAGNUS_DATA_DIR to a folder on another disk."
    )
    assert [name for name in left if name.startswith("data")] == []


def test_the_reason_of_a_failed_start_is_the_first_fatal_line(tmp_path: Path) -> None:
    said = "LOG:  starting\nFATAL:  could not load pg_hba.conf\nLOG:  database system is shut down\n"
    assert str(failure(tmp_path, "does not start", said)) == (
        f"The database in {tmp_path} does not start: could not load pg_hba.conf."
    )


def test_a_server_with_a_broken_configuration_says_so_and_starts_once_it_is_repaired(scratch: Path) -> None:
    settings = Settings(data_dir=scratch / "broken")
    database_url(settings)
    stop(settings)
    extra = settings.data_dir / "postgres" / "data" / "postgresql.auto.conf"
    extra.write_text("max_connections = many\n")
    assert "does not start" in refusal(settings.data_dir)
    assert server_pid(settings) is None
    extra.write_text("")
    database_url(settings)
    stop(settings)
