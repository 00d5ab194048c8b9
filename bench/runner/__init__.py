"""Has models answer the items of a version, and says what they score."""
