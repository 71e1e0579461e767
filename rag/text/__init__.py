"""Words, sentences, dates and languages: functions of strings."""
