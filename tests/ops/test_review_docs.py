"""docs/operate/plan-review.md shows a real comment, and names every guard."""

from pathlib import Path

from ops.review.guards import GUARDS, LABEL_PREFIX

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_is_a_real_comment() -> None:
    golden = (ROOT / "tests" / "ops" / "golden" / "queue-replaced.md").read_text(encoding="utf-8")
    shown = golden.partition("<details>")[0].partition("\n")[2].strip()
    text = (ROOT / "docs" / "operate" / "plan-review.md").read_text(encoding="utf-8")
    assert shown in text
    for guard in GUARDS:
        assert f"| `{guard}` |" in text
        assert f"`{LABEL_PREFIX}{guard}`" in text
