"""Reports of what was published: one document of plain blocks, and three ways to write it down.

`lkjip` and `monthly` say what stands in it, `pdf`, `docx` and `xlsx` how it looks. Whatever a block says is data: no
writer reads it as markup. What they are made of is handed in by the pipeline as a `Vintage` and what was known at it.
"""
