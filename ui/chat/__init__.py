"""The conversation: chat list, messages, composer."""
