internal import Networks

/// A port as the packet filter serves it; the supervisor has a type of the same name.
typealias FirewallPort = PublishedPort
