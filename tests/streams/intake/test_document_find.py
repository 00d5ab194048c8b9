"""Which files are documents, and what side files and flags say about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.sources import Language
from streams.intake.documents import Metadata, Reason, find_documents, read_document, read_metadata, title_of


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_folder_is_walked_in_order_and_what_is_no_document_is_told(tmp_path: Path) -> None:
    write(
        tmp_path, b_md="x", a_txt="x", sub__c_pdf="x", sub__D_MARKDOWN="x", sub__e_text="x", f_docx="x", g_meta_yaml=""
    )
    write(tmp_path, _hidden_md="x", sub___git__h_md="x", Makefile="x")
    found, refusals = find_documents([tmp_path])
    assert [(candidate.relative, candidate.media_type) for candidate in found] == [
        ("a.txt", "text/plain"),
        ("b.md", "text/markdown"),
        ("sub/D.MARKDOWN", "text/markdown"),
        ("sub/c.pdf", "application/pdf"),
        ("sub/e.text", "text/plain"),
    ]
    assert [(refusal.path.name, refusal.reason) for refusal in refusals] == [
        ("Makefile", Reason.UNSUPPORTED),
        ("f.docx", Reason.UNSUPPORTED),
    ]
    assert ".docx files are not read" in refusals[1].why


def test_a_file_given_twice_counts_once_and_its_name_is_its_relative_path(tmp_path: Path) -> None:
    write(tmp_path, sub__a_md="x")
    found, _ = find_documents([tmp_path / "sub" / "a.md", tmp_path])
    assert [candidate.relative for candidate in found] == ["a.md"]


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.md"):
        find_documents([tmp_path / "gone.md"])


def test_links_are_followed_only_inside_their_folder(tmp_path: Path) -> None:
    write(tmp_path, out__secret_md="x", out__more__b_md="x", inside__a_md="x", inside___data__c_md="x")
    inside = tmp_path / "inside"
    (inside / "alias.md").symlink_to(inside / "a.md")
    (inside / "c.md").symlink_to(inside / ".data" / "c.md")
    (inside / "loop").symlink_to(inside)
    (inside / "self.md").symlink_to(inside / "self.md")
    (inside / "more").symlink_to(tmp_path / "out" / "more")
    (inside / "secret.md").symlink_to(tmp_path / "out" / "secret.md")
    found, refusals = find_documents([inside])
    assert [candidate.relative for candidate in found] == ["a.md", "c.md"]
    assert sorted(refusal.path.name for refusal in refusals) == ["more", "secret.md", "self.md"]
    assert sum("link out of its folder" in refusal.why for refusal in refusals) == 2


def test_side_files_are_looked_for_by_whole_name_first(tmp_path: Path) -> None:
    write(tmp_path, a_md="x")
    for name in ("a.meta.json", "a.meta.yaml", "a.md.meta.json", "a.md.meta.yaml"):
        text = f'{{"title": "{name}"}}' if name.endswith("json") else f"title: {name}"
        (tmp_path / name).write_text(text)
        assert read_metadata(tmp_path / "a.md").title == name
    found, refusals = find_documents([tmp_path])
    assert [candidate.relative for candidate in found] == ["a.md"]
    assert refusals == []


def test_flags_win_over_the_side_file_field_by_field(tmp_path: Path) -> None:
    write(tmp_path, a_md="x", a_meta_yaml="id: one\ntitle: Side\nlicence: CC0-1.0\nlanguage: zh\n")
    found, _ = find_documents([tmp_path], Metadata(title="Flag", citation="Flag, 2026"))
    assert found[0].metadata == Metadata("one", "Flag", "CC0-1.0", "Flag, 2026", Language.ZH)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("titel: x", "unknown field `titel`"),
        ("title: 2026", "field `title` must be text, not int"),
        ("title: ''", "field `title`"),
        ('id: "a\\u0007b"', "field `id`"),
        (f"id: {'x' * 201}", "field `id` must be 1 to 200"),
        ("licence: [a, b]", "field `licence` must be text, not list"),
        ("language: fr", "field `language` must be one of en, zh"),
        ("language: [en]", "field `language`"),
        ("- a\n- b", "must hold fields"),
        ("title: [", "not valid YAML at line"),
        ("title: !!python/object/apply:os.getcwd []", "not valid YAML"),
        ("x" * 70_000, "larger than"),
    ],
)
def test_a_side_file_that_cannot_be_used_names_the_field(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, a_md="x", a_meta_yaml=text, b_md="x")
    found, refusals = find_documents([tmp_path])
    assert [candidate.relative for candidate in found] == ["b.md"]
    assert refusals[0].reason is Reason.SIDE_FILE
    assert told in refusals[0].why
    assert "a.meta.yaml" in refusals[0].why


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 60_000])
def test_a_side_file_in_json_that_is_none(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, a_md="x")
    (tmp_path / "a.md.meta.json").write_bytes(content)
    assert [refusal.reason for refusal in find_documents([tmp_path])[1]] == [Reason.SIDE_FILE]


def test_an_empty_side_file_says_nothing(tmp_path: Path) -> None:
    write(tmp_path, a_md="x", a_meta_yaml="")
    assert find_documents([tmp_path])[0][0].metadata == Metadata()


def test_one_id_belongs_to_one_document(tmp_path: Path) -> None:
    write(tmp_path, a_md="x", a_meta_yaml="id: one", b_md="x", b_meta_yaml="id: one")
    found, refusals = find_documents([tmp_path])
    assert [candidate.relative for candidate in found] == ["a.md"]
    assert "already the id of a.md" in refusals[0].why


def test_the_title_is_the_one_given_else_the_first_heading_else_the_stem() -> None:
    headed = read_document(b"# Disc\n\n## Bulge\n\nText here.", "text/markdown")
    assert title_of(Metadata(title="Given"), headed, Path("a.md")) == "Given"
    assert title_of(Metadata(), headed, Path("a.md")) == "Disc"
    assert title_of(Metadata(), read_document(b"Text here.", "text/plain"), Path("notes.txt")) == "notes"
