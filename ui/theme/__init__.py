"""Colours, spacing, icons and style sheets, light and dark."""
