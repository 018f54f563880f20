"""What an assignment costs: travel with seeded noise, and the mean travel of the city that travels furthest."""

from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.drawing.seeds import below


def noise_ceiling_m(register: Register) -> int:
    """The most the seed may add to a cost, in metres: a share of the middle distance of the round."""
    ordered = sorted(metres for row in register.distances.values() for metres in row.values())
    middle = ordered[len(ordered) // 2] if ordered else 0
    return middle * register.rules.noise_percent // 100


def costs_m(seed: bytes, register: Register) -> dict[str, dict[str, int]]:
    """Cost of sending one team of a city to a county, metres: the distance plus the seed's noise."""
    ceiling = noise_ceiling_m(register)
    return {
        city: {county: metres + below(seed, ceiling + 1, "cost", city, county) for county, metres in row.items()}
        for city, row in register.distances.items()
    }
