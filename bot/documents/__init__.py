"""What people put in: brought in, and made into documents."""
