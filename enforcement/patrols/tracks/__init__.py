"""What a patrol track is and how it is read, stored, measured and judged.

Nothing in this package touches the database: it takes bytes and plain values and gives arrays.

Reading goes one way::

    formats (bytes -> text cells) -> cells, clock (text -> numbers) -> importing (checks, WGS-84) -> Readings

and from ``Readings`` three things follow: ``codec`` stores them, ``quality`` measures the drive, ``hotspots``
finds where the air was worse than around it.
"""
