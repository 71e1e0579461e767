"""The Qt-free core of Studiolo: services, worker processes, settings, chats, shell commands."""

__version__ = "0.1.0"
