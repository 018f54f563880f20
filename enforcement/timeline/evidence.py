"""The evidence store: bytes under their SHA-256, written once, never changed."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages
from django.utils.deconstruct import deconstructible


@deconstructible(path="enforcement.timeline.evidence.EvidenceStorage")
class EvidenceStorage(FileSystemStorage):
    """A Django storage whose names are the SHA-256 of the content, fanned out by two pairs of digits."""

    def put(self, chunks: Iterable[bytes]) -> str:
        """Stores bytes and gives their SHA-256 in hex. Storing the same bytes again is a no-op."""
        root = Path(self.location)
        root.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        handle, temporary = tempfile.mkstemp(dir=root, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as out:
                for chunk in chunks:
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            key = digest.hexdigest()
            target = root / self.path_of(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.chmod(temporary, 0o440)
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return key

    def adopt(self, path: Path, key: str) -> None:
        """Keeps a whole file of this store's own folder under the SHA-256 its bytes were found to have; `path` stays.

        Nothing is copied: 2 GB are kept as quickly as two. A file there already is left as it is.
        """
        target = Path(self.location) / self.path_of(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
            os.chmod(target, 0o440)
        except FileExistsError:
            pass
        os.utime(target)  # put just now, whenever its bytes were written: sweeps leave it to its row

    def part(self, name: str) -> Path:
        """Where a file lies while it arrives in pieces, in this store so that it can be adopted."""
        folder = Path(self.location) / ".parts"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def take(self, key: str) -> bytes:
        """All bytes of a key. Raises FileNotFoundError, or ValueError when the bytes no longer match their key."""
        with self.open_key(key) as stored:
            content = stored.read()
        if hashlib.sha256(content).hexdigest() != key:
            raise ValueError(f"evidence {key} was altered")
        return content

    def file_of(self, key: str) -> Path:
        """Where the bytes of a key lie, for what is too large to take at once. Raises FileNotFoundError."""
        path = Path(self.location) / self.path_of(key)
        if not path.is_file():
            raise FileNotFoundError(key)
        return path

    def open_key(self, key: str) -> IO[bytes]:
        return cast(IO[bytes], self.open(self.path_of(key), "rb"))

    @staticmethod
    def path_of(key: str) -> str:
        if len(key) != 64 or not all(c in "0123456789abcdef" for c in key):
            raise ValueError("an evidence key is a SHA-256 in hex")
        return f"{key[:2]}/{key[2:4]}/{key}"

    def _save(self, name: str, content: File) -> str:
        return self.path_of(self.put(content.chunks()))


def store() -> EvidenceStorage:
    """The configured evidence store (STORAGES["evidence"])."""
    return cast(EvidenceStorage, storages["evidence"])
