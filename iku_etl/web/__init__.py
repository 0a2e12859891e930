"""The web pages: what officials open in the morning."""
