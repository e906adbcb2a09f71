"""What is said beside the answer: to stderr, so that stdout is data alone."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print to stderr."""
    print(text, file=sys.stderr, flush=True)
