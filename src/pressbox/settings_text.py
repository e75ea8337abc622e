"""The settings described, made from the settings themselves: the commented file of `pressbox init`, and the reference."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo

from pressbox.settings import Settings, structs_in

_HEAD = """\
# pressbox settings. Every key is optional; what is commented out shows the default.
# ${NAME} is taken from the environment, ${file:PATH} from a file: passwords belong there.
"""


def commented_toml() -> str:
    """Return a settings file with every section and key, each with what it means and its default."""
    parts = [_HEAD]
    for section in msgspec.structs.fields(Settings):
        lists = get_origin(_plain(section.type)) is tuple
        for place, struct in enumerate(structs_in(section.type)):
            parts.append("\n".join(_toml_section(section, struct, lists=lists, chosen=place == 0)) + "\n")
    return "\n".join(parts)


def markdown() -> str:
    """Return the settings reference: a table a section, the kinds of each one below the other."""
    lines = []
    for section in msgspec.structs.fields(Settings):
        lines += [f"## `{section.encode_name}`", "", f"{_description(section.type).capitalize()}.", ""]
        for struct in structs_in(section.type):
            tag = struct.__struct_config__.tag
            lines += [f'### `kind = "{tag}"`', ""] if tag else []
            lines += [_summary(struct), "", "| key | meaning | default |", "|---|---|---|"]
            for field in msgspec.structs.fields(struct):
                lines.append(f"| `{field.encode_name}` | {_meaning(field)} | {_markdown_default(field)} |")
            lines.append("")
    return "\n".join(lines)


def _toml_section(section: FieldInfo, struct: type[Struct], *, lists: bool, chosen: bool) -> Iterator[str]:
    yield f"# {_summary(struct)}"
    name = f"[[{section.encode_name}]]" if lists else f"[{section.encode_name}]"
    yield f"# {name}" if lists or not chosen else name
    tag = struct.__struct_config__.tag
    if tag:
        yield f'kind = "{tag}"' if chosen else f'# kind = "{tag}"'
    for field in msgspec.structs.fields(struct):
        if structs_in(field.type):
            yield f"# [{section.encode_name}.{field.encode_name}.TOPIC]  {_meaning(field)}"
            continue
        yield f"# {field.encode_name} = {_toml_default(field)}  # {_meaning(field)}"


def _toml_default(field: FieldInfo) -> str:
    default = field.default
    if default is NODEFAULT or default is None:
        return "..."
    return msgspec.json.encode(default).decode()


def _markdown_default(field: FieldInfo) -> str:
    if field.default is NODEFAULT and field.default_factory is NODEFAULT:
        return "required"
    return "unset" if field.default in (None, NODEFAULT) else f"`{_toml_default(field)}`"


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
