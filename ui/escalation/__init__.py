"""Asking a larger model outside: the sheet that shows all of it, and the replies in the chat."""
