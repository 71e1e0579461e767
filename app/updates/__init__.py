"""News of a later version: asked for by the person only, signed, and never installed by itself."""
