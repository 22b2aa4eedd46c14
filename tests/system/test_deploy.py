"""What `deploy/` says is true: the commands exist, the units are well formed, and the broker keeps boxes apart."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mosquitto import MISSING, MOSQUITTO, free_port, listens

from controller.database import make_engine
from controller.settings import Settings
from junction.broker import BrokerAddress, counts_topic

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def parse(words: list[str]) -> None:
    """Has a command line of ours parsed and not run: with --help an unknown option is still an error."""
    told = subprocess.run(
        [sys.executable, "-m", "chauraha", *words, "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_there_is(unit: Path, tmp_path: Path) -> None:
    line = next(line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart="))
    assert Path(words[0]).name == "chauraha"
    parse([re.sub(r"\$\{SERVER\}", "https://signals.example", word).replace("%i", "rawatpur") for word in words[1:]])


def test_the_containers_command_is_one_that_there_is() -> None:
    last = re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)[-1]
    parse([word.strip(' "') for word in last.strip("[]").split(",")])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze: apt-get install systemd")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
    placed = tmp_path / unit.name.replace("@", "@rawatpur")
    text = unit.read_text().replace("/opt/chauraha/.venv/bin/chauraha", "/bin/true")
    placed.write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(placed)], capture_output=True, text=True, timeout=60, check=False
    )
    ours = [line for line in told.stderr.splitlines() if unit.name.split("@")[0].removesuffix(".service") in line]
    assert not ours, told.stderr


@pytest.mark.skipif(MOSQUITTO is None, reason=MISSING)
def test_a_box_publishes_for_its_own_junction_only(tmp_path: Path) -> None:
    paho = pytest.importorskip("paho.mqtt.client", reason="install 'chauraha[mqtt]'")
    port = free_port()
    passwords = tmp_path / "passwords"
    for n, user in enumerate(("service", "rawatpur", "parade")):
        create = ["-c"] if n == 0 else []
        subprocess.run(["mosquitto_passwd", "-b", *create, str(passwords), user, f"{user}'s"], check=True)
    conf = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    conf = re.sub(r"^(cert|key)file .*\n", "", conf, flags=re.MULTILINE)
    conf = conf.replace("listener 8883", f"listener {port} 127.0.0.1").replace(
        "/mosquitto/config/passwords", str(passwords)
    )
    conf = conf.replace("/mosquitto/config/acl", str(DEPLOY / "mosquitto" / "acl")).replace(
        "/mosquitto/data/", f"{tmp_path}/"
    )
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(conf + "user root\n")
    broker = subprocess.Popen(
        [MOSQUITTO or "", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        listens(port)
        taken: list[str] = []

        def client(user: str) -> paho.Client:
            made = paho.Client(paho.CallbackAPIVersion.VERSION2)
            made.username_pw_set(user, f"{user}'s")
            made.connect("127.0.0.1", port)
            made.loop_start()
            return made

        service = client("service")
        service.on_message = lambda _client, _data, message: taken.append(message.topic)
        service.subscribe(counts_topic("+", "+"), qos=1)
        time.sleep(0.3)
        box, other = client("rawatpur"), client("parade")
        other.on_message = service.on_message
        other.subscribe("#", qos=1)
        # The broker may hang up on who publishes where it must not: another client for what it may.
        client("rawatpur").publish(counts_topic("parade", "cam"), b"{}", qos=1)
        box.publish(counts_topic("rawatpur", "cam"), b"{}", qos=1).wait_for_publish(5)
        end_s = time.monotonic() + 5
        while not taken and time.monotonic() < end_s:
            time.sleep(0.05)
        time.sleep(0.3)
        assert taken == [counts_topic("rawatpur", "cam")]
        for one in (service, box, other):
            one.disconnect()
            one.loop_stop()
    finally:
        broker.terminate()
        broker.wait(10)


def test_the_composed_services_are_told_what_the_service_reads() -> None:
    yaml = pytest.importorskip("yaml", reason="install 'chauraha[detect]'")
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert set(services) == {"database", "broker", "service"}
    told = services["service"]["environment"]
    known = {f"CHAURAHA_{name.upper()}" for name in Settings.model_fields}
    assert set(told) <= known
    engine = make_engine(told["CHAURAHA_DATABASE"].replace("${POSTGRES_PASSWORD}", "x"))
    assert engine.dialect.name == "postgresql"
    broker = BrokerAddress.parse("mqtt", re.sub(r"\$\{.*?\}", "x", told["CHAURAHA_MQTT"]))
    assert (broker.host, broker.port) == ("broker", 8883)
    assert "8883:8883" in services["broker"]["ports"]
    assert services["service"]["ports"] == ["127.0.0.1:8000:8000"]
    assert (DEPLOY.parent / services["service"]["build"]["dockerfile"]).is_file()
