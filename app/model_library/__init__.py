"""The models on this computer: listed, added, downloaded, removed and chosen."""
