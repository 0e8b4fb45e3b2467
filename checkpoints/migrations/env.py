"""Where Alembic gets its connection: from checkpoints.schema, which holds the lock."""

from alembic import context

from checkpoints.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
