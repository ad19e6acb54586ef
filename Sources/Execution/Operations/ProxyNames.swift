internal import Supervisor
internal import SupervisorProtocol
internal import Workspaces

/// A port as the supervisor's proxy serves it; the packet filter has a type of the same name.
typealias ProxyPort = PublishedPort
