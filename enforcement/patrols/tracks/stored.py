"""A file's bytes where they lie: in memory, or on a disk where two gigabytes of them may stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

from .limits import ImportLimits

#: Few enough bytes that they stay in memory that was used before.
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Extent:
    """``size`` bytes of a file from ``start`` on: one of several that lie one after the other."""

    path: Path
    start: int
    size: int


class Stored:
    """A file's bytes, read from the beginning as often as asked for.

    The ``key`` they are stored under is believed until their digest is asked for.
    """

    def __init__(self, data: bytes | Path | Extent, key: str = "") -> None:
        self.data = data
        self.size = _size(data)
        self._key = key
        self._sha256 = ""

    @classmethod
    def of(cls, data: bytes | Path | Extent | Stored) -> Stored:
        """Bytes or a file, or what is one already with the digest it knows."""
        return data if isinstance(data, Stored) else cls(data)

    def open(self) -> BinaryIO:
        """The bytes from the beginning."""
        if isinstance(self.data, bytes):
            return BytesIO(self.data)
        return (
            cast(BinaryIO, BufferedReader(_Window(self.data), _PIECE))
            if isinstance(self.data, Extent)
            else self.data.open("rb")
        )

    def head(self, size: int) -> bytes:
        """The first so many bytes."""
        with self.open() as stream:
            return stream.read(size)

    def read(self) -> bytes:
        """All of it, whatever it takes."""
        with self.open() as stream:
            return stream.read()

    def ends_with(self, mark: bytes) -> bool:
        """True if these are the last bytes."""
        with self.open() as stream:
            stream.seek(max(0, self.size - len(mark)))
            return stream.read() == mark

    def whole(self, limits: ImportLimits) -> bytes:
        """All of it at once. Raises TrackRefused where that would be too much for memory."""
        if isinstance(self.data, bytes):
            return self.data
        limits.check_whole(self.size)
        return self.read()

    def sha256(self) -> str:
        """The digest of all bytes, 64 hexadecimal digits; computed once. Raises ValueError when it isn't their key."""
        if not self._sha256:
            digest = hashlib.sha256()
            with self.open() as stream:
                while piece := stream.read(_PIECE):
                    digest.update(piece)
            if self._key not in ("", digest.hexdigest()):
                raise ValueError(f"evidence {self._key} was altered")
            self._sha256 = digest.hexdigest()
        return self._sha256

    @property
    def key(self) -> str:
        """What they are stored under, or else their digest."""
        return self._key or self.sha256()

    def lines(self, start: int, size: int) -> Iterator[bytes]:
        """Pieces of whole lines from byte ``start`` on, of ``size`` bytes and what their last line is longer."""
        with self.open() as stream:
            while start < self.size:
                # Where the line ends is looked up first: a piece put together of two is copied once more.
                stream.seek(start + size)
                longer = len(stream.readline())
                stream.seek(start)
                piece = stream.read(size + longer)
                if not piece:
                    return
                yield piece
                start += len(piece)


def _size(data: bytes | Path | Extent) -> int:
    if isinstance(data, bytes):
        return len(data)
    return data.size if isinstance(data, Extent) else data.stat().st_size


class _Window(RawIOBase):
    """An extent as a file of its own."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        self._file = extent.path.open("rb", buffering=0)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        origin = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._extent.size}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        due = max(0, min(len(room), self._extent.size - self._at))
        self._file.seek(self._extent.start + self._at)
        count = self._file.readinto(room[:due]) or 0
        self._at += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()
