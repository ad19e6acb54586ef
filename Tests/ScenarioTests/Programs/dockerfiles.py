"""Builds the Dockerfiles of `Builds/Dockerfiles` by Trice and by buildah, and compares what comes out.

    dockerfiles.py [--work DIRECTORY] [--jobs N] [--base NAME] [--table FILE] [--show] [--twice] [--without CASE]… [CASE …]

Run as root, with TRICE_BINARY and, for images that last, TRICE_STATE_DIRECTORY. With TRICE_TEST_USER, a number, TRICE_BINARY
runs as that user, who is 0 in images. Prints a line of JSON per case:
{"case", "peer": whether buildah built it too, "problems": [TEXT, …], "seconds"}. --base takes the cases that start from
that base (`base` also those that start from nothing); --show prints what is new in our image instead; --twice builds by
Trice alone, at two times in two states with SOURCE_DATE_EPOCH, and compares the bytes of the archives.
What a case may consist of is written in `Builds/Dockerfiles/README.md`; differences that are known stand in
`docs/dockerfile-differences.md` (or --table), and one that is listed and does not occur is a problem too.
"""

import argparse
import concurrent.futures
import fnmatch
import functools
import hashlib
import http.server
import json
import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True  # the checkout stays as it is
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import trees  # noqa: E402

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
CASES = os.path.join(TOP, "Tests/ScenarioTests/Builds/Dockerfiles")
TABLE = os.path.join(TOP, "docs/dockerfile-differences.md")
BASES = {"base": "bootstrap:busybox", "debian": "bootstrap:debian/bookworm?include=attr,libcap2-bin"}
CONTEXT_TIME = 981173106  # 2001: what files of contexts say, unless the case set another old time
ABSENT = "–"
USER = int(os.environ.get("TRICE_TEST_USER") or 0)


class Failure(Exception):
    pass


def run(command, cwd=None, environment=None, timeout=120):
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=timeout)
    if done.returncode != 0:
        text = done.stdout.decode("utf-8", "replace")
        raise Failure("`%s` ended with %d:\n%s" % (" ".join(command), done.returncode, text[-4000:]))
    return done.stdout.decode("utf-8", "replace")


class Trice:
    def __init__(self, work, state=None):
        self.work = work
        self.binary = os.environ.get("TRICE_BINARY") or os.path.join(TOP, ".build/bin/trice")
        self.environment = dict(
            os.environ, TRICE_STATE_DIRECTORY=state or os.environ.get("TRICE_STATE_DIRECTORY") or work + "/state",
            TRICE_RUN_DIRECTORY=os.environ.get("TRICE_RUN_DIRECTORY") or work + "/run")

    def __call__(self, *arguments, cwd=None):
        return run([self.binary, *arguments], cwd=cwd, environment=self.environment, timeout=400)

    def make_base(self, name, source):
        """Names what a source gives, made only when it is not here: `image pull` would make it anew."""
        directory = tempfile.mkdtemp(dir=self.work)
        with open(directory + "/Dockerfile", "w") as file:
            file.write("FROM %s\n" % source)
        self("build", "--progress", "plain", "-t", name, directory)

    def build(self, name, dockerfile, context, arguments):
        compose = os.path.join(os.path.dirname(context), "compose.yaml")
        if os.path.exists(compose):
            self("build", "-f", compose, "--progress", "plain", cwd=os.path.dirname(context))
        else:
            self("build", "--progress", "plain", "-f", dockerfile, "-t", name, *arguments, context)

    def image(self, name, directory):
        self("image", "save", "--format", "directory", "-o", directory, name)
        return trees.Image.from_layout(directory)


class Buildah:
    def __init__(self, work):
        self.work = work
        registries = os.path.join(work, "registries.conf")
        with open(registries, "w") as file:
            file.write("unqualified-search-registries = []\n")
        self.environment = dict(os.environ, CONTAINERS_REGISTRIES_CONF=registries, TMPDIR=work)
        # `host.env` of the caller would show in RUN steps.
        for name in [n for n in self.environment if n.lower().endswith("_proxy")]:
            del self.environment[name]

    def __call__(self, *arguments, cwd=None):
        store = ["--root", self.work + "/buildah", "--runroot", self.work + "/buildah-run", "--storage-driver", "overlay"]
        return run(["buildah", *store, *arguments], cwd=cwd, environment=self.environment)

    def build(self, name, dockerfile, context, arguments):
        self(
            "build", "--format", "docker", "--pull=false", "--layers=%s" % str(self.layers(arguments)).lower(),
            "--isolation", "oci", "--network", "none", "--identity-label=false", "-f", dockerfile, "-t", name,
            *[a for a in arguments if a != "--layers"], context)

    @staticmethod
    def layers(arguments):
        return "--layers" in arguments

    def image(self, name, directory):
        self("push", "-q", "-D", "localhost/" + name, "dir:" + directory)
        return trees.Image.from_directory(directory)


