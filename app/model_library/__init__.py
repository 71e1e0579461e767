"""The models on this computer: listed, added, fetched, removed and chosen."""
