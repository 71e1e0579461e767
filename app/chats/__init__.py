"""Chats: kept in SQLite, validated when they come from a backup."""
