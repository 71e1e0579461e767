"""The person's folders and files: brought up to date, read, forgotten, kept on this computer."""
