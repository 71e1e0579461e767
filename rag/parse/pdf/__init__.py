"""PDF pages to documents: reading order, paragraphs, tables."""
