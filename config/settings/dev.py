"""A laptop or a demo: one command, embedded parts, loopback only."""

from .base import *
from .base import SECRET_KEY as _KEY

SECRET_KEY = _KEY or "only-for-loopback-and-commands-that-serve-nobody"
