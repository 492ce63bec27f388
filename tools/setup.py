"""Makes a checkout ready for work: `.venv` with the Python packages, a C compiler, the libraries of the runtime.

Run by make with any Python from 3.11 on; a second run that finds nothing to do takes no time. As root, missing system
packages are installed by apt-get. As another user they are downloaded and unpacked into `.deps/`: gcc and g++ where there is
no C compiler, libraries to link statically, their headers. Where even that is not possible ziglang from PyPI compiles and
links. What cannot be had leaves a library module out; a line says what to type.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
DEPS = ROOT / ".deps"
BUILD_TOOLS = ["cmake>=3.20", "ninja"]

# Header or program -> Debian packages that bring it.
COMPILER = {"cc": ["gcc", "libc6-dev"], "c++": ["g++"]}
HEADERS = {
    "libpq-fe.h": "libpq-dev",
    "sqlite3.h": "libsqlite3-dev",
    "openssl/ssl.h": "libssl-dev",
    "zlib.h": "zlib1g-dev",
    "re2/re2.h": "libre2-dev",
}
# Without root these come as static libraries; libpq is in the PostgreSQL wheel. RE2 is C++ and comes with a g++ of its own
# system, not with zig.
UNPRIVILEGED = {"sqlite3.h", "openssl/ssl.h", "zlib.h"}
UNPRIVILEGED_CXX = {"re2/re2.h"}


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def run(command: list[str], **options: object) -> bool:
    """Runs a command quietly; shows its output when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-4000:])
    return done.returncode == 0


def is_root() -> bool:
    return os.geteuid() == 0


# ---- system packages


