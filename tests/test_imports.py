"""What importing costs, and that the public names are true."""

import subprocess
import sys

import pytest

import empathy_agent

HEAVY = [
    *("torch", "transformers", "sentence_transformers", "chromadb", "cv2", "onnxruntime"),
    *("textual", "langgraph", "langchain_core"),
]


def _loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import empathy_agent",
        "import empathy_agent.affect, empathy_agent.errors, empathy_agent.prompts",
        "import empathy_agent.cli",
        "import empathy_agent.safety.screen, empathy_agent.safety.guard, empathy_agent.safety.hold",
        "import empathy_agent.documents, empathy_agent.settings",
    ],
)
def test_importing_loads_nothing_heavy(code: str):
    assert _loaded_after(code) == set()


def test_the_terminal_ui_loads_textual_alone():
    assert _loaded_after("import empathy_agent.tui") <= {"textual"}


def test_building_the_agent_loads_no_model():
    code = "from empathy_agent.app import open_parts; open_parts()"
    heavy = {"torch", "transformers", "sentence_transformers", "onnxruntime", "textual"}
    assert not _loaded_after(code) & heavy


def test_all_is_sorted_and_true():
    assert empathy_agent.__all__ == sorted(empathy_agent.__all__)
    for name in empathy_agent.__all__:
        assert getattr(empathy_agent, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_here"):
        empathy_agent.nothing_here  # noqa: B018  # pyright: ignore[reportUnusedExpression, reportAttributeAccessIssue]
