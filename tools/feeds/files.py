"""The text of a file that a person names, or one sentence about why there is none."""

from pathlib import Path

from graph.errors import BadInput

LARGEST_BYTES = 200_000_000


def read_text(path: Path) -> str:
    """The file as text, without its byte order mark; raises BadInput for what no option chain can be."""
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no plain file" if path.exists() else "not there"
            raise BadInput(f"{path.name} is {what}: check the name.")
        if (size := path.stat().st_size) > LARGEST_BYTES:
            raise BadInput(
                f"{path.name} has {size / 1e6:,.0f} MB, and an option chain has a few: "
                f"give the chain of one symbol, at most {LARGEST_BYTES / 1e6:,.0f} MB."
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "its name cannot be used"
        raise BadInput(f"{path.name} cannot be read ({why.lower()}): check the file.") from error
    return _decoded(content, path.name)


def _decoded(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is not UTF-8 text: save it as CSV in UTF-8, or as JSON.") from error
    if not text.strip():
        raise BadInput(f"{name} is empty: export or download the chain again.")
    if "\0" in text:
        raise BadInput(f"{name} is a binary file, not text: give a CSV or a Yahoo options body in JSON.")
    return text
