from pathlib import Path

import pytest

import faq

SOUND = """\
section: {id: net, title: {ru: Интернет, en: Internet}}
entries:
  - id: slow
    title: {ru: Медленный интернет, en: Slow internet}
    questions:
      ru: [интернет тормозит, низкая скорость]
      en: [pages load slowly]
    answer: {ru: Перезагрузите роутер, en: Reboot the router}
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(faq.InvalidFiles) as caught:
        faq.load(folder)
    return [str(m).replace(str(folder) + "/", "") for m in caught.value.mistakes]


def test_a_folder_of_files_becomes_one_faq(tmp_path: Path) -> None:
    other = SOUND.replace("id: net", "id: tv").replace("id: slow", "id: tv-slow")
    other = other.replace("интернет", "телевизор").replace("nternet", "elevision")
    other = other.replace("низкая скорость", "плохая картинка").replace("pages", "channels")
    loaded = faq.load(write(tmp_path, a=SOUND, b=other))
    assert list(loaded.entries) == ["slow", "tv-slow"]
    assert [(s.id, s.entries) for s in loaded.sections] == [
        ("net", ("slow",)),
        ("tv", ("tv-slow",)),
    ]
    assert loaded.match("телевизор тормозит").entry == "tv-slow"


def test_a_bare_text_is_in_the_default_language(tmp_path: Path) -> None:
    text = SOUND.replace("{ru: Перезагрузите роутер, en: Reboot the router}", "Reboot it")
    folder = write(tmp_path, a=text)
    assert faq.load(folder).entries["slow"].answer == {"ru": "Reboot it"}
    assert faq.load(folder, default_language="en").entries["slow"].answer == {"en": "Reboot it"}


def test_a_missing_language_is_answered_in_the_other_one_and_says_so(tmp_path: Path) -> None:
    """case F3"""
    text = SOUND.replace(", en: Reboot the router", "")
    entry = faq.load(write(tmp_path, a=text)).entries["slow"]
    assert entry.answer_in("en") == ("Перезагрузите роутер", "ru")
    assert entry.answer_in("ru") == ("Перезагрузите роутер", "ru")


def test_two_entries_that_claim_one_question_are_refused_with_both_places(tmp_path: Path) -> None:
    """case F2"""
    text = SOUND + (
        "  - id: other\n"
        "    title: Другое\n"
        "    questions: ['  «ИНТЕРНЕТ»  тормозит!! 😡']\n"
        "    answer: x\n"
    )
    assert mistakes(write(tmp_path, a=text)) == [
        (
            "a.yaml:11:17: '«ИНТЕРНЕТ»  тормозит!! 😡' is also a question of 'slow' in "
            "a.yaml:6:12 (leave it in one of the two entries)"
        )
    ]


def test_every_mistake_of_every_file_in_one_run(tmp_path: Path) -> None:
    """case H1"""
    first = SOUND.replace("answer:", "anser:").replace("id: slow", "id: Slow!")
    second = SOUND.replace("id: net", "id: net2") + (
        "    buttons: [{text: Да, entry: slov}, {text: Нет}]\n    files: [../secret.png, no.png]\n"
    )
    assert mistakes(write(tmp_path, a=first, b=second, c="a: [")) == [
        "a.yaml:3:9: id: expected text of the form ^[a-z0-9][a-z0-9-]{0,39}$, found 'Slow!'",
        "a.yaml:8:5: anser: unknown key (did you mean 'answer'?)",
        "b.yaml:9:40: a button needs exactly one of url, entry, topic, person (found none)",
        "c.yaml:2:1: not YAML: did not find expected node content",
    ]


def test_links_lead_to_entries_and_files_of_the_folder(tmp_path: Path) -> None:
    """case E10 (path traversal), case H1"""
    (tmp_path / "faq").mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "faq" / "link.png").symlink_to(tmp_path / "secret.png")
    text = SOUND + (
        "    buttons: [{text: Да, entry: slov}]\n"
        "    files: [../secret.png, no.png, /etc/passwd, link.png]\n"
    )
    folder = write(tmp_path / "faq", a=text)
    assert mistakes(folder) == [
        "a.yaml:9:33: there is no entry 'slov' (did you mean 'slow'?)",
        "a.yaml:10:13: the file '../secret.png' is outside the FAQ folder (move it in)",
        "a.yaml:10:28: there is no file 'no.png' (paths begin at faq/)",
        "a.yaml:10:36: the file '/etc/passwd' is outside the FAQ folder (move it in)",
        "a.yaml:10:49: the file 'link.png' is outside the FAQ folder (move it in)",
    ]


def test_an_id_and_a_section_are_used_once(tmp_path: Path) -> None:
    other = SOUND.replace("тормозит", "лежит")
    assert any(
        "the id 'slow' is already used in" in m for m in mistakes(write(tmp_path, a=SOUND, b=other))
    )
    assert any("the section 'net' is already in" in m for m in mistakes(tmp_path))
