"""Files that people send: what each kind of them is checked and loaded by."""
