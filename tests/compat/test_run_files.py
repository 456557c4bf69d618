"""Files that belong to a run."""

from __future__ import annotations

from pathlib import Path

import pytest
import wandb

FILES = "Files of a run (`run.save`, `run.file().download()`, upload, delete)"


@pytest.mark.core
@pytest.mark.capability(FILES)
def test_saved_files_come_back(start, api, entity, project, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "sub" / "ünï côdé.txt").write_text("odd")
    run = start()
    run.save(str(tmp_path / "notes.txt"), base_path=str(tmp_path), policy="now")
    run.save(str(tmp_path / "sub" / "*"), base_path=str(tmp_path), policy="now")
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    names = [file.name for file in seen.files()]
    assert {"notes.txt", "sub/ünï côdé.txt", "config.yaml", "wandb-summary.json"} <= set(names)
    seen.file("sub/ünï côdé.txt").download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "sub" / "ünï côdé.txt").read_text() == "odd"
    assert seen.file("notes.txt").size == 5


@pytest.mark.capability(FILES)
def test_a_file_saved_again_is_replaced(start, api, entity, project, tmp_path):
    file = tmp_path / "notes.txt"
    run = start()
    file.write_text("first")
    run.save(str(file), base_path=str(tmp_path), policy="end")
    file.write_text("second, longer")
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    assert seen.file("notes.txt").download(root=str(tmp_path / "down"), replace=True).read() == "second, longer"


@pytest.mark.capability(FILES)
def test_files_are_listed_by_pattern_and_in_pages(start, api, entity, project, tmp_path):
    run = start()
    for number in range(12):
        (tmp_path / f"f{number:02d}.bin").write_text(str(number))
    run.save(str(tmp_path / "f*.bin"), base_path=str(tmp_path), policy="now")
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    expected = [f"f{number:02d}.bin" for number in range(12)]
    assert sorted(file.name for file in seen.files(pattern="f%.bin", per_page=5)) == expected
    assert sorted(file.name for file in seen.files(names=["f03.bin", "f07.bin"])) == ["f03.bin", "f07.bin"]


@pytest.mark.capability(FILES)
def test_a_finished_run_takes_files_and_gives_them_up(start, api, entity, project, tmp_path):
    (tmp_path / "late.txt").write_text("late")
    run = start()
    run.finish()
    seen = api.run(f"{entity}/{project}/{run.id}")
    seen.upload_file(str(tmp_path / "late.txt"), root=str(tmp_path))
    file = wandb.Api().run(f"{entity}/{project}/{run.id}").file("late.txt")
    assert Path(file.download(root=str(tmp_path / "down")).name).read_text() == "late"
    assert seen.state == "finished"
    file.delete()
    assert "late.txt" not in [other.name for other in wandb.Api().run(f"{entity}/{project}/{run.id}").files()]


@pytest.mark.capability(FILES)
def test_a_downloaded_file_is_not_overwritten_unawares(start, api, entity, project, tmp_path):
    (tmp_path / "a.txt").write_text("a")
    run = start()
    run.save(str(tmp_path / "a.txt"), base_path=str(tmp_path), policy="now")
    run.finish()
    file = api.run(f"{entity}/{project}/{run.id}").file("a.txt")
    file.download(root=str(tmp_path / "down"))
    with pytest.raises(wandb.CommError):
        file.download(root=str(tmp_path / "down"))
    file.download(root=str(tmp_path / "down"), exist_ok=True)


@pytest.mark.capability("Console logs")
def test_what_was_printed_is_kept(second_process, api, entity, project):
    script = second_process(
        """
        run = wandb.init(project=given)
        for number in range(5):
            print(f"epoch {number}: über")
        print("to stderr", file=sys.stderr)
        run.finish()
        answer(run.id)
        """,
        project,
        environment={"WANDB_CONSOLE": "wrap"},
    )
    run = api.run(f"{entity}/{project}/{script.finish().answer}")
    text = run.file("output.log").download(replace=True).read()
    for number in range(5):
        assert f"epoch {number}: über" in text
    assert "to stderr" in text


@pytest.mark.capability("Console logs")
def test_the_public_api_reads_it_line_by_line(second_process, api, entity, project):
    script = second_process(
        """
        run = wandb.init(project=given)
        for number in range(25):
            print(f"line {number}")
        run.finish()
        answer(run.id)
        """,
        project,
        environment={"WANDB_CONSOLE": "wrap"},
    )
    run = api.run(f"{entity}/{project}/{script.finish().answer}")
    lines = [line.content.strip() for line in run.console_logs(per_page=10)]
    assert [line for line in lines if line.startswith("line ")] == [f"line {number}" for number in range(25)]
    last = [line.content.strip() for line in run.console_logs(last=3)]
    assert last == lines[-3:]


@pytest.mark.capability("Alerts")
def test_an_alert_is_taken_without_complaint(start, api, entity, project):
    run = start()
    run.alert(title="Loss is high", text="It is *high*.", level=wandb.AlertLevel.WARN, wait_duration=0)
    run.log({"x": 1})
    run.finish()
    assert api.run(f"{entity}/{project}/{run.id}").state == "finished"
