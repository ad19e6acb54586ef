internal import Networks
internal import Workspaces

/// A port as the packet filter serves it; the supervisor has a type of the same name.
typealias FirewallPort = PublishedPort
