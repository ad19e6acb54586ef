"""Cuts the power of a virtual machine in the middle of a command of Trice, and looks at what the next boot finds.

The environment has PostgreSQL with rows that carry their own checksum, a volume without a name, and a container with a file of
its own. Its snapshot `old` is there before each cut. A round returns to the same memory and disk, so rounds do not depend on each other.
"""
import json
import pickle
import random
import re
import sqlite3
import tempfile
import threading
import time

from machine import MachineError

ENVFILE = r"""name: powercut
services:
  db:
    image: machine/db:1
    command:
      - sh
      - -euc
      - |
        PATH=/usr/lib/postgresql/15/bin:$$PATH
        install -d -o postgres -g postgres /srv/postgresql /run/postgresql
        if ! [ -e /srv/postgresql/data ]; then
            rm -rf /srv/postgresql/new
            setpriv --reuid postgres --regid postgres --init-groups sh -euc '
                initdb --data-checksums -D /srv/postgresql/new -U tasks --locale=C.UTF-8 --auth=trust
                echo "CREATE DATABASE tasks" | postgres --single -j -D /srv/postgresql/new postgres
                mv /srv/postgresql/new /srv/postgresql/data'
        fi
        echo "started" >>/own
        echo "started" >>/scratch/starts
        exec setpriv --reuid postgres --regid postgres --init-groups \
            postgres -D /srv/postgresql/data -c recovery_init_sync_method=syncfs
    environment: {PGDATABASE: tasks, PGUSER: tasks}
    stop_signal: SIGINT
    wait: {exec: "pg_isready -q", timeout: 240s}
    volumes: ["data:/srv/postgresql", /scratch]
volumes: {data: }
"""
SEEDED = r"""name: powerseed
services:
  fill:
    image: bootstrap:busybox
    seed: auto
    command:
      - sh
      - -euc
      - |
        cd /data
        if ! [ -e complete ]; then
            i=0; while [ $$i -lt 400 ]; do head -c 20000 /dev/urandom >f$$i; i=$$((i+1)); done
            sha256sum f* >sums; sync; touch complete; sync
        fi
        touch /tmp/ready; exec sleep 100000
    stop_grace_period: 0s
    healthcheck: {test: "test -e /tmp/ready", interval: 1s, retries: 100, start_period: 100s}
    volumes: ["data:/data"]
volumes: {data: }
"""
SQL_CHECK = ("SELECT count(*), coalesce(max(n), 0), count(*) FILTER (WHERE md5(body) <> sum) FROM rows; "
             "SELECT bt_index_check('rows_pkey', true)")
WRITER = "yes \"INSERT INTO rows (body, sum) SELECT b, md5(b) FROM (SELECT repeat(md5(random()::text), 8) b) x RETURNING n;\" | psql -qtA"
STATE = "/var/lib/trice"
# What may be the first command after the machine is up again: each must work.
FIRST = ["trice up", "trice status", "trice snapshot list", "trice du", "trice prune --force", "trice ls", "trice plan || [ $? = 2 ]",
         "trice snapshot save first", "trice down", "trice image list"]


class Failure(Exception):
    pass


