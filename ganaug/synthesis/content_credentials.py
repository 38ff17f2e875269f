"""Content Credentials (C2PA): marks signed with the user's certificate."""

import hashlib
import io
from pathlib import Path
from typing import Any

from ganaug.synthesis.marks import TRAINED, VOCABULARY, tool_version
from ganaug.utils.errors import UsageError

# C2PA's algorithms; each key works with one of them.
ALGORITHMS = ("es256", "es384", "es512", "ps256", "ed25519")


class Signature:
    """Signs image files, offline and without a time stamp.

    Args:
        certificate: Certificate chain as PEM, the signer's certificate first.
        key: Private key of the signer's certificate as PEM (PKCS #8, not encrypted).

    Raises:
        UsageError: The package is missing, or this certificate and key can't sign.
    """

    def __init__(self, certificate: bytes, key: bytes) -> None:
        try:
            import c2pa  # noqa: F401
        except ImportError as error:
            raise UsageError(
                "c2pa_certificate needs the package c2pa-python: pip install 'ganaug[c2pa]'"
            ) from error
        self.certificate, self.key = certificate, key
        self.algorithm = self._algorithm()

    @classmethod
    def read(cls, certificate: str | None, key: str | None) -> "Signature | None":
        """Read the files of a certificate and its key; return None if neither is given.

        Raises:
            UsageError: One is missing or can't be read, or they can't sign.
        """
        if certificate is None and key is None:
            return None
        files = {"c2pa_certificate": certificate, "c2pa_key": key}
        if absent := [name for name, file in files.items() if file is None]:
            raise UsageError(
                f"{absent[0]} is missing; a signature needs a certificate and its private key"
            )
        read = {}
        for name, file in files.items():
            try:
                read[name] = Path(str(file)).read_bytes()
            except OSError as error:
                raise UsageError(f"{name} {file} can't be read: {error.strerror}") from error
        return cls(read["c2pa_certificate"], read["c2pa_key"])

    @property
    def facts(self) -> dict[str, Any]:
        """Facts about the signature for the manifest, without the key."""
        digest = hashlib.sha256(self.certificate).hexdigest()
        return {"certificate_sha256": digest, "algorithm": self.algorithm}

    def sign(self, content: bytes, source_type: str, kind: str) -> bytes:
        """Return an image file with its credentials; the pixels don't change.

        Args:
            content: The bytes of the file.
            source_type: A digital source type.
            kind: png, jpeg or webp.
        """
        return _signed(content, source_type, kind, (self.algorithm, self.certificate, self.key))

    def _algorithm(self) -> str:
        """Find the algorithm by signing a small image."""
        from c2pa import C2paError
        from PIL import Image

        file, reasons = io.BytesIO(), []
        Image.new("L", (8, 8)).save(file, "PNG")
        for algorithm in ALGORITHMS:
            try:
                signer = (algorithm, self.certificate, self.key)
                _signed(file.getvalue(), TRAINED, "png", signer)
            except (C2paError, ValueError) as error:
                reasons.append(" ".join(str(error).split()))
            else:
                return algorithm
        # With the wrong algorithm, the error only says that the key doesn't match it.
        reason = next((reason for reason in reasons if "private key" not in reason), reasons[0])
        raise UsageError(
            "c2pa_certificate and c2pa_key can't sign an image: give a certificate chain for "
            "signing (PEM) and the private key of its first certificate (PEM, PKCS #8, without a "
            f"password). {reason}"
        )


def _signed(content: bytes, source_type: str, kind: str, by: tuple[str, bytes, bytes]) -> bytes:
    import c2pa

    algorithm, certificate, key = by
    created = {"action": "c2pa.created", "digitalSourceType": f"{VOCABULARY}{source_type}"}
    claim = {
        "claim_generator_info": [dict(zip(("name", "version"), tool_version(), strict=True))],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [created]}}],
    }
    out = io.BytesIO()
    # Without the URL of a time-stamping authority, nothing is sent over the network.
    info = c2pa.C2paSignerInfo(algorithm.encode(), certificate, key, None)
    # A thumbnail would make the file of a small image many times larger.
    settings = {"builder": {"thumbnail": {"enabled": False}}}
    with (
        c2pa.Signer.from_info(info) as signer,
        c2pa.Context.from_dict(settings) as context,
        c2pa.Builder(claim, context=context) as builder,
    ):
        builder.sign(signer, f"image/{kind}", io.BytesIO(content), out)
    return out.getvalue()
