"""Shell sessions on a terminal, for `.ci/doctest` and `.ci/record`: a small terminal, and a shell whose commands run one by one."""
import codecs
import fcntl
import os
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unicodedata


TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


class Terminal:
    """What a terminal shows after some bytes: all lines since its start, with the style of each character.

    It knows the sequences that command-line programs draw progress with: movements of the cursor, erasing, and colours.
    """

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[]]
        self.row = self.column = 0
        self.style = ""
        self.rest = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.rest = ""
        position = 0
        while position < len(text):
            character = text[position]
            if character != "\x1b":
                self.put(character)
                position += 1
                continue
            found = re.compile(r"\x1b(?:\[([?>=!]?)([0-9;:]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78cDEHMNOZ])"
                               ).match(text, position)
            if not found:
                # A sequence that has not arrived as a whole.
                self.rest = text[position:]
                return
            if found.group(3) and not found.group(1):
                self.control(found.group(3), found.group(2))
            position = found.end()

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            while len(self.lines) <= self.row:
                self.lines.append([])
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        elif character >= " " and not unicodedata.combining(character):
            # A long line stays one, as it does when it is copied from a terminal.
            line = self.lines[self.row]
            while len(line) <= self.column:
                line.append((" ", ""))
            line[self.column] = (character, self.style)
            self.column += 1

    def control(self, final, parameters):
        numbers = [int(each) if each else 0 for each in re.split("[;:]", parameters)] if parameters else []
        count = max(1, numbers[0] if numbers else 1)
        top = max(0, len(self.lines) - self.rows)
        if final == "A":
            self.row = max(top, self.row - count)
        elif final == "B":
            self.row = min(len(self.lines) - 1, self.row + count)
        elif final == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif final == "D":
            self.column = max(0, self.column - count)
        elif final == "G":
            self.column = count - 1
        elif final == "F":
            self.row, self.column = max(top, self.row - count), 0
        elif final == "K":
            self.erase_line(numbers[0] if numbers else 0)
        elif final == "J":
            self.erase_line(0)
            if numbers and numbers[0] >= 2:
                del self.lines[top:]
                self.lines.append([])
                self.row, self.column = len(self.lines) - 1, 0
            else:
                del self.lines[self.row + 1:]
        elif final == "m":
            self.style = colour(self.style, numbers)

    def erase_line(self, mode):
        line = self.lines[self.row]
        if mode == 0:
            del line[self.column:]
        elif mode == 2:
            line.clear()

    def text(self):
        """The lines as text, without blanks at the ends and without empty lines at the end."""
        found = ["".join(character for character, _ in line).rstrip() for line in self.lines]
        while found and not found[-1]:
            found.pop()
        return found


