// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

/// An application's own decision who may connect. It is asked for each new connection that the
/// service's access rules let pass, before a real server is chosen; packets of known connections
/// are not looked at. A client that is kept out counts as
/// [io.fullnat.api.counter.Outcome#ACCESS_DENIED], and hears what the service's policy says, as if
/// an access rule had kept it out. Where a [SynProxy] answers SYNs it is asked before, and again
/// when the client has acknowledged the answer, since nothing was kept of the first time.
///
/// **Thread-safety:** each worker has one of its own, which only its thread calls.
///
/// **Cost:** on the way of a first packet: it must not block, allocate, log or throw. Whatever it
/// throws is counted ([io.fullnat.api.counter.Counter#FAULTS]) and told, and the connection is
/// refused.
@FunctionalInterface
public interface Admission {
    /// Decides about one connection.
    ///
    /// @param service to which it would go
    /// @param request who connects
    /// @return false to keep it out
    boolean admits(ServiceKey service, ConnectionRequest request);
}
