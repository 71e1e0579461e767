"""Formats that are text inside: plain text, markup, data, calendars, books."""