def colour(style, numbers):
    """The style after a sequence `m`: words such as `bold`, `dim`, `green`."""
    names = dict(enumerate(["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]))
    words = style.split()
    for number in numbers or [0]:
        if number == 0:
            words = []
        elif number in (1, 2):
            words.append({1: "bold", 2: "dim"}[number])
        elif number == 22:
            words = [word for word in words if word not in ("bold", "dim")]
        elif number == 39 or number % 100 // 10 in (3, 9) and number % 10 < 8:
            words = [word for word in words if word not in names.values()]
            if number != 39:
                words.append(names[number % 10])
    return " ".join(words)


class Shell:
    """A shell session: directory, exported variables and the last exit code go from one command to the next.

    Each command has a terminal of its own, so that its screen is known without the commands around it.
    """

    def __init__(self, directory, environment, user=None, columns=80, rows=40):
        self.environment, self.user, self.columns, self.rows = dict(environment), user, columns, rows
        self.state = os.path.join(environment["DOCTEST_DIRECTORY"], "shell")
        shutil.rmtree(self.state, ignore_errors=True)
        os.makedirs(self.state)
        if user:
            os.chown(self.state, user, user)
        self.prefix = ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups"] if user else []
        self.directory, self.code = directory, 0
        self.background = []

    def run(self, command, observe=lambda terminal: None, timeout=60):
        """Runs a command until it ends. `observe` sees the terminal after each output, and returns what is typed, if anything.

        A command that ends in `&` goes on after it, and shows nothing. Returns the terminal.
        """
        if command.endswith("&"):
            words = self.prefix + ["bash", "--noprofile", "--norc", "-c", "exec " + command.rstrip("& ")]
            process = subprocess.Popen(
                words, cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True)
            self.background.append(process)
            self.code = 0
            return Terminal(self.columns, self.rows)
        script = (
            'state=$1 code=$2 command=$3\n'
            '[ ! -e "$state/variables" ] || . "$state/variables" >/dev/null 2>&1\n'
            'trap \'last=$?; pwd >"$state/directory"; export -p >"$state/variables"; exit $last\' EXIT\n'
            '(exit "$code"); eval "$command"\n'
        )
        words = self.prefix + ["bash", "--noprofile", "--norc", "-c", script, "bash", self.state, str(self.code), command]
        terminal = Terminal(self.columns, self.rows)
        process, master = pty.fork()
        if process == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
                os.chdir(self.directory)
                os.execvpe(words[0], words, self.environment)
            finally:
                os._exit(127)
        try:
            self.code = self.follow(process, master, terminal, observe, time.monotonic() + timeout)
        finally:
            os.close(master)
        with open(os.path.join(self.state, "directory"), encoding="utf-8") as file:
            self.directory = file.read().rstrip("\n")
        return terminal

    def follow(self, process, master, terminal, observe, end):
        """Reads what the command writes until it has ended; its exit code."""
        code = None
        while True:
            if time.monotonic() > end:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
                raise TimeoutError("the command did not end; the screen was:\n" + "\n".join(terminal.text()))
            if select.select([master], [], [], 0.02)[0]:
                try:
                    data = os.read(master, 65536)
                except OSError:
                    data = b""
                if data:
                    terminal.feed(data)
                    typed = observe(terminal)
                    if typed:
                        os.write(master, typed.encode())
                    continue
            elif code is None:
                continue_typing = observe(terminal)
                if continue_typing:
                    os.write(master, continue_typing.encode())
            if code is not None:
                return code
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                code = 128 - code if code < 0 else code

    def close(self):
        """Ends what runs in the background."""
        for process in self.background:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def in_own_place(arguments):
    """Runs this program again in a mount and a network namespace of its own, with a home directory that is empty.

    Returns in the new one: `/home/you` is the home directory, also for OpenSSH, and the only link is `lo`.
    """
    if os.environ.get("DOCTEST_DIRECTORY"):
        return
    prepare = r'''
set -e
ip link set lo up
place=$DOCTEST_DIRECTORY id=$DOCTEST_USER
chmod 755 "$place"
mkdir "$place/etc" "$place/home"
mount -t tmpfs -o mode=755 tmpfs /home
mkdir /home/you
mount --bind "$place/home" /home/you
sed "s|^\\(root:.*\\):/root:\\(.*\\)$|\\1:/home/you:/bin/bash|" /etc/passwd >"$place/etc/passwd"
echo "you:x:$id:$id::/home/you:/bin/bash" >>"$place/etc/passwd"
for file in subuid subgid; do echo "you:$((id * 65536)):65536" >"$place/etc/$file"; done
for file in passwd subuid subgid; do [ ! -e "/etc/$file" ] || mount --bind "$place/etc/$file" "/etc/$file"; done
if [ -e /dev/net/tun ]; then
    # On an ordinary host everyone may open it.
    mknod --mode=666 "$place/etc/tun" c 10 200
    mount --bind "$place/etc/tun" /dev/net/tun
fi
[ ! -d /run/netns ] || mount -t tmpfs tmpfs /run/netns
exec python3 "$@"
'''
    with tempfile.TemporaryDirectory(prefix="dt") as directory:
        environment = dict(os.environ, DOCTEST_DIRECTORY=directory, DOCTEST_USER=str(random.randrange(40_000, 60_000)))
        words = ["unshare", "--mount", "--propagation", "private", "--net", "bash", "-c", prepare, "bash"] + arguments
        raise SystemExit(subprocess.run(words, env=environment).returncode)


def variables(binary, is_user=False):
    """The variables of a session: nothing of the caller's but the way to the tools.

    - is_user: for the user `you` instead of root, with the user's own places for Trice's files.
    """
    directory = os.environ["DOCTEST_DIRECTORY"]
    found = {
        "PATH": os.path.dirname(os.path.abspath(binary)) + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/you", "USER": "root", "LANG": "C.UTF-8", "TERM": "xterm", "TZ": "UTC", "EDITOR": "true",
        "TRICE_STATE_DIRECTORY": directory + "/state", "TRICE_RUN_DIRECTORY": directory + "/run",
        "DOCTEST_DIRECTORY": directory, "TRICE_TEMPLATES_DIRECTORY": os.path.join(TOP, "templates"),
    }
    if is_user:
        found.update(USER="you", XDG_RUNTIME_DIR="/home/you/.run")
        del found["TRICE_STATE_DIRECTORY"], found["TRICE_RUN_DIRECTORY"]
    return found
