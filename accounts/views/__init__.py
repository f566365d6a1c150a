"""Log-in, own settings, notices and exports."""
