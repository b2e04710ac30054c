"""Run by Alembic inside the caller's transaction, so that a migration is whole or absent."""

from alembic import context

from partwork.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
