"""The fields of oversight: of interviews, of special inspections."""
