"""A network looked at while it learns."""
