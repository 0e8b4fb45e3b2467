"""A plan of PostgreSQL in words: what it cost, what is suspicious, and the tree of its nodes."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

MANY_ROWS = 1000
FAR_OFF = 10
CONDITIONS = (
    "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "Sort Key", "Group Key",
    "Sort Method", "Sort Space Type", "Hash Batches", "Heap Fetches", "Workers Launched", "Rows Removed by Filter",
    "Rows Removed by Join Filter", "Rows Removed by Index Recheck",
)  # fmt: skip


def told(plan: Json) -> str:
    """The whole answer about one plan, its suspicions before its tree."""
    top = plan["Plan"]
    head = (
        f"{_number(top['Actual Rows'] * top['Actual Loops'])} rows; planning {plan['Planning Time']:.2f} ms, "
        f"execution {plan['Execution Time']:.2f} ms; buffers {_buffers(top)}; top node {kind(top)}"
    )
    suspicions = [f"- {one}" for node, is_cut_short in nodes(top) for one in _suspicions(node, is_cut_short)]
    return "\n".join([head, *(suspicions or ["- nothing suspicious in the plan"]), "", *_tree(top, 0)])


def nodes(node: Json, is_cut_short: bool = False) -> Iterator[tuple[Json, bool]]:
    """A node and everything below it, from the top, and whether a LIMIT above stops it before its end."""
    yield node, is_cut_short
    for below in node.get("Plans", ()):
        yield from nodes(below, is_cut_short or node["Node Type"] == "Limit")


def kind(node: Json) -> str:
    """What a node does and to what, as in `Index Scan using quotes_symbol on quotes`."""
    parallel = "Parallel " if node.get("Parallel Aware") else ""
    join = f" {node['Join Type']}" if node.get("Join Type") not in (None, "Inner") else ""
    index = f" using {node['Index Name']}" if "Index Name" in node else ""
    place = node.get("Relation Name") or node.get("CTE Name") or node.get("Function Name")
    return f"{parallel}{node['Node Type']}{join}{index}{f' on {place}' if place else ''}"


def _suspicions(node: Json, is_cut_short: bool) -> Iterator[str]:
    """What a person who reads plans would point at."""
    loops = node["Actual Loops"]
    found = node["Actual Rows"] * loops
    thrown = node.get("Rows Removed by Filter", 0) * loops
    if node["Node Type"] == "Seq Scan" and found + thrown >= MANY_ROWS:
        yield f"{kind(node)} reads {_number(found + thrown)} rows and throws {_number(thrown)} away"
    elif thrown >= MANY_ROWS and thrown > FAR_OFF * found:
        yield f"{kind(node)} throws {_number(thrown)} rows away and keeps {_number(found)}"
    if node.get("Sort Space Type") == "Disk" or node.get("Hash Batches", 1) > 1:
        yield f"{kind(node)} did not fit into work_mem and went to disk"
    few_are_meant = is_cut_short and node["Actual Rows"] < node["Plan Rows"]
    if loops and not few_are_meant and _is_far_off(node["Plan Rows"], node["Actual Rows"]):
        yield f"{kind(node)}: {_number(node['Plan Rows'])} rows were expected and {_number(node['Actual Rows'])} came"


def _is_far_off(expected: float, found: float) -> bool:
    least, most = sorted((max(expected, 1), max(found, 1)))
    return bool(most > FAR_OFF * least and most >= MANY_ROWS)


def _tree(node: Json, depth: int) -> Iterator[str]:
    """The node, what it was told to do, and those below it, each a step further in."""
    indent = "      " * depth
    if not node["Actual Loops"]:
        happened = "never run"
    else:
        loops = f", {node['Actual Loops']} loops" if node["Actual Loops"] > 1 else ""
        happened = f"{_number(node['Actual Rows'])} came{loops}, {node['Actual Total Time']:.2f} ms, {_buffers(node)}"
    expected = f"cost {node['Total Cost']:.0f}, {_number(node['Plan Rows'])} rows expected"
    yield f"{indent[:-4]}{'->  ' if depth else ''}{kind(node)} ({expected}, {happened})"
    for name in CONDITIONS:
        if name in node and node[name] not in (0, 1, "Memory"):
            value = node[name]
            yield f"{indent}  {name}: {', '.join(value) if isinstance(value, list) else value}"
    for below in node.get("Plans", ()):
        yield from _tree(below, depth + 1)


def _buffers(node: Json) -> str:
    """Pages of 8 kB, as PostgreSQL counts them, those of the nodes below included."""
    hit, read = node.get("Shared Hit Blocks", 0), node.get("Shared Read Blocks", 0)
    temporary = node.get("Temp Read Blocks", 0) + node.get("Temp Written Blocks", 0)
    return f"{hit} hit {read} read" + (f" {temporary} temporary" if temporary else "")


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.2f}"
