"""Agent files in every form they come in, and whatever else may lie under such a name."""

import os
from pathlib import Path

import pytest

from prompts.agent import Agent, key_of
from prompts.agent_files import MOST_BYTES, MOST_FILES, Source, read_agent_text
from prompts.agent_reading import read_agent
from prompts.agent_tools import TOOLS
from prompts.front_matter import UnusableFile, read_front_matter
from prompts.registry import load, read_all

FILES = Path(__file__).parent / "agent_files"
GOOD = "---\nname: {name}\ndescription: Something.\n---\nYou do {name}.\n"


def read(file: Path, root: Path | None = None) -> Agent:
    return read_agent(read_agent_text(file, root), file, "project")


def test_tools_are_read_from_a_row_a_list_and_an_absent_line() -> None:
    assert read(FILES / "comma.md").tools == ("search", "read", "run", "run_tests", "git_diff", "git_log", "git_blame")
    assert read(FILES / "listed.md").tools == ("read", "write", "edit")
    assert read(FILES / "absent.md").tools == TOOLS


def test_an_agent_writes_only_where_its_tools_can() -> None:
    assert [read(FILES / name).writes for name in ("comma.md", "listed.md", "absent.md")] == ["nothing", "all", "all"]


def test_a_wish_to_write_gives_no_tool_and_a_wish_not_to_takes_them_away(tmp_path: Path) -> None:
    wishes = {"writes: all\ntools: Read": "nothing", "writes: nothing\ntools: Read, Write": "nothing"}
    for number, (lines, writes) in enumerate(wishes.items()):
        file = tmp_path / f"{number}.md"
        file.write_text(f"---\nname: a\ndescription: b\n{lines}\n---\nc\n")
        assert (read(file).writes, read(file).tools) == (writes, ("read",))


def test_a_colon_in_the_description_does_not_lose_the_file() -> None:
    agent = read(FILES / "colon.md")
    assert agent.description.endswith("Not for two things: that is another agent.")
    assert agent.tools == ("read", "edit")
    assert agent.problems[0].startswith("is not strict YAML, so it was read line by line (line 3:")


def test_a_dialogue_in_the_description_is_no_field() -> None:
    agent = read(FILES / "dialogue.md")
    assert "tools: this line is part of the talk" in agent.description
    assert agent.tools == ("read", "run", "run_tests", "git_diff", "git_log", "git_blame")
    assert agent.model == "opus"
    assert agent.extra == {}


def test_blocks_of_text_are_read_by_yaml_and_without_it() -> None:
    assert read(FILES / "block.md").description == "Use it for translations. It knows two languages: plain and legal."
    assert read(FILES / "loose_block.md").description == "Folded over two lines."
    assert read(FILES / "loose_block.md").tools == ("list", "glob", "search")


def test_a_limit_that_cannot_be_kept_takes_the_tool_away() -> None:
    agent = read(FILES / "limits.md")
    assert agent.tools == ("read", "run_tests", "git_diff", "git_log", "git_blame", "ask_agent")
    assert agent.problems == (
        "the limit Bash(npm run build) cannot be kept, so Bash is not given",
        "the limit Task(helper) is not kept: Task is given as a whole",
    )


def test_unknown_and_unavailable_tools_and_unknown_keys_are_named() -> None:
    agent = read(FILES / "strangers.md")
    assert agent.tools == ("read",)
    assert agent.extra == {"team": "platform"}
    assert agent.problems == (
        "unknown key team is kept without effect",
        "tool mcp__github__create_issue is unavailable: no server is started for an agent file",
        "tool TodoWrite is unavailable: the planner keeps the to-do list",
        "tool Teleport is unknown",
    )


def test_hooks_servers_and_permission_modes_are_refused_and_no_file_makes_a_runtime_agent() -> None:
    agent = read(FILES / "powers.md")
    assert agent.refused == ("hooks", "mcpServers", "permissionMode")
    assert agent.kind == "specialist"
    assert agent.max_turns is None
    assert [problem.split(":")[0].split()[0] for problem in agent.problems] == [
        "kind",
        "maxTurns",
        "hooks",
        "mcpServers",
        "permissionMode",
    ]


def test_every_field_of_ours_is_read() -> None:
    agent = read(FILES / "ours.md")
    assert (agent.kind, agent.writes, agent.mandatory, agent.priority) == ("specialist", "tests", True, "high")
    assert agent.version == "1.10"
    assert agent.capabilities == ("tides", "moons")
    assert agent.triggers == ("code_change", "terraform", "data base")
    assert agent.requires == ("code-reviewer",)
    assert agent.examples == ("when is high water, and where", "is the moon full")
    assert agent.max_turns == 12
    assert agent.tools == ("read", "write", "run_tests")
    assert agent.problems == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no_front_matter", "has no front matter"),
        ("unclosed", "never closed"),
        ("no_name", "has no name"),
        ("no_description", "has no description"),
        ("empty_body", "has no text below its front matter"),
        ("name_of_dots", "a name that is no name"),
    ],
)
def test_a_file_without_a_required_part_says_which(name: str, why: str) -> None:
    with pytest.raises(UnusableFile, match=why):
        read(FILES / "unusable" / f"{name}.md")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"---\nname: caf\xe9\n---\nx", "is not UTF-8: byte 14 is 0xe9"),
        ("---\nname: a\n---\nx".encode("utf-16"), "is not UTF-8"),
        (b"\x7fELF\x00\x01\x02", "is a binary file"),
        (b"", "has no front matter"),
        (b"---\n---\nx", "has no name"),
        (b"---\nname: a\ndescription: b\n---\n" + b"x" * MOST_BYTES, "is larger than 1,000,000 bytes"),
    ],
)
def test_bytes_that_are_no_agent_are_named_for_what_they_are(tmp_path: Path, raw: bytes, why: str) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(raw)
    with pytest.raises(UnusableFile, match=why):
        read(file)


