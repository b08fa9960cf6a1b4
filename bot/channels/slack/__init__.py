"""Slack: what people say there becomes messages, and what Wherein says becomes blocks."""
