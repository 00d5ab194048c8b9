"""The table that the paper printed, checked against its own formula."""

from bench.published.checked import Misprint, PublishedRow, published_rows, published_table
from bench.published.scores import PUBLISHED, SOURCE, Published

__all__ = [
    "PUBLISHED",
    "SOURCE",
    "Misprint",
    "Published",
    "PublishedRow",
    "published_rows",
    "published_table",
]
