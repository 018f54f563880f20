"""Tracing (溯源): from a hot spot upwind to the sites that may have caused it. Pure: arrays and plain values in and out."""
