"""Alembic's door: runs on the connection that database.upgrade_core hands over, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="iku_migration")
context.run_migrations()
