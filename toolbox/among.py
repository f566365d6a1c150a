"""A lookup as `in`, for thousands of values: Django looks at each of them several times, PostgreSQL takes them in one array."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler

from toolbox.bulk import array_of


@ForeignKey.register_lookup
@Field.register_lookup
class Among(In):
    """`filter(pk__among=pks)`. The values are as the column keeps them: numbers or texts, no rows and no queries."""

    lookup_name = "among"
    rhs: Iterable[int | str]

    def get_prep_lookup(self) -> list[int | str]:
        return list(dict.fromkeys(self.rhs))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any] | tuple[Any, ...]]:
        if not self.rhs:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        # numbers of another type than the column's would be compared with each row one by one, instead of by their hash
        return f"{column} = ANY(%s::{array_of(self.lhs.output_field, connection)})", [*params, self.rhs]
