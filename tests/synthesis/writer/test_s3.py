"""A set at an S3 address, against a server on this machine that stands in for S3."""

import re

import pytest
import torch

from ganaug.cli.synthesize import main
from ganaug.cli.tool import run_tool
from ganaug.synthesis.writer.remote import reach, upload
from ganaug.utils.errors import UsageError
from helpers.expanded import contents
from helpers.plain_checkpoints import plain_checkpoint
from helpers.tool_runs import passed, tool

WORDS = ["--ckpt", "a.ckpt", "--per-class", "3", "--work", "work"]


@pytest.fixture(scope="module")
def endpoint():
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint, monkeypatch, tmp_path):
    """Point fsspec at the server as its users do: by the environment."""
    fsspec = pytest.importorskip("fsspec")
    pytest.importorskip("s3fs")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # Not five, with pauses that double.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    torch.save(plain_checkpoint(), tmp_path / "a.ckpt")
    # With the endpoint of another test.
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("bucket")
    yield system
    system.rm("bucket", recursive=True)


def bytes_at(system, root):
    system.invalidate_cache()
    return {path.removeprefix(f"{root}/"): system.cat_file(path) for path in system.find(root)}


def test_the_set_at_the_address_is_that_of_the_folder(s3, tmp_path, capsys):
    printed = passed(tool("synthesize", *WORDS, "--out", "s3://bucket/set", cwd=tmp_path))
    assert "10 files copied to s3://bucket/set" in printed
    here = {str(path): content for path, content in contents(tmp_path / "work").items()}
    assert bytes_at(s3, "bucket/set") == here
    assert len([name for name in here if name.endswith(".png")]) == 6
    assert upload(tmp_path / "work", "s3://bucket/set") == 0
    # Another set does not overwrite it.
    words = ["--out", "s3://bucket/set", "--seed", "1", "--work", "other"]
    with pytest.raises(SystemExit) as end:
        run_tool(lambda: main([*WORDS, *words]))
    assert end.value.code == 2
    said = "error: s3://bucket/set holds another set; give --out another address\n"
    assert capsys.readouterr().err.endswith(said)
    assert bytes_at(s3, "bucket/set") == here


def test_an_interrupted_copy_goes_on(s3, folder, monkeypatch):
    put, calls = type(s3)._put_file, []

    async def cut_off(self, *words, **options):
        calls.append(words)
        if len(calls) == 3:
            raise ConnectionError("connection lost")
        return await put(self, *words, **options)

    monkeypatch.setattr(type(s3), "_put_file", cut_off)
    with pytest.raises(UsageError, match="cannot write s3://bucket/set: connection lost"):
        upload(folder, "s3://bucket/set")
    assert ".unfinished" in bytes_at(s3, "bucket/set")
    assert upload(folder, "s3://bucket/set") == 42 + 4
    here = {str(path): content for path, content in contents(folder).items()}
    assert bytes_at(s3, "bucket/set") == here


WRONG = {
    "s3://bukket/set": "there is no bucket 'bukket'; create it, or correct the address",
    "s3://no bucket!/set": "no bucket!",
    "s3://": "there is no bucket ''",
    "s4://bucket/set": "Protocol not known: s4",
}


@pytest.mark.parametrize("address", WRONG)
def test_a_wrong_address_is_one_line(s3, address):
    with pytest.raises(UsageError, match=re.escape(WRONG[address])) as caught:
        reach(address)
    assert "\n" not in str(caught.value)
    assert s3.ls("", refresh=True) == ["bucket"]


@pytest.mark.parametrize("silent", ["http://127.0.0.1:9", "nonsense"])
def test_a_server_that_does_not_answer_is_one_line(s3, monkeypatch, silent):
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent)
    with pytest.raises(UsageError, match=r"cannot write s3://bucket/set: .*endpoint") as caught:
        reach("s3://bucket/set")
    assert "\n" not in str(caught.value)
