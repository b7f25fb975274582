"""What Alembic runs: the migrations, in one transaction, on the connection it was handed."""

from alembic import context

from regulars.adapters.ledger._tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
