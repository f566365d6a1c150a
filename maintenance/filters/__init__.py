"""What lists of promises, cases and surveys may be asked."""
