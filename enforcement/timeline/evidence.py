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

    def take(self, key: str) -> bytes:
        """All bytes of a key. Raises FileNotFoundError, or ValueError when the bytes no longer match their key."""
        with self.open_key(key) as stored:
            content = stored.read()
        if hashlib.sha256(content).hexdigest() != key:
            raise ValueError(f"evidence {key} was altered")
        return content

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
