"""Marks are signed with a certificate, and c2pa's own reader checks them."""

import datetime
import io
import json

import numpy as np
import pytest
from PIL import Image

from ganaug.cli import synthesize as command
from ganaug.synthesis import verify
from ganaug.synthesis.content_credentials import Signature
from ganaug.synthesis.marks import read_mark
from ganaug.utils.errors import UsageError
from helpers.expanded import rows, write

c2pa = pytest.importorskip("c2pa")
PLAN = {"cat": 2, "emu": 1}


def certificate_of(key):
    """Make a certificate by which a key signs documents."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    name = x509.Name([
        x509.NameAttribute(x509.NameOID.COMMON_NAME, "self-made"),
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "nobody"),
    ])  # fmt: skip
    usages = dict.fromkeys(
        ["content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False,
    )  # fmt: skip
    now, purpose = datetime.datetime.now(datetime.UTC), x509.ExtendedKeyUsageOID.EMAIL_PROTECTION
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usages), True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        .sign(key, None if isinstance(key, Ed25519PrivateKey) else hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return built.public_bytes(pem), private


@pytest.fixture(params=["es256", "ed25519"])
def files(request, tmp_path):
    """Write a self-made certificate and its key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    key = (
        ec.generate_private_key(ec.SECP256R1())
        if request.param == "es256"
        else ed25519.Ed25519PrivateKey.generate()
    )
    for name, content in zip(("chain.pem", "key.pem"), certificate_of(key), strict=True):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def signature(files):
    return Signature.read(str(files / "chain.pem"), str(files / "key.pem"))


def state(content, kind):
    return c2pa.Reader(f"image/{kind}", io.BytesIO(content)).get_validation_state()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_files_are_signed_and_a_change_is_found(painter, files, kind):
    for name, own in (("signed", signature(files)), ("plain", None)):
        manifest = write(
            painter, files / name, planned_classes=PLAN, kind=kind, channels=3, signature=own
        )
    assert manifest["c2pa"] is None
    for row in rows(files / "signed"):
        content = (files / "signed" / row["file_name"]).read_bytes()
        assert state(content, kind) == "Valid"
        (said,) = json.loads(c2pa.Reader(f"image/{kind}", io.BytesIO(content)).json())[
            "manifests"
        ].values()
        assert said["signature_info"]["issuer"] == "nobody"
        (actions,) = (a for a in said["assertions"] if a["label"].startswith("c2pa.actions"))
        (action,) = actions["data"]["actions"]
        assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
        assert read_mark(content) == "trainedAlgorithmicMedia"
        plain = files / "plain" / row["file_name"]
        assert np.array_equal(
            np.asarray(Image.open(io.BytesIO(content))), np.asarray(Image.open(plain))
        )
        changed = bytearray(content)
        changed[-24] ^= 1
        assert state(bytes(changed), kind) == "Invalid"
    assert verify(files / "signed").sound


def test_the_manifest_names_the_certificate_and_never_the_key(painter, files):
    write(painter, files / "out", planned_classes=PLAN, signature=signature(files))
    text = (files / "out/manifest.json").read_text()
    assert len(json.loads(text)["c2pa"]["certificate_sha256"]) == 64
    lines = (files / "key.pem").read_text().splitlines()[1:-1]
    assert not any(line in text for line in lines)
    with pytest.raises(UsageError, match="what differs: c2pa"):
        write(painter, files / "out", planned_classes=PLAN)


def test_one_alone_what_is_missing_and_what_can_not_sign_are_refused(files, painter):
    certificate, key = str(files / "chain.pem"), str(files / "key.pem")
    with pytest.raises(UsageError, match="c2pa_key is missing"):
        Signature.read(certificate, None)
    with pytest.raises(UsageError, match=r"c2pa_key .*none\.pem can't be read: No such file"):
        Signature.read(certificate, str(files / "none.pem"))
    for pair in ((key, certificate), (certificate, certificate)):
        with pytest.raises(UsageError, match="c2pa_certificate and c2pa_key can't sign an image"):
            Signature.read(*pair)
    with pytest.raises(UsageError, match="`mark=False` writes none"):
        write(painter, files / "out", mark=False, signature=signature(files))


def test_the_command_names_its_options(files):
    words = ["--ckpt", "x", "--out", "y", "--c2pa-key", str(files / "key.pem")]
    with pytest.raises(UsageError, match="--c2pa-certificate is missing"):
        command.main(words)
