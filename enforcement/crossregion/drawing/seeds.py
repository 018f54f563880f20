"""Seed, commitment and tickets of a round: the house's own (`enforcement.drawing`), under the rounds' tag."""

from enforcement.drawing import seeds
from enforcement.drawing.seeds import SEED_BYTES, below, new_seed, ticket

__all__ = ["SEED_BYTES", "below", "commitment", "new_seed", "ticket"]
_TAG = b"liankong cross-region draw 1"


def commitment(seed: bytes, register: bytes) -> str:
    """What is published before the draw: SHA-256 over tag, seed and the register's canonical bytes, hex."""
    return seeds.commitment(_TAG, seed, register)
