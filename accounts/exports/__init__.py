"""Every list of the product as a file: with exactly its filter, its order and its reader's rights."""
