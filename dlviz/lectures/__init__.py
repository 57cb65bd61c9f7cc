"""Lectures, guided tours and decks: many sheets in order."""
