"""A widget for each kind of panel, and the panels of a sheet laid out together."""