def apt_install(packages: list[str]) -> bool:
    if not shutil.which("apt-get"):
        return False
    say(f"installing {' '.join(packages)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if subprocess.run(install, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return True
    run(["apt-get", "update", "-q"], env=env)
    return run(install, env=env)


def apt_unpack(packages: list[str], with_dependencies: bool = False) -> bool:
    """Downloads packages with a state folder of our own and unpacks them into .deps/, no rights needed.
    ``with_dependencies``: and everything that they need and the system lacks."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    say(f"fetching {' '.join(packages)} into .deps/")
    state = DEPS / "apt"
    archives = state / "cache" / "archives"
    for folder in (state / "state" / "lists" / "partial", archives / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State={state / 'state'}", "-o", f"Dir::Cache={state / 'cache'}", "-o", "Debug::NoLocking=1"]
    options += ["-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "APT::Sandbox::User=root"]
    fetch = ["install", "--download-only", "--no-install-recommends", "-y"] if with_dependencies else ["download"]
    if not run(["apt-get", *options, "update", "-q"]):
        return False
    if not run(["apt-get", *options, *fetch, "-q", *packages], cwd=archives):
        return False
    for deb in archives.glob("*.deb"):
        if not run(["dpkg-deb", "-x", str(deb), str(DEPS)]):
            return False
        deb.unlink()
    libraries = DEPS / "usr" / "lib"
    # RE2 over Abseil is some sixty static libraries: there it is linked dynamically.
    dynamic = {"libre2.so", "libstdc++.so"} if any(libraries.rglob("libabsl_base.a")) else set()
    for link in libraries.rglob("*.so"):
        if link.is_symlink() and link.name not in dynamic:
            link.unlink()  # the static library beside it is what can be linked and run anywhere
    for script in [*libraries.glob("*/*.so"), *libraries.glob("*/*.a")]:
        if script.is_symlink() or not script.read_bytes().startswith(b"/* GNU ld script"):
            continue
        # These name the C library's files by their places in the system. The shared ones are there, the others are here.
        words = [f"{DEPS}{w}" if w.startswith("/usr/") and Path(f"{DEPS}{w}").exists() else w for w in script.read_text().split(" ")]
        script.write_text(" ".join(words))
    return True


def fetch_compiler() -> bool:
    """gcc and g++ in .deps/, with commands in .deps/bin that find what belongs to them there."""
    if not apt_unpack(["gcc", "g++", "libc6-dev", "binutils"], with_dependencies=True):
        return False
    libraries = next((DEPS / "usr" / "lib").glob("*-linux-gnu*"), None)
    if libraries is None or not (DEPS / "usr" / "bin" / "g++").exists():
        return False
    folder = DEPS / "bin"
    folder.mkdir(exist_ok=True)
    # Behind the compiler's own headers: those of C++ want the C library's behind them.
    headers = f'-idirafter "{DEPS}/usr/include/{libraries.name}" -idirafter "{DEPS}/usr/include"'
    for name, command, flags in (("cc", "gcc", headers), ("c++", "g++", headers), ("ar", "ar", "")):
        path = folder / name
        path.write_text(
            f'#!/bin/sh\nexport PATH="{DEPS}/usr/bin:$PATH" LD_LIBRARY_PATH="{libraries}:$LD_LIBRARY_PATH"\n'
            f'exec "{DEPS}/usr/bin/{command}" {flags} "$@"\n'
        )
        path.chmod(0o755)
    hello = 'echo "int main(void) { return 0; }" | "$0" -x c - -o "$1"'
    return run(["sh", "-c", hello, str(folder / "cc"), str(folder / "probe")])


# ---- Python


def ensure_venv() -> None:
    if PYTHON.exists() and subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    say("making .venv")
    make = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(make, capture_output=True).returncode == 0:
        return
    if is_root() and apt_install(["python3-venv"]) and run(make):
        return
    # Debian keeps pip apart: a venv without it, and pip out of its package.
    if run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]) and apt_unpack(["python3-pip-whl"]):
        wheels = sorted((DEPS / "usr" / "share" / "python-wheels").glob("pip-*.whl"))
        if wheels and run([str(PYTHON), str(wheels[-1] / "pip"), "install", "-q", "--no-index", str(wheels[-1])]):
            return
    sys.exit("setup: cannot make a virtual environment; type: apt-get install python3-venv")


def requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["test"], *BUILD_TOOLS]


def pip_install(packages: list[str]) -> bool:
    return run([str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])


def ensure_packages() -> None:
    wanted = requirements()
    stamp = VENV / "packages.stamp"
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    say("installing Python packages")
    if not pip_install(wanted):
        sys.exit("setup: pip could not install the Python packages (see above)")
    stamp.write_text(digest)


def ensure_launcher() -> None:
    """`meshpy` in .venv/bin, running from this tree."""
    launcher = VENV / "bin" / "meshpy"
    text = f"#!{PYTHON}\nfrom meshpy.cli.main import run\nrun()\n"
    if not launcher.exists() or launcher.read_text() != text:
        launcher.write_text(text)
        launcher.chmod(0o755)
    for site in (VENV / "lib").glob("python3*/site-packages"):
        path = site / "meshpy-tree.pth"
        if not path.exists() or path.read_text() != f"{ROOT}\n":
            path.write_text(f"{ROOT}\n")


# ---- compiler and libraries


def has_header(name: str) -> bool:
    bases = [Path("/usr/include"), Path("/usr/local/include"), DEPS / "usr" / "include"]
    bases += list(Path("/usr/include").glob("*-linux-gnu*"))
    return any((base / part / name).exists() for base in bases for part in ("", "postgresql"))


def ensure_system() -> None:
    missing = [name for name in HEADERS if not has_header(name)]
    cc = any(shutil.which(name) for name in ("cc", "gcc", "clang"))
    cxx = any(shutil.which(name) for name in ("c++", "g++", "clang++"))
    libc = has_header("stdio.h")
    if cc and libc and cxx and not missing:
        return
    if is_root():
        packages = [HEADERS[name] for name in missing]
        packages += [] if cc and libc else COMPILER["cc"]
        packages += [] if cxx else COMPILER["c++"]
        if apt_install(packages):
            return
        say("some packages could not be installed; type: apt-get install " + " ".join(packages))
    fetched = (DEPS / "bin" / "probe").exists()
    if not (cc and libc) and not fetched and not has_zig():
        fetched = not is_root() and fetch_compiler()
        if not fetched:
            say("no C compiler: installing ziglang")
            if not pip_install(["ziglang"]):
                sys.exit("setup: no C compiler can be had; type: apt-get install gcc libc6-dev")
    if not is_root():
        possible = UNPRIVILEGED | UNPRIVILEGED_CXX if fetched else UNPRIVILEGED
        wanted = [name for name in missing if name in possible]
        if wanted and not apt_unpack([HEADERS[name] for name in wanted], with_dependencies=True):
            say("without " + ", ".join(wanted) + "; type: apt-get install " + " ".join(HEADERS[n] for n in wanted))


# ---- the compiler itself


def ensure_compiled() -> None:
    """Bytecode of the compiler, its parse tables and its parsed library, so that its first run is as quick as any."""
    package = ROOT / "meshpy"
    files = [*sorted(package.rglob("*.py")), *sorted(package.rglob("*.mpl")), ROOT / "grammar" / "mesh.lark"]
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        stat = file.stat()
        digest.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    stamp = ROOT / "build" / "toolchain" / "stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")}
    run([str(PYTHON), "-m", "compileall", "-q", str(package)], env=env)
    if run([str(PYTHON), "-m", "meshpy.prebuild"], cwd=ROOT, env=env):
        stamp.write_text(digest.hexdigest())


def has_zig() -> bool:
    return subprocess.run([str(PYTHON), "-c", "import ziglang"], capture_output=True).returncode == 0


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 (make may be told to use an older one)
        sys.exit(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    ensure_venv()
    ensure_packages()
    ensure_launcher()
    ensure_system()
    ensure_compiled()


if __name__ == "__main__":
    main()
