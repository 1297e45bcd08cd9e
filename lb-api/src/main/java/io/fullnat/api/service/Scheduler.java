package io.fullnat.api.service;

/// Chooses the real server of a new connection.
///
/// **Thread-safety:** none needed. Each worker has its own scheduler for each service, made anew
/// whenever the service's servers change, and calls it on its own thread only.
///
/// **Cost:** called once a connection, on the packet's way: it must not block, allocate, log or
/// throw. An exception is counted, and the packet dropped.
@FunctionalInterface
public interface Scheduler {
    /// The answer when no server can take the connection.
    int NONE = -1;

    /// Chooses a server.
    ///
    /// @param request who connects
    /// @param loads which servers are usable, and how busy they are
    /// @return the index of a usable server, or [#NONE]; the packet is dropped and counted when it
    ///   is NONE or names a server that is not usable
    int select(ConnectionRequest request, ServerLoads loads);
}
