"""What a server needs: the container's user in a folder of its own, systemd, certificates."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from config.workspace import init, load

ROOT = Path(__file__).parents[2]
CONTAINER = 10001
"""User of the image."""
DIGITS = {"восемь": 8, "десять": 10, "девять": 9, "eight": 8, "nine": 9, "ten": 10}


AS_CONTAINER = """
import os, sys
from typer.testing import CliRunner
from bot.main import app
user, command, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CliRunner().invoke(app, ["check", folder])  # loads what that user may not read
os.environ.pop("TELEGRAM_TOKEN", None)
os.setgroups([])
os.setgid(user)
os.setuid(user)
sys.argv = ["linezero", command, folder]
app()
"""


def as_container(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command of the image, by its user and with its environment."""
    if not hasattr(os, "getuid") or os.getuid() != 0:
        pytest.skip("only root can be another user")
    return subprocess.run(
        [sys.executable, "-c", AS_CONTAINER, str(CONTAINER), command, str(folder)],
        env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "HOME": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def desk() -> Path:
    """A workspace where everybody may look; pytest's own folders are the starter's alone."""
    folder = Path(tempfile.gettempdir()) / f"linezero-live-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    init(folder)
    return folder


def test_the_token_is_in_one_place() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert "TELEGRAM_TOKEN" not in service["linezero"]["environment"]
    assert "mydesk/.env" in (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for page in ("README.md", "README.ru.md"):
        assert "chown -R 10001 mydesk" in (ROOT / page).read_text(encoding="utf-8")


def test_the_containers_user_is_told_which_folder_it_cannot_write(desk: Path) -> None:
    try:
        (desk / ".env").write_text("TELEGRAM_TOKEN=123456:" + "A" * 35, encoding="utf-8")
        said = as_container(desk, "run")
        assert said.returncode == 1
        assert f"sudo chown -R {CONTAINER} {desk}" in said.stderr
        assert "Traceback" not in said.stderr
    finally:
        shutil.rmtree(desk)


def test_the_containers_user_checks_a_folder_of_its_own(desk: Path) -> None:
    try:
        (desk / ".env").write_text("TELEGRAM_TOKEN=123456:" + "A" * 35, encoding="utf-8")
        (desk / ".env").chmod(0o600)
        for file in (desk, *desk.rglob("*")):
            os.chown(file, CONTAINER, CONTAINER)
        said = as_container(desk, "check")
        assert said.returncode == 0, said.stderr
    finally:
        shutil.rmtree(desk)


def test_the_systemd_unit_is_sound(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = (ROOT / "linezero.service").read_text(encoding="utf-8")
    # Where the program will be there is nothing yet.
    there = unit.replace("/opt/linezero/.venv/bin/linezero", sys.executable)
    (tmp_path / "linezero.service").write_text(there, encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(tmp_path / "linezero.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "linezero.service" in line]
    assert ours == []


def test_installing_trusts_the_certificates_of_the_system() -> None:
    assert "export UV_SYSTEM_CERTS := true" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_numbers_that_the_examples_faq_names_fit_the_patterns() -> None:
    """The first thing a newcomer tries is what the FAQ tells them."""
    workspace = load(ROOT / "config" / "example")
    asked = [q for t in workspace.topics.values() for q in t.questions if q.pattern]
    texts = [text for e in workspace.faq.entries.values() for text in (e.answer or {}).values()]
    named = {number for text in texts for number in re.findall(r"\bNB-?\d+", text)}
    assert named
    for number in named:
        for question in asked:
            assert re.fullmatch(question.pattern or "", number), (number, question.id)
    for text in texts:
        for word, _ in re.findall(r"(\w+) (цифр|digits)", text):
            assert DIGITS[word] in {len(re.findall(r"\d", number)) for number in named}
