"""Comparisons and other readings of finished runs."""