class Scene:
    def __init__(self, machine, log):
        self.machine, self.log = machine, log

    def trice(self, command, directory="/srv/shop", timeout=420):
        return self.machine.run(f"cd {directory} && {command}", timeout=timeout)

    def works(self, command, directory="/srv/shop", timeout=420):
        result = self.trice(command, directory, timeout)
        if not result.ok:
            raise Failure(f"`{command}`: {result}")
        return result.output

    def rows(self):
        """How many rows there are and the last one; all of them, the index and the page checksums are right."""
        shown = self.works(f"trice exec db -- psql -tAc \"{SQL_CHECK}\"").split("\n")
        count, last, wrong = (int(field) for field in shown[0].split("|"))
        if wrong:
            raise Failure(f"{wrong} of {count} rows are damaged")
        return count, last

    def snapshots(self):
        return {entry["name"]: entry for entry in json.loads(self.works("trice snapshot list --json"))}

    # Making

    def prepare(self, images):
        machine = self.machine
        for place, text in (("shop", ENVFILE), ("seeded", SEEDED)):
            machine.expect(f"mkdir -p /srv/{place}; cat >/srv/{place}/Envfile <<'END'\n{text}END\n")
        self.works(f"trice image load -i {images}/db.tar", timeout=900)
        machine.expect(f"trice image pull bootstrap:busybox; cp {images}/small.tar /srv/small.tar")
        self.works("trice up", timeout=900)
        self.works("trice exec db -- psql -c 'CREATE TABLE rows (n bigserial PRIMARY KEY, body text NOT NULL, sum text NOT NULL); "
                   "CREATE EXTENSION amcheck'")
        self.insert(20_000)
        self.mark("old")
        self.old = self.rows()
        self.works("trice snapshot save old")
        self.insert(5_000)
        self.mark("new")
        self.new = self.rows()
        self.log(f"rows: {self.old} in `old`, {self.new} now")

    def mark(self, text):
        """Writes into the container's own file and into the volume without a name."""
        self.works(f"trice exec db -- sh -c 'echo {text} >/own; echo {text} >/scratch/file; sync'")

    def insert(self, count):
        self.works(f"trice exec db -- psql -qc \"INSERT INTO rows (body, sum) SELECT b, md5(b) FROM "
                   f"(SELECT repeat(md5(random()::text), 8) b FROM generate_series(1, {count})) x\"")

    # What the disk has

    def agree(self):
        """The records and the disk say the same: no record without its directory, and no half-made directory."""
        with tempfile.TemporaryDirectory() as top:
            for suffix in ("", "-wal"):
                self.machine.get(f"{STATE}/trice.db{suffix}", f"{top}/trice.db{suffix}")
            database = sqlite3.connect(f"{top}/trice.db")
            if (found := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise Failure(f"the database is damaged: {found}")
            layers = {row[0] for row in database.execute("SELECT name FROM localLayer")}
            volumes = {row[0] for row in database.execute("SELECT path FROM volume UNION SELECT path FROM namedVolume")}
            snapshots = database.execute("SELECT name, isComplete, document FROM snapshot").fetchall()
        there = set(self.machine.expect(f"ls {STATE}/layers").split())
        if missing := layers - there:
            raise Failure(f"layers with a record and no directory: {missing}")
        for name, complete, document in snapshots:
            if not complete:
                raise Failure(f"`{name}` is half-written after the next commands")
            if missing := set(re.findall(r"local-[0-9a-f]+", document)) - there:
                raise Failure(f"`{name}` lacks {missing}")
        for path in volumes:
            if not self.machine.run(f"test -d '{path}'").ok:
                raise Failure(f"the volume {path} has a record and no directory")
        left = self.machine.expect(f"ls {STATE}/layers/ingest {STATE}/snapshots/restores {STATE}/snapshots/work 2>/dev/null || true")
        left = [line for line in left.split() if not line.startswith("/") and line not in ("gate", "lock")]
        if left:
            raise Failure(f"unfinished things are left: {left}")

    def nothing_left(self):
        """After everything was removed by commands, nothing of it is on the disk or in the kernel."""
        for directory in ("/srv/shop", "/srv/seeded"):
            self.works("trice down --volumes", directory)
        if "powercopy" in self.works("trice ls; trice volume list"):
            self.works("trice -p powercopy down --volumes")
        for name in self.snapshots():
            self.works(f"trice snapshot delete {name}")
        self.works("trice prune --all --force")
        for reference in re.findall(r"^(\S*bootstrap:\S+|\S+:\S+)", self.works("trice image list"), re.M):
            self.works(f"trice image rm '{reference}'")
        self.works("trice prune --all --force")
        script = (f"cd {STATE}; ls layers | grep -vx -e ingest -e unsettled; ls volumes named-volumes environments snapshots/work "
                  "snapshots/restores seeds layers/ingest copies builds/work 2>/dev/null | grep -vx -e gate -e lock -e '.*:' -e ''; "
                  "ip -o link | grep -o ' tr-[^ ]*'; grep -o ' /run/trice[^ ]*' /proc/self/mountinfo; "
                  "nft list tables | grep trice; find /sys/fs/cgroup -name 'trice-power*'; ps -eo args | grep '[t]rice s'; true")
        if left := self.machine.expect(script).strip():
            raise Failure(f"left after everything was removed: {left}")


class Writer:
    """Inserts rows until the power goes; knows the last one that PostgreSQL has acknowledged."""

    def __init__(self, scene):
        self.last, self.acknowledged = 0, []
        self.process = scene.machine.start(f"cd /srv/shop && trice exec db -- sh -c '{WRITER}'")
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        begin = time.monotonic()
        while not self.last and time.monotonic() - begin < 60:
            time.sleep(0.02)
        if not self.last:
            raise Failure("the writer wrote nothing")

    def read(self):
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.last = int(line)
                self.acknowledged.append((time.monotonic(), self.last))

    def end(self):
        self.process.kill()
        self.process.wait()
        self.thread.join(5)


def content(scene):
    """The text of the container's own file and of the volume without a name; `down` when they are those after a `down`."""
    shown = scene.works("trice exec db -- sh -c 'head -1 /own; head -1 /scratch/file 2>/dev/null || echo started'").split()
    if scene.was_down and shown == ["started", "started"]:
        return "down"
    return shown[0] if shown[0] == shown[1] else " and ".join(shown)


# Each kind: the command, whether rows are written meanwhile, and what must hold afterwards.

def after_save(scene, last):
    names = scene.snapshots()
    made = "new" in names
    if "old" not in names or not names["old"]["isComplete"]:
        raise Failure(f"snapshots are {names}")
    count, highest = scene.rows()
    if highest < last:
        raise Failure(f"row {last} was acknowledged and is lost; the last one is {highest}")
    if content(scene) not in ("new", "down"):
        raise Failure(f"files of the container are {content(scene)}")
    if made:
        scene.works("trice snapshot restore new")
        count, highest = scene.rows()
        if highest < scene.new[1] or content(scene) not in ("new", "down"):
            raise Failure(f"`new` has the rows up to {highest} and {content(scene)}")
    else:
        scene.works("trice snapshot save new")
    if made and not names["new"]["isComplete"]:
        raise Failure("`new` is half-written after the next commands")
    scene.works("trice snapshot restore old")
    if scene.rows() != scene.old or content(scene) != "old":
        raise Failure(f"`old` has {scene.rows()}, {content(scene)} instead of {scene.old}")
    return "new is whole" if made else "new is absent"


def after_restore(scene, last):
    rows, files = scene.rows(), content(scene)
    if rows == scene.old and files in ("old", "down"):
        result = "restored"
    elif rows == scene.new and files in ("new", "down"):
        result = "as before"
    else:
        raise Failure(f"rows {rows} and files {files} are neither those of before {scene.new} nor those of `old` {scene.old}")
    scene.works("trice snapshot restore old")
    if scene.rows() != scene.old or content(scene) != "old":
        raise Failure(f"`old` has {scene.rows()}, {content(scene)} instead of {scene.old}")
    return result


def after_change(scene, last):
    count, highest = scene.rows()
    if highest < max(last, scene.new[1]):
        raise Failure(f"row {max(last, scene.new[1])} is lost; the last one is {highest}")
    return "all rows"


def after_clone(scene, last):
    if scene.rows() != scene.new:
        raise Failure(f"the original has {scene.rows()} instead of {scene.new}")
    listed = scene.works("trice volume list --json")
    made = "powercopy" in listed or "powercopy" in scene.works("trice ls")
    again = scene.trice("trice clone powercut powercopy")
    if not again.ok and "exist" not in again.errors and "has" not in again.errors:
        raise Failure(f"the clone after the cut: {again}")
    scene.works("trice -p powercopy up")
    count = int(scene.works("trice -p powercopy exec db -- psql -tAc 'SELECT count(*) FROM rows WHERE md5(body) = sum'"))
    if count != scene.new[0]:
        raise Failure(f"the copy has {count} rows instead of {scene.new[0]}")
    scene.works("trice -p powercopy down --volumes")
    return "copy was there" if not again.ok else "copy was absent" if not made else "copy was begun"


def after_load(scene, last):
    made = "small:1" in scene.works("trice image list")
    if made:
        scene.works("trice image inspect small:1")
    scene.works("trice image load -i /srv/small.tar")
    scene.works("cd /tmp && trice image save -o /tmp/again.tar small:1 && rm /tmp/again.tar", timeout=600)
    return "image was there" if made else "image was absent"


def after_seed(scene, last):
    for _ in range(2):
        scene.works("trice up", "/srv/seeded")
        scene.works("trice exec fill -- sh -c 'cd /data && sha256sum -c sums >/dev/null && ls | wc -l | grep -qx 402'", "/srv/seeded")
        scene.works("trice down --volumes", "/srv/seeded")
    return "whole"


KINDS = {
    "save": ("trice snapshot save new", "/srv/shop", True, after_save),
    "restore": ("trice snapshot restore old", "/srv/shop", False, after_restore),
    "up": ("trice up --force-recreate", "/srv/shop", False, after_change),
    "down": ("trice down", "/srv/shop", False, after_change),
    "clone": ("trice clone powercut powercopy", "/srv/shop", False, after_clone),
    "load": ("trice image load -i /srv/small.tar", "/srv/shop", False, after_load),
    "seed": ("trice up", "/srv/seeded", False, after_seed),
}


def measure(scene, kind):
    """How long the command takes where nothing cuts it."""
    command, directory, writes, _ = KINDS[kind]
    scene.machine.boot("ready")
    writer = Writer(scene) if writes else None
    begin = time.monotonic()
    scene.works(command, directory)
    duration = time.monotonic() - begin
    scene.machine.cut()
    if writer:
        writer.end()
    return duration


def cut(scene, kind, moment, first, thorough):
    command, directory, writes, _ = KINDS[kind]
    machine = scene.machine
    machine.boot("ready")
    writer = Writer(scene) if writes else None
    running = machine.start(f"cd {directory} && {command}")
    time.sleep(moment)
    ended = running.poll() is not None
    machine.cut()
    running.wait()
    if writer:
        writer.end()
    machine.boot(short=True)
    result = look(scene, kind, first, writer.last if writer else 0, thorough)
    return f"{result}{' (the command had ended)' if ended else ''}"


def look(scene, kind, first, last, thorough=True):
    """Everything that must hold when the power is back; `last` is the last row that was acknowledged before."""
    scene.works(first)
    scene.was_down = first == "trice down"
    if first != "trice down":
        scene.works("trice status")
    scene.works("trice up")
    result = KINDS[kind][3](scene, last)
    scene.agree()
    if not thorough:
        return result
    for command in ("trice du", "trice prune --force", "trice snapshot list", "trice up"):
        scene.works(command)
    scene.agree()
    scene.nothing_left()
    return result


def rooms(scene, kinds, count, seed, report):
    """As `campaign`, at native speed: the command runs once, and then the disk is looked at as it was at `count` moments of it. At
    every other moment some writes are lost that were not flushed."""
    room, outcomes = scene.machine, {}
    randomness = random.Random(seed)
    for kind in kinds:
        command, directory, writes, _ = KINDS[kind]
        path = f"{room.directory}/{kind}.log"
        try:
            room.boot(record=path)
            scene.works("trice up")
            scene.mark("new")
            writer = Writer(scene) if writes else None
            time.sleep(1)
            begin = time.monotonic()
            scene.works(command, directory)
            end = time.monotonic()
            time.sleep(0.2)
        finally:
            room.cut()
        acknowledged = []
        if writer:
            writer.end()
            acknowledged = writer.acknowledged
        with open(path, "rb") as file:
            times = [entry[0] for entry in pickle.load(file)]
        low = sum(moment < begin for moment in times)
        high = sum(moment <= end for moment in times)
        scene.log(f"{kind}: {end - begin:.2f} s, {high - low} writes and flushes, {len(acknowledged)} rows meanwhile")
        for number in range(count):
            position = low + int((number + randomness.random()) / count * (high - low)) + 1
            first = FIRST[(number + len(kind)) % len(FIRST)]
            loses = randomness.randrange(1, 1 << 30) if number % 2 else 0
            last = max((row for moment, row in acknowledged if moment <= times[position - 1]), default=0)
            started = time.monotonic()
            try:
                room.boot(path, position, loses)
                result = look(scene, kind, first, last)
            except (Failure, MachineError) as error:
                result = "FAULT"
                scene.log(f"{kind} at write {position}, lost {loses}, then `{first}`: {error}")
            finally:
                room.cut()
            outcomes[kind, result] = outcomes.get((kind, result), 0) + 1
            report(f"{kind} {number + 1}/{count} at write {position - low} of {high - low}{', some lost' if loses else ''}, then "
                   f"`{first}`: {result} [{time.monotonic() - started:.0f} s]")
    return outcomes


def campaign(scene, kinds, count, seed, report):
    """`count` cuts of each kind, spread over the whole duration; the outcomes."""
    randomness = random.Random(seed)
    outcomes = {}
    for kind in kinds:
        duration = measure(scene, kind)
        scene.log(f"{kind}: {duration:.2f} s where nothing cuts it")
        for number in range(count):
            moment = (number + randomness.random()) / count * duration * 1.1
            first = FIRST[(number + len(kind)) % len(FIRST)]
            begin = time.monotonic()
            try:
                result = cut(scene, kind, moment, first, number % 5 == 4)
            except (Failure, MachineError) as error:
                result = "FAULT"
                scene.log(f"{kind} after {moment:.3f} s, then `{first}`: {error}")
            finally:
                scene.machine.cut()
            key = (kind, result)
            outcomes[key] = outcomes.get(key, 0) + 1
            report(f"{kind} {number + 1}/{count} after {moment:.3f} s, then `{first}`: {result} [{time.monotonic() - begin:.0f} s]")
    return outcomes
