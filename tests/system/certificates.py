"""A certificate of a test's own, for a server on the loopback."""

import ssl
import subprocess


def own_certificate(folder):
    """Returns the file of the certificate, which is its own authority, and a server's context with it."""
    certificate, key = folder / "own-ca.pem", folder / "own-ca.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=Company CA", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context
