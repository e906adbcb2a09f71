"""Tables and charts of results: text and figures, never printed here."""
