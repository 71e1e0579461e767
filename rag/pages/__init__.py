"""Pages as images: draws them, recognises text in them, highlights quotes on them.

Start with `render` (a page for display) and `ocr` (the text of a scan). Runs in the parse worker.
"""
