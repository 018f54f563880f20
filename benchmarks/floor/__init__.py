"""The floor: the smallest honest Django + DRF application that does the same transactions as ours.

Token login, one serializer, an issue row and an event row in one transaction; a keyset list with `values()`. It runs
on the same server and the same number of gunicorn workers, in turn with ours.
"""
