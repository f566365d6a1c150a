"""What is done with a file that somebody sent, in a process of its own with limits. Knows no Django.

`toolbox.sheets` starts the process (`child.main`), and reads what it left (`spool`).
"""
