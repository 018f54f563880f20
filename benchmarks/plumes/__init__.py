"""Synthetic patrols of which it is known where the plumes were."""
