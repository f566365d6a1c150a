"""My day, what is owed, and the playbooks."""
