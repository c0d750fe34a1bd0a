"""The program that sends, and certificates that are made for the test."""
import dataclasses
import json
import subprocess

import pytest

NAMES = "DNS:traced.example,IP:127.0.0.1"


@pytest.fixture
def probe(build_dir):
    """Runs the program with nothing of the machine's environment: what it printed, and stderr."""
    program = build_dir / "bin" / "honeyhive_network_probe"
    assert program.is_file(), f"{program} is missing: run ./run build --all"

    def run(url, *proxy, spans=3, flush_ms=20_000, **environment):
        done = subprocess.run([program, url, str(spans), str(flush_ms), *proxy],
                              capture_output=True, text=True, check=True, timeout=60,
                              env={"HH_VERBOSE": "true", **environment})
        return json.loads(done.stdout) | {"said": done.stderr, "printed": done.stdout}

    return run


def openssl(*arguments):
    subprocess.run(["openssl", *[str(word) for word in arguments]], check=True,
                   capture_output=True)


@dataclasses.dataclass
class Authority:
    """A CA: a certificate, its key, and what it signs."""
    folder: object
    name: str

    def __post_init__(self):
        self.cert, self.key = self.folder / f"{self.name}.pem", self.folder / f"{self.name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2", "-subj", f"/CN={self.name}", "-keyout", self.key,
                "-out", self.cert)

    def sign(self, name, alternative_names=NAMES):
        """Certificate, key, and a file with both."""
        cert, key, both, request, extensions = (
            self.folder / f"{name}{end}" for end in (".pem", ".key", ".both", ".csr", ".ext"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={alternative_names}\n", encoding="utf-8")
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key,
                "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", cert)
        both.write_text(cert.read_text() + key.read_text(), encoding="utf-8")
        return cert, key, both


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "ours")


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other_ca"), "theirs")


@pytest.fixture(scope="session")
def identity(authority):
    """Of a server, in one file."""
    return authority.sign("server")[2]
