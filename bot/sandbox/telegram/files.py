"""Uploaded files."""

from __future__ import annotations

import hashlib
import mimetypes

from bot.sandbox.telegram.state import File, Json

FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice", "audio": "music"}


class Files:
    """All files of a world, by their id and by their path."""

    def __init__(self) -> None:
        self._by_id: dict[str, File] = {}
        self._by_path: dict[str, File] = {}
        self._count = 0

    def clear(self) -> None:
        """Forgets all; ids are not given again."""
        self._by_id.clear()
        self._by_path.clear()

    def add(
        self,
        kind: str,
        content: bytes,
        *,
        name: str | None = None,
        mime_type: str | None = None,
        media: Json | None = None,
        size: int | None = None,
    ) -> File:
        """Stores an upload under a new `file_id`."""
        self._count += 1
        number = self._count
        unique = hashlib.sha256(f"{kind}:{number}".encode()).hexdigest()[:16]
        mime_type = mime_type or mimetypes.guess_type(name or "")[0]
        suffix = (name or "").rpartition(".")[2] if name and "." in name else ""
        suffix = suffix or (mimetypes.guess_extension(mime_type or "") or ".bin").lstrip(".")
        suffix = "".join(c for c in suffix if c.isalnum()) or "bin"
        file = File(
            file_id=f"{kind}-{number}-{unique}",
            unique_id=unique,
            kind=kind,
            content=content,
            path=f"{FOLDERS.get(kind, kind + 's')}/file_{number}.{suffix}",
            size=len(content) if size is None else size,
            name=name,
            mime_type=mime_type,
            media=media or {},
        )
        self._by_id[file.file_id] = file
        self._by_path[file.path] = file
        return file

    def find(self, file_id: str) -> File | None:
        """A file by its id, or by the id of its thumbnail."""
        return self._by_id.get(file_id.removesuffix("-s"))

    def at(self, path: str) -> File | None:
        """A file by the `file_path` of `getFile`."""
        return self._by_path.get(path)
