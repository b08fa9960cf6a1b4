"""A walk through Microsoft's own stand-in for Teams, with the whole service."""
