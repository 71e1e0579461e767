"""Files of each format to text with positions."""
