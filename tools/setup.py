"""Makes a checkout ready for work: `.venv` with the Python packages, a C compiler, the libraries of the runtime.

Run by make with any Python from 3.11 on; a second run that finds nothing to do takes no time. As root, missing system
packages are installed by apt-get. As another user they are downloaded and unpacked into `.deps/` (static libraries and
headers only), and ziglang from PyPI compiles and links where there is no C compiler. What cannot be had leaves a library
module out; a line says what to type.
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
# Without root these come as static libraries. RE2 is C++ and needs the compiler that built it; libpq is in the PostgreSQL
# wheel.
UNPRIVILEGED = {"sqlite3.h", "openssl/ssl.h", "zlib.h"}


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


def apt_unpack(packages: list[str]) -> bool:
    """Downloads packages with a state folder of our own and unpacks them into .deps/, no rights needed."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    say(f"fetching {' '.join(packages)} into .deps/")
    state = DEPS / "apt"
    for name in ("state/lists/partial", "cache/archives/partial", "debs"):
        (state / name).mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State={state / 'state'}", "-o", f"Dir::Cache={state / 'cache'}", "-o", "Debug::NoLocking=1"]
    options += ["-o", "Dir::State::status=/var/lib/dpkg/status", "-o", "APT::Sandbox::User=root"]
    if not run(["apt-get", *options, "update", "-q"]):
        return False
    debs = state / "debs"
    if not run(["apt-get", *options, "download", "-q", *packages], cwd=debs):
        return False
    for deb in debs.glob("*.deb"):
        if not run(["dpkg-deb", "-x", str(deb), str(DEPS)]):
            return False
        deb.unlink()
    for link in (DEPS / "usr" / "lib").rglob("*.so"):
        if link.is_symlink():
            link.unlink()  # the static library beside it is what can be linked and run anywhere
    return True


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
    text = f"#!{PYTHON}\nimport sys\nfrom meshpy.cli.main import main\nsys.exit(main())\n"
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
    if not (cc and libc) and not has_zig():
        say("no C compiler: installing ziglang")
        if not pip_install(["ziglang"]):
            sys.exit("setup: no C compiler can be had; type: apt-get install gcc libc6-dev")
    if not is_root():
        wanted = [name for name in missing if name in UNPRIVILEGED]
        if wanted and not apt_unpack([HEADERS[name] for name in wanted]):
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
