"""What dkimpy and opendkim share: many messages in one process. See "DKIM in bulk" in Tests/Lab/README.md.

A peer has a version, sign(algorithm, canonicalizations, message) -> the DKIM-Signature field with its CRLF,
and verify(message) -> a result for each signature, of which a good one is "pass".
"""

import os
import sys
import time

DOMAIN = os.environ.get("DKIM_DOMAIN", "example.test")


def keys_from_file():
    """The records of DKIM_KEYS, a file with NAME VALUE on each line; None where the DNS is to be asked."""
    path = os.environ.get("DKIM_KEYS")
    if not path:
        return None
    with open(path, encoding="ascii") as file:
        return dict(line.rstrip("\n").split(" ", 1) for line in file)


def private_key(algorithm):
    with open(f"{os.environ['DKIM_PRIVATE']}/{algorithm}.pem", "rb") as file:
        return file.read()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def words(value):
    """One line without tabs, whatever it is."""
    return " ".join(str(value).split()) or type(value).__name__


def attempt(work):
    """Whatever a peer throws is its answer."""
    try:
        return work()
    except Exception as error:  # pylint: disable=broad-except
        return [f"error: {type(error).__name__}: {words(error)}"]


def verify_all(peer):
    for line in sys.stdin:
        path = line.rstrip("\n")
        print(path, *attempt(lambda: peer.verify(read(path))), sep="\t")


def sign_all(peer):
    for line in sys.stdin:
        algorithm, canonicalizations, path, target = line.rstrip("\n").split("\t")
        print(target, *attempt(lambda: sign(peer, algorithm, canonicalizations, path, target)), sep="\t")


def sign(peer, algorithm, canonicalizations, path, target):
    message = read(path)
    field = peer.sign(algorithm, canonicalizations, message)
    with open(target, "wb") as file:
        file.write(field + message)
    return ["signed"]


def bench(peer, seconds):
    """Messages per second of CPU time, signed and verified."""
    messages = [read(line.rstrip("\n")) for line in sys.stdin]
    signed = [peer.sign("rsa-sha256", "relaxed/relaxed", message) + message for message in messages]
    for message in signed:
        if peer.verify(message) != ["pass"]:
            sys.exit(f"{peer.version}: does not accept its own signature")
    rates = [
        per_second(seconds, messages, lambda message: peer.sign("rsa-sha256", "relaxed/relaxed", message)),
        per_second(seconds, signed, peer.verify),
    ]
    print(peer.version, *(f"{rate:.1f}" for rate in rates), sep="\t")


def per_second(seconds, messages, work):
    start, count = time.process_time(), 0
    while time.process_time() - start < seconds:
        for message in messages:
            work(message)
        count += len(messages)
    return count / (time.process_time() - start)


def run(peer):
    match sys.argv[1:]:
        case ["verify"]:
            verify_all(peer)
        case ["sign"]:
            sign_all(peer)
        case ["bench", seconds]:
            bench(peer, float(seconds))
        case _:
            sys.exit(f"usage: {sys.argv[0]} verify | sign | bench SECONDS")
