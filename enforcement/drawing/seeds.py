"""Seed, commitment and tickets: SHA-256 and nothing else, so that anyone can do it again in any language."""

import hashlib
import hmac
import secrets

SEED_BYTES = 32


def new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


def commitment(tag: bytes, seed: bytes, register: bytes) -> str:
    """What is published before a draw: SHA-256 over tag, seed and the register's canonical bytes, hex.

    The seed is as long as the digest: nobody can guess a register and compare. `tag` tells one kind of draw from another.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes")
    return hashlib.sha256(tag + b"\0" + seed + register).hexdigest()


def ticket(seed: bytes, *words: str) -> int:
    """A number of 256 bits drawn by the seed for these words: HMAC-SHA-256, words joined by NUL."""
    return int.from_bytes(hmac.digest(seed, "\0".join(words).encode(), "sha256"), "big")


def lowest_ticket(seed: bytes, risk: int, *words: str) -> int:
    """As many tickets as the risk weight, the lowest counts: weighted sampling without replacement, in whole numbers."""
    return min(ticket(seed, *words, str(n)) for n in range(max(1, risk)))


def below(seed: bytes, bound: int, *words: str) -> int:
    """A whole number of 0 to `bound` - 1. Of 256 bits the remainder is even to less than 2^-200."""
    return ticket(seed, *words) % bound if bound > 0 else 0
