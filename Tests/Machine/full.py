"""Full disks: the state lies on a small ext4, and one command after the other meets it with little or no space left. Runs on this host
in a network and mounts of its own, as root and as a user without root."""
import json
import os
import subprocess
import sys

import users as others

ENVFILE = """name: full
services:
  web:
    image: bootstrap:busybox
    command: httpd -f -p 80 -h /data
    ports: ["8080:80"]
    volumes: ["data:/data"]
    stop_grace_period: 0s
volumes: {data: }
"""
LEFT = [0, 64, 1000, 4000, 12000, 20000]  # KiB that are left when the command begins
COMMANDS = ["snapshot save more{stop}", "clone full fullcopy", "snapshot restore base", "up --force-recreate", "down",
            "image import root.tar big:1", "commit web kept:1"]


class Scene:
    def __init__(self, top, trice, user=None):
        self.top, self.trice_path, self.user = top, trice, user
        self.faults, self.outcomes = [], {}
        self.stop = " --stop" if user else ""
        if user:
            self.state, self.project = f"{user.home}/state", f"{user.home}/hello"
        else:
            self.state, self.project = f"{top}/state", f"{top}/project"
        for path in (self.state, self.project):
            os.makedirs(path, exist_ok=True)
        subprocess.run(["truncate", "-s", "160M", f"{top}/disk.img"], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", f"{top}/disk.img"], check=True)
        subprocess.run(["mount", "-o", "loop", f"{top}/disk.img", self.state], check=True)
        with open(f"{self.project}/Envfile", "w") as file:
            file.write(ENVFILE)
        with open(f"{top}/large", "wb") as file:
            file.write(os.urandom(16_000_000))
        subprocess.run(["tar", "-C", top, "-cf", f"{self.project}/root.tar", "large"], check=True)
        self.path = f"{self.state}/own"
        os.mkdir(self.path, 0o700)
        if user:
            for path in (self.path, self.project, f"{self.project}/Envfile", f"{self.project}/root.tar"):
                os.chown(path, user.id, user.id)

    def run(self, line, timeout=120):
        words = ["sh", "-c", f"cd {self.project} && exec env TRICE_STATE_DIRECTORY={self.path} {self.run_directory()} {self.trice_path} {line}"]
        if self.user:
            return self.user.run(*words, timeout=timeout)
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def run_directory(self):
        return "" if self.user else f"TRICE_RUN_DIRECTORY={self.top}/run"

    def works(self, line):
        code, output, errors = self.run(line)
        if code:
            raise AssertionError(f"`trice {line}` ended with {code}: {output}{errors}"[:800])
        return output

    def fill(self, left):
        """Takes all space but `left` KiB."""
        space = os.statvfs(self.state)
        free = space.f_bavail * space.f_frsize // 1024 - left
        ballast = os.open(f"{self.state}/ballast", os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            for _ in range(max(0, free) // 64):
                os.write(ballast, b"\0" * 65536)
            while not left:
                os.write(ballast, b"\0" * 4096)
        except OSError:
            pass
        finally:
            os.close(ballast)

    def empty(self):
        os.remove(f"{self.state}/ballast")
        os.sync()

    def layers(self):
        return sorted(name for name in os.listdir(f"{self.path}/layers") if name not in ("ingest", "unsettled"))

    def content(self):
        shown = self.works("exec web -- sh -c 'cat /own 2>/dev/null || echo gone; cat /data/text; sha256sum </data/large'").split()
        return shown[:2], shown[2]

    def put(self, text):
        self.works(f"exec web -- sh -c 'echo {text} >/own; echo {text} >/data/text'")

    def prepare(self):
        self.works("up")
        self.works("exec web -- sh -c 'head -c 10000000 /dev/urandom >/data/large; echo base >/own; echo base >/data/text'")
        self.works("snapshot save base" + self.stop)
        self.put("now")
        self.sum = self.content()[1]

    def attempt(self, command, left):
        """One command on a nearly full disk; afterwards the old state is whole, or the command has done its work."""
        self.prepare()
        before = self.layers()
        self.fill(left)
        code, output, errors = self.run(command)
        full_down = self.run("status")[0]
        self.empty()
        if full_down:
            raise AssertionError("`trice status` fails on a full disk")
        if code and "full" not in errors and "space" not in errors.lower():
            raise AssertionError(f"the error does not say that the disk is full: {errors[-500:]}")
        self.works("up")
        texts, total = self.content()
        # A container that is made anew begins without files of its own.
        own = ("gone",) if command == "down" or "recreate" in command else ("now", "base")
        if total != self.sum or texts[0] not in own + ("now",) or texts[1] not in ("now", "base"):
            raise AssertionError(f"the content is {texts} {total}")
        if code == 0 and "restore" in command and texts != ["base", "base"]:
            raise AssertionError(f"after a restore the content is {texts}")
        if code and "restore" in command and len(set(texts)) > 1:
            raise AssertionError(f"half restored: {texts}")
        names = [(entry["name"], entry["isComplete"]) for entry in json.loads(self.works("snapshot list --json"))]
        if ("base", True) not in names or not all(complete for _, complete in names):
            raise AssertionError(f"snapshots are {names}")
        if code and "restore" not in command:
            left_over = set(self.layers()) - set(before)
            if left_over:
                raise AssertionError(f"layers are left: {left_over}")
        self.works("snapshot restore base")
        if self.content() != (["base", "base"], self.sum):
            raise AssertionError("`base` cannot be restored")
        return "done" if code == 0 else "full, old state whole"

    def clean(self):
        self.run("-p fullcopy down --volumes --timeout 1")
        self.works("down --volumes --timeout 1")
        for entry in json.loads(self.works("snapshot list --json")):
            self.works(f"snapshot delete {entry['name']}")
        for name in ("big:1", "kept:1"):
            self.run(f"image rm {name}")
        self.works("prune --all --force")
        if self.layers():
            raise AssertionError(f"layers are left at the end: {self.layers()}")

    def all(self):
        who = "user" if self.user else "root"
        for command in COMMANDS:
            for left in LEFT:
                line = command.format(stop=self.stop)
                try:
                    result = self.attempt(line, left)
                    self.clean()
                except AssertionError as error:
                    result = "FAULT"
                    print(f"FAULT {who}: {line} with {left} KiB: {error}", flush=True)
                    self.run("-p fullcopy down --volumes --timeout 1")
                    self.run("down --volumes --timeout 1")
                    for name in ("base", "more"):
                        self.run(f"snapshot delete {name}")
                    self.run("prune --all --force")
                self.outcomes[line, result] = self.outcomes.get((line, result), 0) + 1
        for (line, result), number in self.outcomes.items():
            print(f"{who}: {line:30} {result:25} {number}", flush=True)
        subprocess.run(["umount", self.state])
        return any(result == "FAULT" for _, result in self.outcomes)


def main():
    trice, top = os.environ["TRICE"], os.environ["USERS"]
    [user] = others.prepare(1, top, trice)
    os.mkdir(f"{top}/root")
    os.mkdir(f"{top}/user")
    failed = False
    for who in sys.argv[1:] or ["root", "user"]:
        failed |= Scene(f"{top}/{who}", trice, user if who == "user" else None).all()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
