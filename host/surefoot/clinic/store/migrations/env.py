# SPDX-License-Identifier: MIT
"""What Alembic runs: the migrations on the connection that `migrate` has opened, within its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