class Server:
    """Serves the files that cases ADD, on the loopback."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    def __init__(self, directory):
        handler = functools.partial(self.Handler, directory=directory)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Case:
    """One directory of cases, prepared to be built."""

    def __init__(self, name, work):
        self.name = name
        self.source = os.path.join(CASES, name)
        self.directory = os.path.join(work, "cases", name)
        self.context = os.path.join(self.directory, "context")
        self.image = "suite-" + name
        self.agent = os.path.join(work, "agent")

    def read(self, file):
        path = os.path.join(self.source, file)
        if not os.path.exists(path):
            return None
        with open(path, newline="") as text:
            return text.read()

    @property
    def base(self):
        return "debian" if re.search(r"^FROM debian\b", self.read("Dockerfile"), re.M) else "base"

    @property
    def has_peer(self):
        return self.read("expected") is None

    def prepare(self, server):
        os.makedirs(self.context)
        for name in os.listdir(self.source):
            if name.startswith("Dockerfile"):
                shutil.copy(os.path.join(self.source, name), self.context)
            elif name == "compose.yaml":
                with open(os.path.join(self.directory, name), "w") as file:
                    file.write(self.filled(self.read(name)))
            elif name == "dockerignore":
                shutil.copy(os.path.join(self.source, name), os.path.join(self.context, ".dockerignore"))
        script = os.path.join(self.source, "context.sh")
        if os.path.exists(script):
            run(["sh", "-eu", "-c", 'umask 022; . "$0"', script], cwd=self.context)
        for parent, directories, files in os.walk(self.context):
            for name in directories + files:
                path = os.path.join(parent, name)
                if os.lstat(path).st_mtime > trees.OLD:
                    os.utime(path, (CONTEXT_TIME, CONTEXT_TIME), follow_symlinks=False)

        self.give_away()

        def arguments(file):
            words = shlex.split(self.filled(self.read(file) or ""), comments=True)
            if re.search(r"^ARG SERVER$", self.read("Dockerfile"), re.M):
                words += ["--build-arg", "SERVER=" + server.address]
            return words

        self.arguments = arguments("args")
        self.peer_arguments = self.arguments + arguments("buildah-args")

    def give_away(self):
        """Makes all the user's, with the set-uid modes that chown(2) clears."""
        for parent, directories, files in os.walk(self.directory):
            for path in [parent] + [os.path.join(parent, name) for name in directories + files]:
                info = os.lstat(path)
                if info.st_uid == 0 and USER:
                    os.lchown(path, USER, USER)
                    if not stat.S_ISLNK(info.st_mode):
                        os.chmod(path, stat.S_IMODE(info.st_mode))

    @property
    def files(self):
        """The ends of images' names, and their Dockerfiles, in the order in which they are built."""
        paths = [("-parent", self.context + "/Dockerfile.parent"), ("", self.context + "/Dockerfile")]
        return [(name, path) for name, path in paths if os.path.exists(path)]

    def filled(self, text):
        return text.replace("CASE", self.directory).replace("AGENT", self.agent)

    def build(self, builder, arguments):
        for name, path in self.files:
            builder.build(self.image + name, path, self.context, arguments if not name else [])
        return builder.image(self.image, os.path.join(self.directory, type(builder).__name__))


class Differences:
    """The table of known differences; says which of them occurred."""

    def __init__(self, path):
        self.rows = []
        self.met = set()
        with open(path) as file:
            for line in file:
                cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
                if len(cells) == 5 and cells[0].startswith("`"):
                    self.rows.append(tuple(self.text(cell) for cell in cells[:4]))

    @staticmethod
    def text(cell):
        """A cell without its marks of code."""
        cell = cell.replace("\\|", "|")
        return re.sub(r"^(`+)( ?)(.*)\2\1$", r"\3", cell)

    def allows(self, case, key, ours, theirs):
        for row in self.rows:
            pairs = zip(row, (case, key, ours, theirs))
            if all(fnmatch.fnmatchcase(b, a.replace("[", "[[]")) for a, b in pairs):
                self.met.add(row)
                return True
        return False

    def unmet(self, names, whole):
        """Rows that none of these cases showed; those for several cases only when these are all there are."""
        return [
            row for row in self.rows
            if row not in self.met and (whole or "*" not in row[0]) and fnmatch.filter(names, row[0])]


def compare(case, ours, theirs, differences):
    problems = []
    for key in sorted(set(ours) | set(theirs)):
        mine, other = ours.get(key, ABSENT), theirs.get(key, ABSENT)
        if mine != other and not differences.allows(case, key, mine, other):
            problems.append("%s\n    ours    %s\n    theirs  %s" % (key, mine, other))
    return problems


def all_of(image):
    return {**image.listing(), **{"config." + k: v for k, v in image.settings().items()}}


def changes(image, base):
    """What an image has and its base has not, or has otherwise."""
    ours, below = all_of(image), all_of(base)
    return {k: ours.get(k, ABSENT) for k in sorted(set(ours) | set(below)) if ours.get(k) != below.get(k)}


