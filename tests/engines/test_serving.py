"""The scripts that start real servers, on a small server of Python's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.engines.litellm_proxy import ROUTES, config
from tests.engines.serving import HOST, EngineError, choose_port, install, is_ready, run, running, telling

SERVER = (sys.executable, "-m", "http.server", "--bind", HOST)


def test_a_server_is_awaited_and_stopped(tmp_path: Path) -> None:
    port = choose_port(0)
    log = tmp_path / "log"
    with running([*SERVER, str(port)], environment=os.environ, port=port, health="/", log=log) as process:
        assert is_ready(port, "/")
        assert choose_port(port) != port
    assert process.returncode is not None
    assert not is_ready(port, "/")


def test_a_server_that_dies_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no model here')"]
    with (
        pytest.raises(EngineError, match=r"ended with code 1 before it was ready; the end of .*\n  no model here"),
        running(command, environment=os.environ, port=choose_port(0), health="/", log=tmp_path / "log"),
    ):
        pass


def test_a_server_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with (
        pytest.raises(EngineError, match=r"was not ready within 1 s; the end of .*\n  \(empty\)"),
        running(command, environment=os.environ, port=choose_port(0), health="/", log=tmp_path / "log", seconds=1),
    ):
        pass


def test_the_exit_code_is_the_commands() -> None:
    assert run([sys.executable, "-c", "raise SystemExit(7)"], os.environ) == 7
    with pytest.raises(EngineError, match="cannot run /nowhere/at/all: No such file"):
        run(["/nowhere/at/all"], os.environ)


def test_an_installer_that_fails_is_told_in_its_own_words() -> None:
    fails = [sys.executable, "-c", "import sys; sys.exit('working\\nERROR: no such version\\nmore')"]
    with pytest.raises(EngineError, match=r"^pip was not installed: ERROR: no such version$"):
        install(fails, "pip", 20)
    assert telling("") == "the installer said nothing"
    assert telling("a\nb\n") == "a b"


def test_every_route_of_the_gateway_is_a_model_of_its_own() -> None:
    made = config("http://127.0.0.1:1", "sk-made-up")
    models = made["model_list"]
    assert isinstance(models, list)
    assert [each["model_name"] for each in models] == list(ROUTES)
    assert {each["litellm_params"]["api_base"] for each in models} == {"http://127.0.0.1:1", "http://127.0.0.1:1/v1"}
