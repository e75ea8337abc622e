"""
Our own certificate authority: it signs the certificates devices show, and the one a server shows them.

The common name in a device's certificate is the device's. The authority's key lies in the data folder, mode 0600, and
signs for nothing but this pressbox.
"""

import ipaddress
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from pressbox.errors import BadInput, BadSettings, Unavailable

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError as error:
    raise BadSettings("certificates need cryptography: install it with pip install 'pressbox[certificates]'") from error

_AUTHORITY_DAYS: Final = 3650
_DEVICE_DAYS: Final = 730
_SERVER_DAYS: Final = 730
_HOST: Final = re.compile(
    r"(?=.{1,64}$)(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE
)


class Issued(Struct, frozen=True):
    """A certificate and its key as PEM, and the SHA-256 of the certificate."""

    certificate: bytes
    key: bytes
    fingerprint: str


class Authority:
    """The authority whose certificate is the file *certificate*, made when it first signs; its key lies beside it."""

    def __init__(self, certificate: Path) -> None:
        self._certificate = certificate

    def issue(self, device: str, now: datetime) -> Issued:
        """
        Return a new certificate for *device*, valid for two years from *now*.

        Raises:
            Unavailable: the authority's files cannot be read or written.
        """
        return self._signed(device, now, _DEVICE_DAYS, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))

    def issue_server(self, hosts: Sequence[str], now: datetime) -> Issued:
        """
        Return a new certificate for a server that is reached as *hosts*, names or addresses; for two years from *now*.

        Raises:
            BadInput: one of them is neither.
            Unavailable: the authority's files cannot be read or written.
        """
        names = x509.SubjectAlternativeName([_host(one) for one in hosts])
        return self._signed(
            hosts[0], now, _SERVER_DAYS, names, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        )

    def _signed(self, name: str, now: datetime, days: int, *extensions: x509.ExtensionType) -> Issued:
        try:
            authority, authority_key = self._open(now)
        except OSError as error:
            raise Unavailable(f"{self._certificate.parent}: {error.strerror}") from error
        key = ec.generate_private_key(ec.SECP256R1())
        begun = _begun(name, key, now, days).issuer_name(authority.subject)
        for extension in extensions:
            begun = begun.add_extension(extension, critical=False)
        certificate = (
            begun.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .sign(authority_key, hashes.SHA256())
        )
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        return Issued(certificate.public_bytes(Encoding.PEM), _key_bytes(key), fingerprint)

    def _open(self, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        certificate_file, key_file = self._certificate, self._certificate.with_suffix(".key")
        if not certificate_file.exists():
            self._make(certificate_file, key_file, now)
        key = load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise BadSettings(f"{key_file} is no key of ours: restore it from a copy")
        return x509.load_pem_x509_certificate(certificate_file.read_bytes()), key

    def _make(self, certificate_file: Path, key_file: Path, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        begun = _begun("pressbox devices", key, now, _AUTHORITY_DAYS)
        certificate = (
            begun.issuer_name(_name("pressbox devices"))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_AUTHORITY_USAGE, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file.unlink(missing_ok=True)  # somebody was killed before its certificate was there
        write_private(key_file, _key_bytes(key))
        certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))


def write_private(path: Path, content: bytes) -> None:
    """Write the new file *path*, readable by its owner only from the first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def replace_private(path: Path, content: bytes) -> None:
    """Write the file *path*, whole or not at all, readable by its owner only."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    write_private(new, content)
    new.replace(path)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        if _HOST.fullmatch(text):
            return x509.DNSName(text)
    raise BadInput(f"{text!r} is neither the name of a machine nor an address")


def _begun(name: str, key: ec.EllipticCurvePrivateKey, now: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # a device's clock may be behind
        .not_valid_after(now + timedelta(days=days))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


_AUTHORITY_USAGE: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
