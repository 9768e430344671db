"""Drives a simulated Call Automation with the official Python library and checks all that comes back.

    flowctl sim --certificate sim.pem --speed 50 --client-secret test
    export REQUESTS_CA_BUNDLE=sim.pem SSL_CERT_FILE=sim.pem
    python drive.py 'endpoint=http://127.0.0.1:8081/;accesskey=BASE64' [part of a check's name]

The certificate is for the library, which always speaks TLS: REQUESTS_CA_BUNDLE is for its usual clients,
SSL_CERT_FILE for its asynchronous ones. One line for each check, one for each request and each kind of event, and a last one with the sums; the status is 1 if
a check has failed. A new operation is a function with `@check` in one of the modules of `checks`.
"""

import sys
import traceback

from checks import CHECKS
from expect import Failed
from stage import Stage
from wire import HEARD, SENT


def run(stage, check):
    """What went wrong, or nothing."""
    try:
        check(stage)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        at = next(frame for frame in reversed(frames) if "checks" in frame.filename)
        if isinstance(error, Failed):
            return f"{error} (line {at.lineno}: {at.line})"
        why = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return f"{why} (line {at.lineno}: {at.line}; {frames[-1].filename}:{frames[-1].lineno})"
    return None


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    stage = Stage(sys.argv[1])
    wanted = sys.argv[2] if len(sys.argv) == 3 else ""
    chosen = {name: check for name, check in CHECKS.items() if wanted in name}
    failed = 0
    for name, check in chosen.items():
        why = run(stage, check)
        failed += why is not None
        print(f"ok {name}" if why is None else f"FAILED {name}: {why}", flush=True)
    for line in sorted(SENT):
        print(f"sent {line}")
    for kind in sorted(HEARD):
        print(f"heard {kind}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not chosen else 0)


if __name__ == "__main__":
    main()
