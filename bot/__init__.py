"""The service: it hears, remembers and replies."""
