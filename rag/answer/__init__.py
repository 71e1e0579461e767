"""The prompt, the form of a reply, quotes, and what supports an answer."""
