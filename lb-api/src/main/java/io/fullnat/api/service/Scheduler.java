// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

/// Chooses the real server of a new connection.
///
/// **Thread-safety:** none needed. Each worker has its own scheduler for each service and calls it
/// on its own thread only.
///
/// **Life:** a scheduler stays as long as the service's real servers, their weights and the name of
/// the scheduler stay; whatever else of the service is changed does not concern it. When they
/// change a new one is made, and may go on where the one before it left off ([#resume]).
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

    /// Goes on where another scheduler left off, so that servers that stay are chosen as often as
    /// if nothing had been changed: takes over a place in a round, current weights, and the like.
    /// Called by the worker when the change comes into force, before the first [#select]; a
    /// scheduler that keeps nothing between two connections needs none. An exception is counted,
    /// and the scheduler works as it was made.
    ///
    /// @param previous made by the same factory for the same worker and service; it is not asked
    ///   again, and its state may be taken
    /// @param origins for each of this scheduler's servers, the index that it had with the previous
    ///   one, or [#NONE] if it was not there; not to be changed
    default void resume(Scheduler previous, int[] origins) {}

    /// Whether it reads connection ids of QUIC ([ConnectionRequest#quicIdLength()]), which the
    /// balancer looks for only then. Asked once.
    ///
    /// @return false unless overridden
    default boolean readsQuicId() {
        return false;
    }

    /// Whether it is to be measured how long the servers take to answer, for
    /// [ServerLoads#answerMicros(int)] and [ServerLoads#awaitedAnswers(int)]. Asked once, before
    /// the scheduler is. A scheduler around another one hands it on.
    ///
    /// @return false if that is of no use; then it costs nothing
    default boolean measuresAnswers() {
        return false;
    }
}
