"""A virtual machine of Debian 12 under qemu, without KVM: what a test may cut the power of.

`TRICE_MACHINE` names its directory. `build` makes the base image once (two minutes, from a Debian mirror), `new` makes a disk on it.
Needs the Debian packages qemu-system-x86 qemu-utils mmdebstrap socat cpio busybox-static openssh-client.
"""
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DIRECTORY = os.environ.get("TRICE_MACHINE", os.path.join(TOP, ".build", "machine"))
PROGRAMS = ["trice", "trice-init", "trice-remote", "trice-ssh"]
PACKAGES = (
    "systemd-sysv,udev,libpam-systemd,dbus-user-session,dbus,crun,runc,iproute2,nftables,openssh-server,kmod,procps,"
    "ca-certificates,uidmap,slirp4netns,passt,e2fsprogs,libarchive13,libyaml-0-2,libcurl4,libsqlite3-0,busybox-static,curl")
# Loaded by the first process of the initial file system, from which the root file system is mounted.
DISK_MODULES = ["virtio/virtio_ring", "virtio/virtio", "virtio/virtio_pci_legacy_dev", "virtio/virtio_pci_modern_dev",
                "virtio/virtio_pci", "block/virtio_blk"]
INIT = r"""#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc p /proc; $B mount -t sysfs s /sys; $B mount -t devtmpfs d /dev
for m in MODULES; do [ -f /lib/$m.ko ] && $B insmod /lib/$m.ko; done
i=0; while [ ! -b /dev/vda ] && [ $i -lt 100 ]; do $B sleep 0.05; i=$((i+1)); done
$B mount -t ext4 -o rw /dev/vda /root || exec $B sh
init=/lib/systemd/systemd
case "$($B cat /proc/cmdline)" in *trice.short*) $B cp /short /root/sbin/trice-short; init=/sbin/trice-short ;; esac
$B umount /proc /sys; $B mount --move /dev /root/dev
exec $B switch_root /root $init
"""
# In place of systemd: what Trice and sshd need, in a third of the time.
SHORT = r"""#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t tmpfs -o mode=755 run /run; mount -t tmpfs tmp /tmp
mkdir -p /dev/pts /dev/shm /run/sshd /run/lock /run/user
mount -t devpts -o ptmxmode=666,mode=620,gid=5 devpts /dev/pts; mount -t tmpfs shm /dev/shm
mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
for c in memory pids cpu cpuset io; do echo +$c >/sys/fs/cgroup/cgroup.subtree_control; done
hostname tricevm
for m in virtio_net overlay br_netfilter veth nf_tables tun fuse; do modprobe $m; done
chmod 666 /dev/net/tun /dev/fuse
i=0; until link=$(ls -d /sys/class/net/e*) 2>/dev/null || [ $i -gt 100 ]; do sleep 0.05; i=$((i+1)); done
ip link set lo up; ip address add 10.0.2.15/24 dev ${link##*/}; ip link set ${link##*/} up; ip route add default via 10.0.2.2
/usr/sbin/sshd
while :; do wait; sleep 1000 & wait $!; done
"""


class MachineError(Exception):
    pass


class Result:
    def __init__(self, code, output, errors):
        self.code, self.output, self.errors = code, output, errors

    @property
    def ok(self):
        return self.code == 0

    def __str__(self):
        return f"exit {self.code}\n{self.output}{self.errors}"


def tool(*arguments, **options):
    return subprocess.run(arguments, check=True, **options)


