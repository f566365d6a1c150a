"""The tiers' pages."""
