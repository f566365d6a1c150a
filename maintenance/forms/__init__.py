"""What people may type about promises and playbooks."""
