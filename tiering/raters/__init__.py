"""Rater care: averages beside a rating, and whose ratings somebody should look at."""
