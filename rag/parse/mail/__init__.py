"""Mail and its attachments to documents."""
