"""How the tables of earlier versions become those of this one (alembic), one file a step in `versions/`.

A change of `controller/tables.py` needs a step here; `tests/controller/test_migrations.py` compares the two.
"""

NEWEST = "0009"
"""The last step, so that a start that has nothing to do need not import alembic."""
