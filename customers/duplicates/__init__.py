"""Customers that may be one: shown to people, never merged by themselves."""
