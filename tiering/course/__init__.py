"""Tier history across a book: what is counted (`periods`, `counting`, pure), read (`figures`) and asked (`asking`)."""
