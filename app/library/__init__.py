"""The person's folders and files: indexed, read, removed, and kept on this computer."""
