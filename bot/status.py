"""What a running service says of itself, in a small file that others read.

``linezero health`` and ``linezero doctor`` are other programs and cannot look inside. The service
writes this file every few seconds; how old it is says whether the service is alive at all.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.storage import lock

NAME: Final = ".linezero-status.json"
"""Its name in the workspace; that of a second service in the same folder ends in ``-2.json``."""
_NAMES: Final = re.compile(r"\.linezero-status(-\d+)?\.json")
STALE: Final = timedelta(minutes=1)
"""Age of the file after which the service counts as dead or stuck."""
LATE: Final = timedelta(minutes=3)
"""How long ago a worker may have succeeded last: one that has nothing to do looks once a minute."""

_ROOM: Final = 4096
"""The file's length is a multiple of this: then a new version fits into the old one's place on a
disk that is full."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class State(_Said):
    """How a channel, or the storage, is."""

    ok: bool
    since: datetime
    detail: str = ""


class Work(_Said):
    """How a worker is."""

    last_success: datetime | None
    """Of its last step; None before the first one."""
    trouble: str = ""
    """What keeps it from working."""


class Status(_Said):
    """Everything at one moment."""

    pid: int
    host: str
    started: datetime
    written: datetime
    stopped: bool = False
    """The last word of a service that ended as it should."""
    storage: State
    workers: Mapping[str, Work]
    channels: Mapping[str, State]
    undelivered_alarms: tuple[str, ...] = ()
    """What the administrators should have heard and could not be told."""
    set_aside: int = 0
    """Messages that could not be handled and wait for `linezero aside`."""


def path_in(folder: Path, number: int = 1) -> Path:
    """The status file of the first service whose data are in a folder, or of a further one."""
    return folder / (NAME if number == 1 else f".linezero-status-{number}.json")


@contextmanager
def place_in(folder: Path) -> Iterator[Path]:
    """A status file of one's own while the block runs: the first that no living service writes.

    Raises:
        OSError: the folder cannot be written to.
    """
    with ExitStack() as stack:
        number = 1
        while not stack.enter_context(lock.claimed(path_in(folder, number).with_suffix(".lock"))):
            number += 1
        yield path_in(folder, number)


def all_in(folder: Path) -> Sequence[Status]:
    """What the services of a folder said last. One that ended as it should is left out if another
    one has not."""
    with suppress(OSError):
        files = [file for file in folder.iterdir() if _NAMES.fullmatch(file.name)]
        said = [found for file in sorted(files, key=_number) if (found := read(file)) is not None]
        return [each for each in said if not each.stopped] or said
    return []


def _number(file: Path) -> tuple[int, str]:
    return len(file.name), file.name


def write(file: Path, status: Status) -> None:
    """Replace the file as a whole. On a full disk the old one is written over instead, so that it
    can still say that the disk is full.

    Raises:
        OSError: neither works.
    """
    text = status.model_dump_json().encode()
    text += b" " * (-len(text) % _ROOM)
    try:
        _replace(file, text)
    except OSError:
        with file.open("r+b") as old:
            if os.fstat(old.fileno()).st_size < len(text):
                raise
            old.write(text.ljust(os.fstat(old.fileno()).st_size))


def _replace(file: Path, text: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{NAME}-")  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(text)
        temporary.replace(file)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def read(file: Path) -> Status | None:
    """What the service said last; None if there never was one, or it cannot be understood."""
    for _ in range(2):  # on a full disk it may be being written over just now
        with suppress(OSError, ValidationError):
            return Status.model_validate_json(file.read_bytes())
    return None


def alive(status: Status | None, now: datetime) -> bool:
    """Whether a service is there and says something, good or bad."""
    return status is not None and not status.stopped and abs(now - status.written) <= STALE


def troubles(status: Status | None, now: datetime) -> list[str]:
    """Everything that is wrong, each as a sentence; nothing if all is well."""
    if status is None:
        return ["no sign of life ever: the service has not run here"]
    if status.stopped:
        return [f"the service was stopped at {_time(status.written)}"]
    if not alive(status, now):
        age = _span(abs(now - status.written))
        return [f"no sign of life for {age} (process {status.pid}): it is dead or stuck"]
    return list(_wrong(status))


def _wrong(status: Status) -> Iterator[str]:
    if not status.storage.ok:
        yield f"storage is away since {_time(status.storage.since)}: {status.storage.detail}"
    for name, channel in status.channels.items():
        if not channel.ok:
            yield f"channel {name} is down since {_time(channel.since)}: {channel.detail}"
    yield from (f"{name}: {trouble}" for name, trouble in late_workers(status))


def late_workers(status: Status) -> Iterator[tuple[str, str]]:
    """Workers that do not work, and why; or since when, if nothing is known to be in the way."""
    for name, work in status.workers.items():
        age = status.written - (work.last_success or status.started)
        if work.trouble:
            yield name, work.trouble
        elif age > LATE and work.last_success:
            yield name, f"last succeeded {_span(age)} ago"
        elif age > LATE:
            yield name, f"has not succeeded since the start, {_span(age)} ago"


def for_a_monitor(status: Status | None, now: datetime) -> tuple[bool, dict[str, object]]:
    """Whether all is well, and what machines may know of it: which parts are not, but neither what
    a fault or a server said nor any words for people."""
    wrong = troubles(status, now)
    if status is None or not alive(status, now):
        return False, {"ok": False, "troubles": ["no sign of life"]}
    late = {name for name, _ in late_workers(status)}
    down = [name for name, channel in status.channels.items() if not channel.ok]
    named = [] if status.storage.ok else ["storage"]
    named += [f"channel {name}" for name in down] + [
        name for name in status.workers if name in late
    ]
    return not wrong, {
        "ok": not wrong,
        "troubles": named,
        "storage": _condition(status.storage),
        "channels": {name: _condition(channel) for name, channel in status.channels.items()},
        "workers": {
            name: {"ok": name not in late, "last_success": _iso(work.last_success)}
            for name, work in status.workers.items()
        },
        "set_aside": status.set_aside,
        "undelivered_alarms": len(status.undelivered_alarms),
    }


def _condition(state: State) -> dict[str, object]:
    return {"ok": state.ok, "since": _iso(state.since)}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def in_words(status: Status) -> Iterator[str]:
    """What works, and what waits for a person, for a terminal."""
    if not any(_wrong(status)):
        yield f"alive: process {status.pid}, running since {_time(status.started)}"
    for name, channel in status.channels.items():
        if channel.ok:
            yield f"channel {name}: up since {_time(channel.since)}"
    for name, work in status.workers.items():
        if work.last_success and not work.trouble:
            yield f"{name}: last succeeded {_span(status.written - work.last_success)} ago"
    if status.set_aside:
        yield f"set aside: {status.set_aside}; see `linezero aside`"
    for alarm in status.undelivered_alarms:
        yield f"not delivered to the administrators: {alarm}"


def _time(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _span(span: timedelta) -> str:
    seconds = max(0, round(span / timedelta(seconds=1)))
    return f"{seconds} s" if seconds < 600 else f"{seconds // 60} min"
