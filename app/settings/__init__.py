"""The person's settings: typed, versioned, recovered when damaged."""
