"""Chats: kept in SQLite, vetted when somebody else may have made them."""
