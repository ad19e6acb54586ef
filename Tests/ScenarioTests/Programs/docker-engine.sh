#!/bin/bash
# A real Docker engine and Trice on one host, in namespaces that go with this program.
#
#   docker-engine.sh TRICE DIRECTORY NAME [inside]
#
# DIRECTORY is empty and takes the engine's packages, its data and that of Trice; NAME is for cgroups and the project.
# Prints what is answered through the published ports of both, a line each: `WHEN: ANSWER...`.
set -euo pipefail
program=$(realpath "$0") trice=$1 directory=$2 name=$3

if [ $# -eq 3 ]; then
    cd "$directory"
    # Not installed: the package would start an engine on the host.
    download() { apt-get download -qq -o APT::Sandbox::User=root docker.io containerd; }
    # Without package lists, or with old ones, the lists are updated first.
    download 2>/dev/null || { apt-get update -qq && download; }
    for package in *.deb; do dpkg-deb -x "$package" engine; done
    status=0
    unshare --mount --propagation private --net --pid --fork --mount-proc --kill-child \
        "$program" "$@" inside || status=$?
    # Below the cgroup of this process, wherever each hierarchy has it.
    find /sys/fs/cgroup -depth -type d -path "*/$name*" -exec rmdir {} +
    exit "$status"
fi

cd "$directory"
export PATH=$directory/engine/usr/bin:$directory/engine/usr/sbin:$PATH
export DOCKER_HOST=unix://$directory/engine.sock
export TRICE_STATE_DIRECTORY=$directory/state TRICE_RUN_DIRECTORY=$directory/run
mkdir -p data exec project/www netns
mount -t tmpfs none data
mount --bind netns /run

# A host at 198.51.100.1 with a neighbour. An engine that turns forwarding on itself drops what others forward.
ip link set lo up
echo 0 >/proc/sys/net/ipv4/ip_forward
ip netns add neighbour
ip link add wan type veth peer name wan0 netns neighbour
ip address add 198.51.100.1/24 dev wan
ip link set wan up
ip netns exec neighbour sh -c 'ip address add 198.51.100.2/24 dev wan0; ip link set wan0 up'

start_engine() {
    dockerd -H "$DOCKER_HOST" --data-root "$directory/data" --exec-root "$directory/exec" \
        --pidfile "$directory/engine.pid" --storage-driver vfs --cgroup-parent "$name" --bip 198.18.77.1/24 \
        >>engine.log 2>&1 &
    engine=$!
    for _ in $(seq 200); do
        if docker version >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "the engine does not answer:" && tail -n 20 engine.log && exit 1
}

stop_engine() {
    kill "$engine"
    wait "$engine" || true
}

answers() {
    local port line="$1:"
    for port in 18080 18090; do
        for place in "ip netns exec neighbour" ""; do
            line+=" $($place curl --silent --max-time 5 "http://198.51.100.1:$port/" || echo nothing)"
        done
        line+=" $(curl --silent --max-time 5 "http://127.0.0.1:$port/" || echo nothing)"
    done
    # From the containers of each to the port of the other.
    line+=" $("$trice" exec -T web wget -qO- http://198.51.100.1:18090/ </dev/null || echo nothing)"
    line+=" $(docker exec web /bin/busybox wget -qO- http://198.51.100.1:18080/ || echo nothing)"
    echo "$line"
}

start_engine
echo "policy: $(iptables -S FORWARD | head -n 1)"
mkdir -p root/bin root/www
cp /bin/busybox root/bin/
echo docker >root/www/index.html
tar -C root -c . | docker import - "$name:1" >/dev/null
docker run --detach --name web --publish 18090:80 "$name:1" /bin/busybox httpd -f -p 80 -h /www >/dev/null
cd project
echo trice >www/index.html
cat >compose.yaml <<END
name: $name
services:
  web: {image: "bootstrap:busybox", init: true, command: httpd -f -p 80 -h /www, ports: ["18080:80"], volumes: ["./www:/www"]}
END
"$trice" up >../trice.log 2>&1 || { cat ../trice.log; exit 1; }
answers before

cd ..
stop_engine
start_engine
docker start web >/dev/null
cd project
answers restarted
echo "plan: $("$trice" plan)"
# Whoever empties Docker's chain takes the way of Trice's packets.
iptables -F DOCKER-USER
"$trice" plan | sed 's/  */ /g; s/^/emptied: /' || true
"$trice" up >../trice.log 2>&1 || { cat ../trice.log; exit 1; }
answers mended
"$trice" down >../trice.log 2>&1 || { cat ../trice.log; exit 1; }
echo "left: $(iptables -S DOCKER-USER | grep -c ACCEPT || true) rules, $(nft list tables | grep -c trice || true) tables"
docker rm --force web >/dev/null
stop_engine
