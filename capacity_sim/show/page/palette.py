"""Colours of the report, as pairs of ink and ground whose contrast is held by a test."""

INK, GROUND, SOFT, LINE = "#1d2733", "#ffffff", "#f3f6f9", "#c8d1da"
QUIET, LINK, MARK = "#4a5866", "#00518a", "#0b3c5d"
GOOD, FAIR, POOR = "#00593f", "#7a4300", "#8f1d1d"

COLOURS = {
    "ink": INK, "ground": GROUND, "soft": SOFT, "line": LINE, "quiet": QUIET, "link": LINK, "mark": MARK,
    "good": GOOD, "fair": FAIR, "poor": POOR,
}  # fmt: skip
#: what is written in which colour on which
TEXTS = (
    (INK, GROUND), (INK, SOFT), (QUIET, GROUND), (QUIET, SOFT), (LINK, GROUND), (LINK, SOFT), (GROUND, MARK),
    (MARK, GROUND), (MARK, SOFT), (GOOD, GROUND), (FAIR, GROUND), (POOR, GROUND), (GOOD, SOFT), (FAIR, SOFT),
    (POOR, SOFT),
)  # fmt: skip
