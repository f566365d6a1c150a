"""What people may type about promises, playbooks, cases and surveys."""
