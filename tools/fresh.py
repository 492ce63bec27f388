"""Proves `make test` and `make mesher` on a minimal Debian of its own: `make fresh` (needs root and debootstrap).

The system is made in build/fresh/ with git, make and python3 only; this machine's apt, pip and certificate settings
are copied in, so it installs from where this machine does. Both commands run on a clean clone of HEAD, first as root, then
as an ordinary user without sudo. `T=pattern` limits the suite, as in `make test`; `U=dev` proves it as that user only.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRESH = ROOT / "build" / "fresh"
BASE = FRESH / "base"
SYSTEM = FRESH / "system"
SETTINGS = ["/etc/apt", "/etc/pip.conf", "/etc/ssl/certs", "/usr/local/share/ca-certificates", "/etc/resolv.conf", "/etc/hosts"]
PASSED_ON = re.compile(r"^(PIP_|SSL_CERT|REQUESTS_CA|CURL_CA|.*_proxy$|.*_PROXY$)")
USERS = ("root", "dev")
READY_SECONDS = 900
STOP_SECONDS = 60


def say(text: str) -> None:
    print(f"fresh: {text}", flush=True)


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def make_base() -> None:
    if (BASE / "etc" / "debian_version").exists():
        return
    if not shutil.which("debootstrap"):
        sys.exit("fresh: debootstrap is missing; type: apt-get install debootstrap")
    say("making a minimal Debian (about a minute)")
    shutil.rmtree(BASE, ignore_errors=True)
    BASE.mkdir(parents=True)
    run("debootstrap", "--variant=minbase", "--include=git,make,python3,ca-certificates", "bookworm", str(BASE))


def unmount_left() -> None:
    """What a run that was killed left mounted: to remove the folder would remove this machine's own devices."""
    mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for path in reversed(mounted):
        if Path(path).is_relative_to(SYSTEM):
            run("umount", "-l", path)


def make_system(stack: ExitStack) -> None:
    """A copy of the base with this machine's settings, /proc and /dev, and an ordinary user `dev`."""
    unmount_left()
    if SYSTEM.exists():
        shutil.rmtree(SYSTEM)
    run("cp", "-a", str(BASE), str(SYSTEM))
    sources = [*SETTINGS, *filter(None, os.environ.get("PIP_FIND_LINKS", "").split())]
    for name in sources:
        source, target = Path(name), SYSTEM / name.lstrip("/")
        if not source.exists():
            continue
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            run("mkdir", "-p", str(target.parent))
            run("cp", "-aL", str(source), str(target))
        else:
            shutil.copy(source, target)
    for name in ("preferences.d", "trusted.gpg"):  # pins of packages that only this machine has
        extra = SYSTEM / "etc" / "apt" / name
        if extra.is_dir():
            shutil.rmtree(extra)
            extra.mkdir()
    for name in ("proc", "dev", "dev/shm"):
        (SYSTEM / name).mkdir(exist_ok=True)
        run("mount", "--bind", f"/{name}", str(SYSTEM / name))
        stack.callback(subprocess.run, ["umount", "-l", str(SYSTEM / name)])
    run("chroot", str(SYSTEM), "useradd", "-m", "-s", "/bin/bash", "dev")


def inside(user: str, command: str) -> list[str]:
    settings = {k: v for k, v in os.environ.items() if PASSED_ON.match(k)}
    home = "/root" if user == "root" else f"/home/{user}"
    env = {"HOME": home, "USER": user, "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", **settings}
    words = [f"{k}={v}" for k, v in env.items()]
    return ["chroot", f"--userspec={user}:{user}", str(SYSTEM), "env", "-i", *words, "sh", "-c", f"cd {home}/meshpy && {command}"]


def clone(user: str) -> None:
    home = SYSTEM / ("root" if user == "root" else f"home/{user}")
    run("git", "clone", "--quiet", "--no-local", str(ROOT), str(home / "meshpy"))
    run("chroot", str(SYSTEM), "chown", "-R", f"{user}:{user}", f"/{(home / 'meshpy').relative_to(SYSTEM)}")


def prove_test(user: str, pattern: str) -> None:
    say(f"make test as {user}")
    begin = time.monotonic()
    done = subprocess.run(inside(user, "make test" + (f" T='{pattern}'" if pattern else "")))
    if done.returncode != 0:
        sys.exit(f"fresh: make test as {user} ended with {done.returncode}")
    say(f"make test as {user}: passed in {time.monotonic() - begin:.0f} s")


def prove_mesher(user: str) -> None:
    """Starts it, posts with the curl line that it prints (in Python: the system has no curl), stops it by Ctrl-C."""
    say(f"make mesher as {user}")
    begin = time.monotonic()
    child = subprocess.Popen(inside(user, "make mesher"), stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert child.stdout
    timer = threading.Timer(READY_SECONDS, lambda: os.killpg(child.pid, signal.SIGKILL))
    timer.start()
    printed = ""
    for line in child.stdout:
        print(line, end="", flush=True)
        printed += line
        if "Ctrl-C" in line:
            break
    timer.cancel()
    curl = re.search(r"curl\b(?:.*\\\n)*.*", printed)
    if curl is None:
        sys.exit(f"fresh: make mesher as {user} printed no curl line (status {child.poll()})")
    posted = subprocess.run(["sh", "-c", curl.group(0)], capture_output=True, text=True)
    say(f"posted an event: {posted.stdout.strip()}")
    if posted.returncode != 0 or "accepted" not in posted.stdout:
        sys.exit(f"fresh: the printed curl line failed: {posted.stdout}{posted.stderr}")
    os.killpg(child.pid, signal.SIGINT)
    status = child.wait(timeout=STOP_SECONDS)
    # Not those that have ended and that nobody has waited for: their parent was the system's first process.
    left = subprocess.run(["pgrep", "-s", str(child.pid), "-r", "D,R,S,T", "-a"], capture_output=True, text=True).stdout
    if left:
        sys.exit(f"fresh: still running after Ctrl-C: {left}")
    say(f"make mesher as {user}: up, accepted an event, stopped with {status}, in {time.monotonic() - begin:.0f} s")
    if status not in (130, 2, -2):  # make turns the driver's 130 into its own 2, or ends by the same signal
        sys.exit("fresh: expected status 130")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", default="", help="limit the suite to this pattern")
    parser.add_argument("--user", choices=USERS, help="only as this user")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("fresh: needs root (chroot, mount); type: sudo make fresh")
    FRESH.mkdir(parents=True, exist_ok=True)
    make_base()
    for user in [options.user] if options.user else USERS:
        with ExitStack() as stack:
            make_system(stack)
            clone(user)
            prove_mesher(user)
            prove_test(user, options.tests)


if __name__ == "__main__":
    main()
