"""Tables of the lake -> the statements that make them external tables elsewhere."""

from typing import Final, Literal, TypeAlias, get_args

from pressbox.model.action import ActionTable, FieldType

Dialect: TypeAlias = Literal["hive", "trino", "spark"]

DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)
_TRINO: Final[dict[FieldType, str]] = {"string": "varchar", "float": "real"}


def create_statement(table: ActionTable, dialect: Dialect, *, schema: str, location: str) -> str:
    """
    Return the statement that makes *table* one of *dialect*, over its folder below *location*.

    `timestamp` is a reserved word in newer versions of Hive, so names are quoted there.
    """
    place = f"{location.rstrip('/')}/{table.folder}".replace("'", "''")
    if dialect == "trino":
        columns = _columns(table, '"', _TRINO)
        options = f"external_location = '{place}', format = 'PARQUET'"
        return f"create table if not exists hive.{schema}.{table.name} (\n{columns})\nwith ({options});"
    columns = _columns(table, "`", {})
    beginning = f"create external table if not exists {schema}.{table.name} (\n{columns})"
    if dialect == "hive":
        return f'{beginning}\nstored as parquet location \'{place}\'\ntblproperties ("parquet.compress"="SNAPPY");'
    return f"{beginning.replace('external ', '')}\nusing parquet location '{place}';"


def _columns(table: ActionTable, quote: str, types: dict[FieldType, str]) -> str:
    told = [f"  {quote}{one.name}{quote} {types.get(one.type, one.type)}" for one in table.columns]
    return ",\n".join(told)
