"""The office's own ledgers (台账) as they come: workbooks and text files become rows of named fields. Holds no rows of ours.

`opening` turns bytes into grids of cells, `headings` finds the heading and what each column means, `values` reads one
cell, `reading` puts them together. Nothing here touches the database.
"""
