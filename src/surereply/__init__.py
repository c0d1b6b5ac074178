"""Surereply answers a business's leads on WhatsApp: every customer once, never twice, never not at all."""

__version__ = "0.1.0"