def test_a_byte_order_mark_and_windows_line_ends_are_read_and_named(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.format(name="windows").replace("\n", "\r\n").encode())
    agent = read(file)
    assert agent.prompt == "You do windows."
    assert agent.problems == ("begins with a byte order mark", "has Windows line ends")


def test_what_a_terminal_obeys_and_nobody_sees_reaches_neither_name_nor_prompt(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(
        '---\nname: "a\\x1b[31mb\\u202e"\ndescription: c\x07d\n---\nDo\u200b it\U000e0041.\x1b[2J\n', encoding="utf-8"
    )
    agent = read(file)
    assert (agent.name, agent.description, agent.prompt) == ("a[31mb", "cd", "Do it.[2J")
    assert agent.problems[:2] == (
        "has control characters, which were left out",
        "has invisible characters, which were left out",
    )


@pytest.mark.parametrize("opened", ["[", "\n- ", "{a: ", "\n? "])
def test_a_hundred_thousand_open_brackets_crash_nothing(opened: str) -> None:
    matter = read_front_matter(f"---\nname: deep\na: {opened + opened.strip(chr(10)) * 100_000}\n---\nx")
    assert matter.fields["name"] == "deep"
    assert matter.problems[0].startswith("is not strict YAML, so it was read line by line")


def test_aliases_that_would_grow_without_end_are_plain_text() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert read_front_matter(f"---\n{bomb}---\nx").fields["i"] == "&i [*h, *h, *h]"


def test_a_tag_builds_no_object() -> None:
    fields = read_front_matter("---\nname: !!python/object/apply:os.getcwd []\nmodel: !x sonnet\n---\nx").fields
    assert fields == {"name": [], "model": "sonnet"}


def test_nothing_is_guessed_to_be_a_number_a_date_or_a_truth() -> None:
    fields = read_front_matter("---\nname: 007\nversion: 1.10\nmandatory: no\nrequires: 2024-13-45\n---\nx").fields
    assert fields == {"name": "007", "version": "1.10", "mandatory": "no", "requires": "2024-13-45"}


def test_a_link_out_of_the_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(GOOD.format(name="secret"))
    folder = tmp_path / "project" / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "stolen.md").symlink_to(tmp_path / "secret.md")
    (folder / "friend.md").write_text(GOOD.format(name="friend"))
    (folder / "again.md").symlink_to("friend.md")
    found = load([Source(folder, "project", root=tmp_path / "project")])
    assert [agent.name for agent in found] == ["friend"]
    assert [flaw.file.name for flaw in found.flaws] == ["stolen.md"]


def test_an_agents_folder_that_leads_out_of_the_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "secret.md").write_text(GOOD.format(name="secret"))
    (tmp_path / "project" / ".claude").mkdir(parents=True)
    (tmp_path / "project" / ".claude" / "agents").symlink_to(tmp_path / "mine")
    found = load([Source(tmp_path / "project/.claude/agents", "project", root=tmp_path / "project")])
    assert len(found) == 0
    assert "outside the project" in found.flaws[0].message


def test_links_in_a_circle_pipes_and_folders_named_like_agents_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("b.md")
    (tmp_path / "b.md").symlink_to("a.md")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "folder.md" / "deep.md").write_text(GOOD.format(name="deep"))
    found = read_all([Source(tmp_path, "project", root=tmp_path)])
    assert [agent.name for agent in found.agents] == ["deep"]
    assert sorted((flaw.file.name, flaw.message.split(",")[0]) for flaw in found.flaws) == [
        ("a.md", "is a link that leads nowhere"),
        ("b.md", "is a link that leads nowhere"),
        ("loop", "is a link to a folder"),
        ("pipe.md", "is no regular file"),
    ]


def test_a_file_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"caf\xe9\x1b[31m.md")
    file.write_text("no agent")
    found = read_all([Source(tmp_path, "project")])
    assert str(found.flaws[0]).encode() and "\x1b" not in str(found.flaws[0])


def test_a_folder_without_end_is_read_up_to_a_bound(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number:04}.md").touch()
    flaws = read_all([Source(tmp_path, "user")]).flaws
    assert len(flaws) == MOST_FILES + 1
    assert any("more than 2,000" in flaw.message for flaw in flaws)


def test_spellings_of_one_name_are_one_key() -> None:
    assert {key_of(name) for name in ("Code Reviewer", "code-reviewer", "code_reviewer", "CODE--REVIEWER")} == {
        "code_reviewer"
    }
    assert len({key_of(name) for name in ("c-pro", "c++-pro", "c#-pro")}) == 3
