"""Builds the reference data of the regions; for developers."""
