"""Drafts of schemes on pages: what is typed, what a button does to them, what two versions differ in."""
