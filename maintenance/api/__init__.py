"""Promises and cases for other programs."""
