"""The Qt window. The only package that imports PySide6; it draws and never works."""
