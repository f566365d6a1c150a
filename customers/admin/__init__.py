"""Customers and their facts, as an administrator sees and corrects them."""

from customers.admin import customer, facts, group, imports, merge, standing, teamwork, upload

__all__ = ["customer", "facts", "group", "imports", "merge", "standing", "teamwork", "upload"]
