"""Asking a larger model outside: the sheet that shows what is sent, and the replies in the chat."""
