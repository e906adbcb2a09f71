"""Draws, replications, their rows and the folders that keep them."""
