"""Takes work back: a new commit that is as an earlier one, so that nothing of what was tried is lost."""

from checkpoints.effects import Effects
from tools.code.committing import commit_tree, find_commit, told, tree_at
from tools.code.workspace import home_of
from tools.code.worktrees import Json, Workspace, ensure, free_locks, git_beside, head_of, locked, reset


def take_back(effects: Effects, workspace: Workspace, commit: str, why: str) -> str:
    """The branch and its worktree are as at `commit` again, by one more commit, once for this place.

    Returns the commit that had the work; "" where there is nothing to take back.
    """
    name = "taking back"
    key = effects.place.key(name)

    def do() -> Json:
        with locked(home_of(effects), workspace.key) as held:
            ensure(workspace, held, is_new=False)
            git = git_beside(workspace, held)
            head, tree = head_of(git, workspace), tree_at(git, commit)
            if tree_at(git, head) == tree:
                return told("", tree, []) | {"left": ""}
            made = commit_tree(git, tree, [head], why, key)
            free_locks(workspace)
            git.run("update-ref", workspace.ref, made, head)
            reset(workspace, held)
            return told(made, tree, []) | {"left": head}

    def reconcile() -> Json | None:
        found = find_commit(git_beside(workspace), workspace, key)
        if found is None:
            return None
        with locked(home_of(effects), workspace.key) as held:
            ensure(workspace, held, is_new=False)
            reset(workspace, held)
        return found | {"left": git_beside(workspace).line("rev-parse", f"{found['commit']}^")}

    left: str = effects.effect(name, "reconcile", {"branch": workspace.branch, "to": commit}, do, reconcile)["left"]
    return left
