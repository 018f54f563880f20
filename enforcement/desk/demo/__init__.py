"""The demo: synthetic bureaus, people, sites and a replay of the summer of 2021 through the real actions.

Everything made here is marked synthetic. Nothing outside this package and its command knows of it.
"""
