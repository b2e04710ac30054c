"""What happened, in counts and in sentences."""
