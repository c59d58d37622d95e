"""What is wrong with a file: where, in which line, all at once, and never a traceback."""

import sys
from pathlib import Path

import pytest
from bad_configs import BAD
from strategies import whole

import schedcore as sc
from schedcore import cli


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, faults = BAD[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    message = "\n".join(f"{path}{fault}" for fault in faults)
    with pytest.raises(ValueError, match=whole(message)):
        sc.load(path)
    assert cli.main(["show", str(path), "--steps", "10"]) == 2
    assert capsys.readouterr() == ("", message + "\n")


def test_there_are_many() -> None:
    assert len(BAD) >= 100


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("huge.json", '{"value": 1' + "0" * 5000 + "}", "Exceeds the limit"),
        ("twice.toml", "value = 1\nvalue = 2", "is not TOML: Cannot overwrite a value"),
        ("bool.yaml", "name: !!bool maybe", "line 1: this can not be read as bool"),
        (
            "timestamp.yaml",
            "name: x\nvalue: !!timestamp foo",
            "line 2: this can not be read as timestamp",
        ),
        ("int.yaml", "name: !!int ''", "line 1: this can not be read as int"),
        ("float.yaml", "name: !!float '-'", "line 1: this can not be read as float"),
        ("date.yaml", "name: 2020-13-45", "line 1: this can not be read as timestamp"),
        (
            "mapping.yaml",
            "name: !!int {=: 5}",
            "name: unknown schedule 5",
        ),
        ("hex.toml", "name = 0x" + "f" * 5000, "name: unknown schedule a number with thousands"),
        ("control.yaml", "name: \x01", "is not YAML: unacceptable character #x0001"),
    ],
)
def test_a_bad_file_in_the_words_of_others(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{name}:?( |:1: |: )({message})"):
        sc.load(path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ValueError, match=r"a\.yaml: 'utf-8' codec can't decode byte 0xff"):
        sc.load(path)
    with pytest.raises(FileNotFoundError, match=r"none\.yaml"):
        sc.load(tmp_path / "none.yaml")


YAML = """
param_schedulers:
  lr:
    name: cosine
    start_value: 1e-3  # which YAML reads as a string
    end_value: 0
"""
TOML = '[OPTIMIZER.param_schedulers.lr]\nname = "cosine"\nstart_value = 1e-3\nend_value = 0'
JSON = '{"name": "cosine", "start_value": "1e-3", "end_value": 0}'


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.yaml", YAML), ("b.YML", YAML), ("c.toml", TOML), ("d.json", JSON)],
)
def test_a_good_file(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8-sig")
    assert sc.load(path) == sc.load(str(path)) == sc.Cosine(1e-3, 0.0)


def test_anchors_and_merges_are_what_they_stand_for(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: composite\n"
        "lengths: [0.5, 0.5]\n"
        "schedulers:\n"
        "  - &top {name: cosine, start_value: 4.8, end_value: 0}\n"
        "  - <<: [{end_value: 0.1}, *top]\n"
        "    start_value: 2.4\n",
        encoding="utf-8",
    )
    wanted = sc.Join((sc.Cosine(4.8, 0.0), sc.Cosine(2.4, 0.1)), (0.5, 0.5))
    assert sc.load(path) == wanted
    path.write_text("name: sum\nleft: &a {name: constant, value: 1}\nright: *a", encoding="utf-8")
    assert sc.load(path) == sc.Constant(1.0) + sc.Constant(1.0)


def test_what_is_merged_later_leaves_the_lines_of_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: sum\nleft: &a\n  name: constant\n  value: 1\nright:\n  value: x\n  <<: *a\n",
        encoding="utf-8",
    )
    with pytest.raises(
        ValueError, match=whole(f"{path}:6: right.value: must be a number, got 'x'")
    ):
        sc.load(path)


def test_numbers_in_another_base_are_no_fault_where_nobody_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "SEED: 9007199254740993\nUMASK: 022\nTIME: 10:30:00\nOPTIMIZER:\n  param_schedulers:\n"
        "    lr: {name: constant, value: 1}\n",
        encoding="utf-8",
    )
    assert sc.load(path) == sc.Constant(1.0)


def test_a_fault_in_what_was_merged_is_told_where_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: sum\nleft: &a\n  name: constant\n  value: x\nright:\n  <<: *a\n", encoding="utf-8"
    )
    lines = [f"{path}:4: left.value: must be a number, got 'x'"]
    lines += [f"{path}:4: right.value: must be a number, got 'x'"]
    with pytest.raises(ValueError, match=whole("\n".join(lines))):
        sc.load(path)


@pytest.mark.parametrize(
    ("name", "module", "message"),
    [
        ("a.yaml", "yaml", "reading YAML needs PyYAML: pip install 'schedcore-lr[cli]'"),
        ("a.toml", "tomllib", "reading TOML needs tomli: pip install 'schedcore-lr[cli]'"),
    ],
)
def test_without_the_extra_it_says_what_to_install(
    name: str, module: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_text("name: cosine", encoding="utf-8")
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "tomli", None)
    monkeypatch.delitem(sys.modules, "schedcore._config.yaml_text", raising=False)
    with pytest.raises(ValueError, match=whole(f"{path}: {message}")):
        sc.load(path)
