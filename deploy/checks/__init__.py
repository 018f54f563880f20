"""Checks of the build that no tool brings along."""