def expected(text):
    """Lines of `KEY VALUE`; a key with blanks is written in quotes."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [re.match(r'("[^"]*"|\S+)\s+(.*)$', line).groups() for line in lines]
    return {key.strip('"'): value for key, value in pairs}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--base", choices=sorted(BASES))
    parser.add_argument("--table", default=TABLE)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    work = options.work or tempfile.mkdtemp(prefix="dockerfiles-")
    os.makedirs(work, exist_ok=True)
    try:
        return Suite(work, options).run()
    finally:
        # buildah leaves its store mounted.
        subprocess.run(["umount", "-q", work + "/buildah/overlay"], stderr=subprocess.DEVNULL)
        if not options.work:
            shutil.rmtree(work)


class Suite:
    def __init__(self, work, options):
        self.work, self.options = work, options
        self.trice, self.buildah = Trice(work), Buildah(work)
        self.differences = Differences(options.table)
        self.output = threading.Lock()

    def run(self):
        names = sorted(n for n in os.listdir(CASES) if os.path.exists(os.path.join(CASES, n, "Dockerfile")))
        cases = [Case(name, self.work) for name in self.options.cases or names
                 if name not in self.options.without]
        if self.options.base:
            cases = [case for case in cases if case.base == self.options.base]
        os.makedirs(self.work + "/served")
        run(["sh", "-eu", os.path.join(CASES, "served.sh")], cwd=self.work + "/served")
        self.server = Server(self.work + "/served")
        # Something that listens is enough of an agent: no case asks it for keys.
        agent = socket.socket(socket.AF_UNIX)
        agent.bind(self.work + "/agent")
        agent.listen()
        self.bases = {base: self.prepare_base(base, BASES[base]) for base in sorted({case.base for case in cases})}
        perform = self.run_twice if self.options.twice else self.run_case
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            results = list(pool.map(perform, cases))
        if self.options.twice:
            return 0 if all(results) else 1
        # Rows for several cases need not occur among the few that start from Debian.
        whole = not self.options.cases and self.options.base != "debian"
        unmet = self.differences.unmet([case.name for case in cases], whole)
        for row in unmet:
            self.report({
                "case": row[0], "peer": False, "seconds": 0,
                "problems": ["the table lists a difference that does not occur: %s" % (row,)]})
        return 0 if all(results) and not unmet else 1

    def prepare_base(self, name, source):
        archive = "%s/%s.tar" % (self.work, name)
        self.trice.make_base(name, source)
        self.trice("image", "save", "--format", "docker", "-o", archive, name)
        identifier = self.buildah("pull", "-q", "docker-archive:" + archive).split()[-1]
        self.buildah("tag", identifier, "localhost/" + name)
        return self.trice.image(name, "%s/%s" % (self.work, name))

    def run_case(self, case):
        start = time.monotonic()
        problems = []
        try:
            case.prepare(self.server)
            ours = case.build(self.trice, case.arguments)
            if case.has_peer:
                theirs = all_of(case.build(self.buildah, case.peer_arguments))
                if USER:
                    theirs = {key: value.replace("%d:%d" % (USER, USER), "0:0") for key, value in theirs.items()}
                problems = compare(case.name, all_of(ours), theirs, self.differences)
            else:
                mine = changes(ours, self.base_of(ours))
                problems = compare(case.name, mine, expected(case.read("expected")), self.differences)
            if self.options.show:
                for key, value in changes(ours, self.base_of(ours)).items():
                    with self.output:
                        print('%s %s' % (json.dumps(key, ensure_ascii=False) if " " in key else key, value))
        except (Failure, subprocess.TimeoutExpired) as failure:
            problems.append(str(failure))
        seconds = round(time.monotonic() - start, 2)
        self.report({"case": case.name, "peer": case.has_peer, "problems": problems, "seconds": seconds})
        return not problems

    def run_twice(self, case):
        digests = []
        case.prepare(self.server)
        for state in ("first", "second"):
            trice = Trice(self.work, os.path.join(self.work, case.name, state))
            trice.environment["SOURCE_DATE_EPOCH"] = "1700000000"
            trice.make_base(case.base, BASES[case.base])
            for name, file in case.files:
                trice.build(case.image + name, file, case.context, case.arguments if not name else [])
            archive = os.path.join(self.work, case.name, state + ".tar")
            trice("image", "save", "--format", "oci", "-o", archive, case.image)
            with open(archive, "rb") as file:
                digests.append(hashlib.sha256(file.read()).hexdigest())
            # The files of the second build are of another second.
            time.sleep(1.1)
        problems = [] if digests[0] == digests[1] else ["two builds gave two images: %s" % digests]
        self.report({"case": case.name, "peer": False, "problems": problems, "seconds": 0})
        return not problems

    def base_of(self, image):
        """The base whose layers the image begins with, otherwise an empty one."""
        layers = image.configuration["rootfs"]["diff_ids"] or []
        for base in self.bases.values():
            below = base.configuration["rootfs"]["diff_ids"]
            if layers[:len(below)] == below:
                return base
        return trees.Image([], {})

    def report(self, result):
        with self.output:
            if self.options.show:
                print("%s: %s (%s s)" % (result["case"], "differs" if result["problems"] else "equal", result.get("seconds")))
                for problem in result["problems"]:
                    print("  " + problem)
            else:
                print(json.dumps(result, ensure_ascii=False))
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
