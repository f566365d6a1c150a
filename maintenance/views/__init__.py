"""My day, what is owed, playbooks, cases and surveys."""
