"""The settings described, made from the settings themselves: the commented file of `pressbox init`, and the reference."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo

from pressbox.settings import Settings, structs_in

_ANY = "TOPIC"
_HEAD = """\
# pressbox settings. Every key is optional; what is commented out shows the default, or ... where there is none.
# ${NAME} is taken from the environment, ${file:PATH} from a file: passwords belong there.
"""


def commented_toml() -> str:
    """Return a settings file with every section and key, each with what it means and its default."""
    parts = [_HEAD]
    for section in msgspec.structs.fields(Settings):
        for place, struct in enumerate(structs_in(section.type)):
            parts.append(
                "\n".join(_toml_section(section, struct, chosen=place == 0 and section.default is not None)) + "\n"
            )
    return "\n".join(parts)


def markdown() -> str:
    """Return the settings reference: a table a section, the kinds of each one below the other."""
    lines = []
    for section in msgspec.structs.fields(Settings):
        lines += [f"## `{_header(section)}`", ""]
        kinds = structs_in(section.type)
        lines += [f"{_description(section.type).capitalize()}.", ""] if len(kinds) > 1 else []
        for struct in kinds:
            tag = struct.__struct_config__.tag
            lines += [f'### `kind = "{tag}"`', ""] if tag else []
            lines += [_summary(struct), "", "| key | meaning | default |", "|---|---|---|"]
            lines += [f"| `{key}` | {_meaning(field)} | {_markdown_default(field)} |" for key, field in _keys(struct)]
            lines.append("")
    return "\n".join(lines)


def _toml_section(section: FieldInfo, struct: type[Struct], *, chosen: bool) -> Iterator[str]:
    yield f"# {_summary(struct)}"
    header, tag = _header(section), struct.__struct_config__.tag
    if header.startswith("[["):
        for values in section.default or (None,):
            yield from _toml_keys(struct, f"# {header}", values)
        return
    mark = "" if chosen else "# "
    yield f"{mark}{header}"
    if tag:
        yield f'{mark}kind = "{tag}"'
    yield from _toml_keys(struct)
    for field in msgspec.structs.fields(struct):
        for nested in structs_in(field.type):
            table = f"# [{section.encode_name}.{field.encode_name}.{_ANY}]  # {_meaning(field)}"
            yield from _toml_keys(nested, table)


def _toml_keys(struct: type[Struct], header: str = "", values: Struct | None = None) -> Iterator[str]:
    if header:
        yield header
    for field in msgspec.structs.fields(struct):
        if not structs_in(field.type):
            default = field.default if values is None else getattr(values, field.name)
            yield f"# {field.encode_name} = {_toml_value(default)}  # {_meaning(field)}"


def _keys(struct: type[Struct], within: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Give every key of *struct*, those of the tables in it by their dotted name."""
    for field in msgspec.structs.fields(struct):
        nested = structs_in(field.type)
        if not nested:
            yield f"{within}{field.encode_name}", field
        for one in nested:
            yield from _keys(one, f"{within}{field.encode_name}.{_ANY}.")


def _header(section: FieldInfo) -> str:
    return f"[[{section.encode_name}]]" if get_origin(_plain(section.type)) is tuple else f"[{section.encode_name}]"


def _toml_value(value: Any) -> str:
    return "..." if value is NODEFAULT or value is None else msgspec.json.encode(value).decode()


def _markdown_default(field: FieldInfo) -> str:
    if field.default is NODEFAULT:
        return "required"
    return "unset" if field.default is None else f"`{_toml_value(field.default)}`"


def _meaning(field: FieldInfo) -> str:
    choices = get_args(_plain(field.type)) if get_origin(_plain(field.type)) is Literal else ()
    return _description(field.type) + (f" ({', '.join(choices)})" if choices else "")


def _description(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        return next((one.description or "" for one in get_args(annotation)[1:] if isinstance(one, Meta)), "")
    return ""


def _plain(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _summary(struct: type[Struct]) -> str:
    return " ".join((struct.__doc__ or "").split())
