"""Local inference: chat models, embedders, their catalogue, and the machine that they run on.

Weights never live here; they are files in the person's models folder (see `app.paths`).
"""
