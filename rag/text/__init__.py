"""Words, sentences, dates and languages: functions of strings, without state.

Start with `sentences`, `words` (for the full-text index) and `fold` (for comparing).
"""
