import TestSupport

/// Ten services against the bare runtime, and the reading of files with many; prints the table.
/// - Returns: Its rows.
func measureServices(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    let repeats = 3
    let trice = try Contestant(fixture: fixture)
    let floor = try Floor(fixture: fixture, usesCgroups: trice.usesCgroups)
    let loading = try Loading(fixture: fixture)
    for number in 0..<rounds {
        // In turns, each as often first as second: what drifts, drifts for both.
        if number.isMultiple(of: 2) { try floor.round() }
        try trice.round(repeats: repeats)
        try loading.round()
        if !number.isMultiple(of: 2) { try floor.round() }
    }
    let rows =
        [
            Row(name: "up", samples: trice.up, bar: .ratio(2.5, to: floor.up)),
            Row(name: "down", samples: trice.down, bar: .ratio(2.5, to: floor.down)),
            Row(name: "ssh SERVICE true", samples: trice.ssh, bar: .ratio(1.6, to: trice.exec)),
            Row(name: "up, nothing to do", samples: trice.upAgain, bar: .milliseconds(25)),
            Row(name: "status", samples: trice.status, bar: .milliseconds(25)),
            Row(name: "supervisor's memory", samples: trice.memory, bar: .megabytes(25)),
        ] + loading.rows
    print(
        """
        \(serviceCount) services of bootstrap:busybox with one published port each, images in the store.
        Median of \(rounds) rounds (lowest–highest). The floor: \(serviceCount) × `crun run --detach` and
        `crun delete -f` two at a time, with bundles, root file systems and network namespaces prepared, and \
        `crun exec` in the same container\(trice.usesCgroups ? "" : "; no cgroups on either side").

        """)
    print(table([["", "trice", "floor", "ratio", "bar", ""]] + rows.map(\.cells)))

    let others = Other.measureAll(fixture: fixture, rounds: 3)
    print("")
    if !others.results.isEmpty {
        let lines = others.results.map { [$0.name, $0.up.text, $0.exec.text, $0.down.text] }
        print(table([["", "up", "exec", "down"]] + lines))
    }
    for remark in others.remarks { print(remark) }
    return rows
}

/// Published ports, names and attachments; prints the table.
/// - Returns: Its rows.
func measureNetworks(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    let networking = try Networking(fixture: fixture)
    for number in 0..<rounds { try networking.round(number) }
    print(
        """
        A server in a container, by ports of the host and directly; look-ups and connections one after the other.
        Attachments: a namespace with its place in a bridge network, \(Attaching.count) one after the other, with all \
        that is recorded, read
        and planned for it and by the requests to the kernel alone. Ports: `up` with \(Networking.portCount) without \
        that with one.
        Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + networking.rows.map(\.cells)))
    for remark in networking.remarks { print(remark) }
    return networking.rows
}

/// What it costs to look after containers; prints the table.
/// - Returns: Its rows.
func measureSupervision(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    // A round takes half a minute.
    let rounds = min(rounds, 5)
    let supervising = try Supervising(fixture: fixture)
    let provisioned = try Provisioned(fixture: fixture)
    for _ in 0..<rounds {
        try supervising.round()
        try provisioned.round()
    }
    let rows = supervising.rows + provisioned.rows
    print(
        """
        Checks as fast as they go and `crun exec` of the same command in the same container; a restart from SIGKILL, without its pause, until \
        the runtime
        has written the next process, and `crun run --detach`. The supervisor's own processor time with \
        \(Supervising.manyCount) services that
        are checked every second: milliseconds in a second, without the processes of the checks.
        Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + rows.map(\.cells)))
    return rows
}

/// Pulls of a Debian image and commits of a changed container; prints the table.
/// - Returns: Its rows.
func measureImages(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    // A round takes half a minute.
    let rounds = min(rounds, 5)
    let committing = try Committing(fixture: fixture)
    for _ in 0..<rounds { try committing.round() }
    let pulling = try Pulling(fixture: fixture)
    for number in 0..<rounds { try pulling.round(number) }
    let rows = pulling.rows + committing.rows
    print(
        """
        Debian with a compiler, about 170 MB in gzip, from a registry on the loopback interface into an empty state.
        Median of \(rounds) rounds (lowest–highest), of \(min(rounds, Pulling.roundsOfOthers)) for other pullers; every \
        sample on a new ext4 in a file.
        bsdtar: `bsdtar -xpf` of the only layer's blob into an empty directory. Sync: syncfs(2) of the file system \
        afterwards.
        Peak memory: the sum of VmHWM of trice and trice-remote. Commits: a running container with \
        \(Committing.fileCount) new small files.

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + rows.map(\.cells)))
    for remark in pulling.remarks { print(remark) }
    return rows
}

/// Builds of one Dockerfile by Trice and by others; prints the table.
/// - Returns: Its rows.
func measureBuilds(_ fixture: Fixture, rounds: Int) throws -> [Row] {
    // A round takes half a minute.
    let rounds = min(rounds, 5)
    let building = try Building(fixture: fixture)
    for number in 0..<rounds { try building.round(number) }
    print(
        """
        A Dockerfile of 12 instructions on Debian's smallest system, which is in the store, with a context of
        \(Building.fileCount) files; each builder on a new ext4 in a file, but for the daemon of docker.
        Median of \(rounds) rounds (lowest–highest).

        """)
    print(table([["", "trice", "other", "ratio", "bar", ""]] + building.rows.map(\.cells)))
    for remark in building.remarks { print(remark) }
    return building.rows
}
