"""The launcher behind run.py: standard library only, so that it works before anything is installed."""
