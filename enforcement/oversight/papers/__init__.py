"""The papers of oversight: of interviews, of special inspections."""
