"""Tables, migrations, and queries by subject: the only SQL."""