class Machine:
    def __init__(self, name, memory=1024, cpus=2, directory=DIRECTORY):
        self.name, self.memory, self.cpus, self.base = name, memory, cpus, directory
        self.directory = os.path.join(directory, f"vm-{name}")
        self.disk = os.path.join(self.directory, "disk.qcow2")
        self.process = None

    # Making

    def kernel(self):
        """Debian's kernel for virtual machines, unpacked and not installed."""
        kernel = os.path.join(self.base, "kernel")
        if not os.path.isdir(f"{kernel}/boot"):
            os.makedirs(kernel, exist_ok=True)
            shown = tool("apt-cache", "depends", "linux-image-cloud-amd64", capture_output=True, text=True).stdout
            package = re.search(r"Depends: *(\S+)", shown)[1]
            tool("apt-get", "download", "-q", package, cwd=kernel, stdout=subprocess.DEVNULL)
            [archive] = [name for name in os.listdir(kernel) if name.endswith(".deb")]
            tool("dpkg", "-x", archive, ".", cwd=kernel)
            os.remove(f"{kernel}/{archive}")
        return kernel, sorted(os.listdir(f"{kernel}/lib/modules"))[0]

    def build(self, size="8G"):
        os.makedirs(self.base, exist_ok=True)
        kernel, version = self.kernel()
        if not os.path.exists(f"{self.base}/id"):
            tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.base}/id")
        root = f"{self.base}/rootfs"
        shutil.rmtree(root, ignore_errors=True)
        exclusions = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
        tool("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={PACKAGES}", *exclusions, "bookworm", root)
        os.makedirs(f"{root}/lib/modules", exist_ok=True)
        tool("cp", "-a", f"{kernel}/lib/modules/{version}", f"{root}/lib/modules/")
        tool("chroot", root, "depmod", version)
        self.settle_root(root)
        tool("mke2fs", "-q", "-t", "ext4", "-d", root, f"{self.base}/base.img", size)
        tool("qemu-img", "convert", "-O", "qcow2", f"{self.base}/base.img", f"{self.base}/base.qcow2")
        os.remove(f"{self.base}/base.img")
        shutil.rmtree(root)

    def settle_root(self, root):
        def write(path, text, append=False):
            os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
            with open(f"{root}/{path}", "a" if append else "w") as file:
                file.write(text)
        write("etc/fstab", "/dev/vda / ext4 defaults 0 1\n")
        write("etc/hostname", "tricevm\n")
        write("etc/hosts", "127.0.0.1 localhost tricevm\n::1 localhost\n")
        write("etc/resolv.conf", "nameserver 10.0.2.3\n")
        write("etc/ssh/sshd_config.d/machine.conf", "HostKey /etc/ssh/ssh_host_ed25519_key\nUseDNS no\n")
        write("etc/systemd/network/10.network",
              "[Match]\nName=en* eth*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n")
        write("etc/modules-load.d/machine.conf", "overlay\nbr_netfilter\nveth\nnf_tables\ntun\nfuse\n")
        with open(f"{self.base}/id.pub") as file:
            write("root/.ssh/authorized_keys", file.read())
        os.chmod(f"{root}/root/.ssh", 0o700)
        unwanted = ["apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer",
                    "getty@tty1.service", "systemd-networkd-wait-online.service", "dpkg-db-backup.timer",
                    "serial-getty@ttyS0.service"]
        script = "systemctl -q enable systemd-networkd; systemctl -q mask " + " ".join(unwanted)
        for user in ("dev", "eve"):
            script += f"; useradd -m -s /bin/bash {user}; mkdir -p /var/lib/systemd/linger; touch /var/lib/systemd/linger/{user}"
        tool("chroot", root, "sh", "-c", script + "; passwd -qd root")

    def initial(self):
        """The initial file system: busybox, the modules for the disk, and the first programs."""
        kernel, version = self.kernel()
        with tempfile.TemporaryDirectory() as top:
            for name in ("bin", "proc", "sys", "dev", "root", "lib"):
                os.mkdir(f"{top}/{name}")
            shutil.copy("/bin/busybox", f"{top}/bin/busybox")
            for module in DISK_MODULES:
                path = f"{kernel}/lib/modules/{version}/kernel/drivers/{module}.ko"
                if os.path.exists(path):
                    shutil.copy(path, f"{top}/lib/")
            names = " ".join(module.split("/")[1] for module in DISK_MODULES)
            for name, text in (("init", INIT.replace("MODULES", names)), ("short", SHORT)):
                with open(f"{top}/{name}", "w") as file:
                    file.write(text)
                os.chmod(f"{top}/{name}", 0o755)
            target = shlex.quote(f"{self.directory}/initial.gz")
            tool("sh", "-c", f"find . | cpio -o -H newc --quiet | gzip -1 >{target}", cwd=top)
        return f"{self.directory}/initial.gz", f"{kernel}/boot/vmlinuz-{version}"

    def new(self, size=None):
        os.makedirs(self.directory, exist_ok=True)
        tool("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", f"{self.base}/base.qcow2", self.disk,
             *([size] if size else []))

    # Running

    def boot(self, snapshot=None, short=False, timeout=300):
        """Starts it and waits for sshd; with `snapshot` as it was when `snap` was called."""
        initial, kernel = self.initial()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        for name in ("ssh", "monitor"):
            if os.path.exists(f"{self.directory}/{name}"):
                os.remove(f"{self.directory}/{name}")
        options = "console=ttyS0 root=/dev/vda rw quiet mitigations=off random.trust_cpu=on nowatchdog panic=5"
        options += " trice.short" if short else " systemd.show_status=0"
        command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", "-smp", str(self.cpus),
            "-m", str(self.memory), "-nodefaults", "-no-user-config", "-display", "none",
            "-machine", "q35,usb=off,smbus=off", "-kernel", kernel, "-initrd", initial, "-append", options,
            "-drive", f"file={self.disk},if=virtio,format=qcow2,cache=writeback",
            "-netdev", f"user,id=n,hostfwd=tcp:127.0.0.1:{self.port}-:22",
            "-device", "virtio-net-pci,netdev=n,romfile=", "-device", "virtio-rng-pci",
            *self.cargo_options(),
            "-serial", f"file:{self.directory}/console", "-monitor", f"unix:{self.directory}/monitor,server,nowait"]
        self.process = subprocess.Popen(
            command + (["-loadvm", snapshot] if snapshot else []), stdin=subprocess.DEVNULL, start_new_session=True)
        begin = time.monotonic()
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - begin > timeout:
                raise MachineError(f"{self.name} does not come up: see {self.directory}/console")
            time.sleep(0.2)
        self.run("true").ok or self.run("true")
        return time.monotonic() - begin

    def cargo_options(self):
        cargo = f"{self.directory}/cargo.img"
        if not os.path.exists(cargo):
            return []
        return ["-drive", f"file={cargo},if=virtio,format=raw,readonly=on"]

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=4) as connection:
                connection.settimeout(4)
                return connection.recv(4).startswith(b"SSH")
        except OSError:
            return False

    def shell(self, command, user="root"):
        options = ["-F", "none", "-i", f"{self.base}/id", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                   "-o", "LogLevel=ERROR", "-o", "KexAlgorithms=curve25519-sha256", "-o", "ControlMaster=auto",
                   "-o", f"ControlPath={self.directory}/ssh", "-o", "ControlPersist=yes", "-o", "ServerAliveInterval=20"]
        if user != "root":
            command = (f"setpriv --reuid {user} --regid {user} --init-groups env -i HOME=/home/{user} USER={user} LOGNAME={user} "
                       f"SHELL=/bin/bash LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin XDG_RUNTIME_DIR=/run/user/$(id -u {user}) "
                       f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u {user})/bus "
                       f"bash -c {shlex.quote('cd; ' + command)}")
        return ["ssh", *options, "-p", str(self.port), "root@127.0.0.1", command]

    def run(self, command, user="root", timeout=300, **options):
        """The result of a command in the machine; one that takes longer ends with 124."""
        try:
            done = subprocess.run(self.shell(command, user), stdin=options.get("stdin", subprocess.DEVNULL), capture_output=True,
                                  timeout=timeout)
        except subprocess.TimeoutExpired as ended:
            return Result(124, (ended.stdout or b"").decode(errors="replace"), f"no end after {timeout} s\n")
        return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def expect(self, command, user="root", timeout=300):
        result = self.run(command, user, timeout)
        if not result.ok:
            raise MachineError(f"`{command}`: {result}")
        return result.output

    def start(self, command, user="root", **options):
        """A command that goes on; the caller reads its output."""
        return subprocess.Popen(self.shell(command, user), stdin=subprocess.DEVNULL, stdout=options.get("stdout", subprocess.PIPE),
                                stderr=options.get("stderr", subprocess.STDOUT), text=True)

    def put(self, source, place):
        """Copies a file or the content of a directory."""
        if os.path.isdir(source):
            archive = subprocess.Popen(["tar", "-C", source, "-cf", "-", "."], stdout=subprocess.PIPE)
            result = self.run(f"mkdir -p {place} && tar -C {place} --no-same-owner -xf -", stdin=archive.stdout, timeout=900)
            archive.wait()
        else:
            with open(source, "rb") as file:
                result = self.run(f"cat >{place}", stdin=file, timeout=900)
        if not result.ok:
            raise MachineError(f"`{source}` was not copied: {result}")

    def get(self, source, place):
        done = subprocess.run(self.shell(f"cat {source}"), stdin=subprocess.DEVNULL, capture_output=True)
        with open(place, "wb") as file:
            file.write(done.stdout)
        return done.returncode == 0

    def monitor(self, command, wait=2):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"{self.directory}/monitor")
            connection.settimeout(wait)
            connection.sendall(f"{command}\n".encode())
            answer = b""
            try:
                while answer.count(b"(qemu)") < 2:
                    answer += connection.recv(65536)
            except OSError:
                pass
        return answer.decode(errors="replace")

    def leave(self):
        subprocess.run(["ssh", "-q", "-o", f"ControlPath={self.directory}/ssh", "-O", "exit", "x"], stderr=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)

    def snap(self, name):
        """Keeps memory and disk as they are."""
        self.leave()
        answer = self.monitor(f"savevm {name}", wait=300)
        if "Error" in answer:
            raise MachineError(answer)

    def cut(self):
        """The power goes: what the kernel has not written is lost."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()
        self.process = None

    def off(self):
        self.run("sync; systemctl poweroff || poweroff -f", timeout=20)
        try:
            self.process.wait(timeout=90)
        except subprocess.TimeoutExpired:
            pass
        self.cut()

    def load(self, binaries, images):
        """Makes a second disk with the programs, those of a debug build with the libraries that they need, and archives of images."""
        cargo = f"{self.directory}/cargo.img"
        os.makedirs(self.directory, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.base) as stage:
            for name in ("bin", "lib"):
                os.mkdir(f"{stage}/{name}")
            for name in PROGRAMS:
                tool("strip", "-o", f"{stage}/bin/{name}", f"{binaries}/{name}")
                libraries = subprocess.run(["ldd", f"{binaries}/{name}"], capture_output=True, text=True).stdout
                for path in re.findall(r"=> (/\S+)", libraries):
                    if re.search(r"swift|Foundation|dispatch|BlocksRuntime", path):
                        shutil.copy(path, f"{stage}/lib/")
            shutil.copytree(f"{TOP}/templates", f"{stage}/share/trice/templates")
            os.mkdir(f"{stage}/images")
            for name in images:
                os.link(name, f"{stage}/images/{os.path.basename(name)}")
            if os.path.exists(cargo):
                os.remove(cargo)
            tool("chmod", "-R", "a+rX", stage)
            size = sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(stage) for name in names)
            tool("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", stage, cargo, f"{size * 11 // 10 // 1024 + 20000}k")

    def install(self):
        """Puts the programs of the second disk into the machine, whose images are in /mnt/images then."""
        self.expect("mountpoint -q /mnt || mount -o ro /dev/vdb /mnt; rm -rf /opt/trice; mkdir /opt/trice; "
                    "cp -r /mnt/bin /mnt/lib /mnt/share /opt/trice/; sync; "
                    "echo /opt/trice/lib >/etc/ld.so.conf.d/trice.conf; ldconfig; ln -sf /opt/trice/bin/trice /usr/bin/trice")
        return self.expect("trice version").strip()
