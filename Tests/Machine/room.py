"""A machine without a machine: namespaces on this host with a disk of their own (`disk.py`), for power cuts at native speed.

Processes, links, mounts and /run are those of the room, and all of them go at once when its power is cut; the kernel is the host's.
"""
import os
import shlex
import shutil
import subprocess
import time

import disk as disks
from machine import PROGRAMS, TOP, MachineError, Result, tool

SETUP = """
set -e
mount -t ext4 {device} {room}
mkdir -p {room}/state {room}/srv
mount --bind {room}/srv /srv
mount -t tmpfs run /run
mkdir -p /run/netns /var/lib/trice
mount --bind {room}/state /var/lib/trice
mount -t tmpfs tmp /tmp
ip link set lo up
echo $$
exec setsid sleep 1000000
"""


class Room:
    def __init__(self, directory, binaries):
        self.directory, self.binaries = directory, os.path.abspath(binaries)
        self.base = f"{directory}/base.img"
        self.memory = 0
        self.disk = self.init = None
        self.started = []

    def make(self, size="6G"):
        os.makedirs(f"{self.directory}/root", exist_ok=True)
        if os.path.exists(self.base):
            os.remove(self.base)
        tool("truncate", "-s", size, self.base)
        tool("mkfs.ext4", "-q", "-E", "lazy_itable_init=1", self.base)

    def boot(self, log=None, count=0, seed=0, record=None, plain=False):
        """`plain` writes into the base itself: for its making."""
        if plain:
            shown = subprocess.run(["losetup", "--find", "--show", self.base], check=True, capture_output=True, text=True)
            self.device, self.disk = shown.stdout.strip(), None
        else:
            self.disk = disks.MountedDisk(self.base, f"{self.directory}/disk", log, count, seed, record)
            self.device = self.disk.device
        script = SETUP.format(device=self.device, room=f"{self.directory}/root")
        self.init = subprocess.Popen(
            ["unshare", "--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
             "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if not self.init.stdout.readline():
            raise MachineError("the room did not come up")
        children = subprocess.run(["pgrep", "-P", str(self.init.pid)], capture_output=True, text=True).stdout.split()
        self.pid = children[0]

    def words(self, command):
        path = f"{self.binaries}:{os.environ['PATH']}"
        return ["nsenter", "-t", self.pid, "--net", "--mount", "--ipc", "--pid", "env", "-i", f"PATH={path}", "HOME=/root",
                "LANG=C.UTF-8", f"TRICE_TEMPLATES_DIRECTORY={TOP}/templates", "bash", "-c", command]

    def run(self, command, timeout=300, **options):
        try:
            done = subprocess.run(self.words(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
        except subprocess.TimeoutExpired as ended:
            return Result(124, (ended.stdout or b"").decode(errors="replace"), f"no end after {timeout} s\n")
        return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def expect(self, command, timeout=300):
        result = self.run(command, timeout)
        if not result.ok:
            raise MachineError(f"`{command}`: {result}")
        return result.output

    def start(self, command):
        return subprocess.Popen(self.words(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True)

    def put(self, source, place):
        shutil.copy(source, f"/proc/{self.pid}/root{place}")

    def get(self, source, place):
        try:
            shutil.copy(f"/proc/{self.pid}/root{source}", place)
        except OSError:
            with open(place, "wb"):
                return False
        return True

    def cut(self):
        """All processes and mounts of the room end; what is written meanwhile is after the moment of the cut."""
        if not self.init:
            return
        subprocess.run(["kill", "-9", self.pid], stderr=subprocess.DEVNULL)
        self.init.wait()
        self.init = None
        self.leave_groups()
        if self.disk:
            self.disk.end()
        else:
            subprocess.run(["losetup", "--detach", self.device], check=True)

    def leave_groups(self):
        """The host's cgroups do not go with the power, as those of a machine would."""
        found = subprocess.run("find /sys/fs/cgroup -depth -type d -path '*trice-power*'", shell=True, capture_output=True,
                               text=True).stdout.split("\n")
        for path in filter(None, found):
            for _ in range(100):
                try:
                    os.rmdir(path)
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)
