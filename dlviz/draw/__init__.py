"""Sheets on paper, slides and pages: each panel kind is drawn once per medium, from the same numbers."""
