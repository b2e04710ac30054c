"""Who: subscribers, their consent, and the addresses we must never write to."""
