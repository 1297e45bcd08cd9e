// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.ServiceCounters;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;

/// Changes and shows a running balancer.
///
/// **Transactions.** The changes of one call take effect together, between two bursts of each
/// worker, or not at all. When the future completes normally every worker works by the new state;
/// when it completes with a [BalancerException] the old state is in force, unchanged. A transaction
/// has a limit of time, by which it ends with [ErrorCode#TRANSACTION_TIMEOUT]: then the old state
/// is in force, too, unless the message says that a worker is late. A future that is cancelled
/// before its transaction has begun changes nothing; afterwards cancelling stops nothing.
///
/// **Futures** complete on the balancer's callback executor, one after the other in the order of
/// the transactions, so what is attached to them may use the whole API, and may wait. One that
/// waits for longer than a second is overtaken by those behind it.
///
/// **Thread-safety:** all methods may be called from any thread, also from several at once:
/// transactions then run one after the other.
public interface Control {
    /// Applies what a transaction function makes of the state it meets, without waiting.
    ///
    /// @param function asked when its turn has come
    /// @return completes when all workers have taken the changes over, exceptionally with a
    ///   [BalancerException] when nothing was changed
    CompletableFuture<Void> submit(TransactionFunction function);

    /// Applies changes without waiting.
    ///
    /// @param changes in order; each sees what those before it did
    /// @return as [#submit(TransactionFunction)]
    default CompletableFuture<Void> submit(List<? extends Change> changes) {
        List<? extends Change> fixed = List.copyOf(requireNonNull(changes, "changes"));
        return submit(present -> fixed);
    }

    /// Applies what a transaction function makes of the state it meets, as
    /// [#submit(TransactionFunction)] does, and tells how many connections ended with it.
    ///
    /// @param function asked when its turn has come
    /// @return completes as that of [#submit(TransactionFunction)] does, with the number of
    ///   connections that the transaction ended on all workers, and of the templates that it was
    ///   told to remove; those that ended meanwhile by themselves are not counted
    CompletableFuture<Long> submitAndCount(TransactionFunction function);

    /// Ends connections.
    ///
    /// @param filter which ones
    /// @return completes when they have ended, with how many they were
    default CompletableFuture<Long> endConnections(ConnectionFilter filter) {
        requireNonNull(filter, "filter");
        return submitAndCount(present -> List.of(new Change.EndConnections(filter)));
    }

    /// Removes persistence templates.
    ///
    /// @param filter which ones
    /// @return completes when they have gone, with how many they were
    default CompletableFuture<Long> removeTemplates(TemplateFilter filter) {
        requireNonNull(filter, "filter");
        return submitAndCount(present -> List.of(new Change.RemoveTemplates(filter)));
    }

    /// Finds out whether a transaction function's changes would be accepted, and changes nothing.
    ///
    /// @param function asked when its turn has come
    /// @return what the transaction function wants to change, exceptionally the [BalancerException]
    ///   with which [#submit(TransactionFunction)] would have refused it
    CompletableFuture<List<Change>> check(TransactionFunction function);

    /// What the balancer has been asked to be.
    ///
    /// @return a snapshot
    DesiredState desired();

    /// Shows the state: always one that a transaction has left, never one half-way. Counters are
    /// read while the workers go on.
    ///
    /// @return a snapshot
    BalancerStatus status();

    /// Shows the state as [#status()] does, with what one worker counted alone: its connections,
    /// traffic, rates and ports.
    ///
    /// @param worker its number, from 0
    /// @return a snapshot
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such worker
    BalancerStatus status(int worker);

    /// Shows one service.
    ///
    /// @param key which
    /// @return a snapshot, empty if there is none
    Optional<ServiceStatus> status(ServiceKey key);

    /// Lists connections while the workers go on, undisturbed: the listing costs them nothing.
    /// Connections that begin or end meanwhile may be missed, all others are seen once.
    ///
    /// @param filter which ones
    /// @param visitor gets them on the calling thread, one after the other, until it returns false
    void connections(ConnectionFilter filter, Predicate<ConnectionInfo> visitor);

    /// Lists persistence templates while the workers go on, undisturbed. Templates that are made or
    /// go meanwhile may be missed, all others are seen once.
    ///
    /// @param filter which ones
    /// @param visitor gets them on the calling thread, one after the other, until it returns false
    default void templates(TemplateFilter filter, Predicate<TemplateInfo> visitor) {
        requireNonNull(filter, "filter");
        requireNonNull(visitor, "visitor");
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control lists no templates");
    }

    /// Counts the persistence templates that are alive, while the workers go on, undisturbed: as
    /// many as [#templates] would list. What was counted less than a second ago may be told again.
    ///
    /// @return a snapshot
    default TemplateCounts templateCounts() {
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control counts no templates");
    }

    /// How full the tables are in which clients are counted, while the workers go on, undisturbed.
    ///
    /// @return a snapshot
    default ClientTable clientTable() {
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control counts no clients");
    }

    /// Shows what access rules have decided by sets, while the workers go on, undisturbed.
    ///
    /// @return of each set, by name
    default List<SetStatus> sets() {
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control counts for no sets");
    }

    /// Lists the neighbours that the workers know.
    ///
    /// @return by worker and address
    List<NeighbourStatus> neighbours();

    /// How the balancer is.
    ///
    /// @return a snapshot
    default Health health() {
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control knows no health");
    }

    /// How many transactions there were, and how long they took.
    ///
    /// @return a snapshot
    default TransactionTimes transactions() {
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control takes no times");
    }

    /// Reads the counts of a service, without a snapshot.
    ///
    /// @param key which service, whether it is there or not
    /// @return a reader that stays valid
    default ServiceCounters counters(ServiceKey key) {
        requireNonNull(key, "key");
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control reads no counters");
    }

    /// Removes a local address from a service, and waits, without a thread, for the last connection
    /// of the service that uses it.
    ///
    /// @param key from which service
    /// @param address which address
    /// @param limit how long to wait for the connections
    /// @return completes when it has none; exceptionally as [Change.RemoveLocalAddress] is refused,
    ///   or with [ErrorCode#TRANSACTION_TIMEOUT] when the limit is over: then it is removed, too,
    ///   and goes on draining
    default CompletableFuture<Void> drain(ServiceKey key, IpAddress address, Duration limit) {
        requireNonNull(key, "key");
        requireNonNull(address, "address");
        requireNonNull(limit, "limit");
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control does not drain");
    }

    /// Gives a real server of a service the weight 0, and waits, without a thread, for the last of
    /// its connections. It stays in the service.
    ///
    /// @param key of which service
    /// @param server which server
    /// @param limit how long to wait for the connections
    /// @return completes when it has none; exceptionally as [Change.EditRealServer] is refused, or
    ///   with [ErrorCode#TRANSACTION_TIMEOUT] when the limit is over: its weight stays 0
    default CompletableFuture<Void> drain(ServiceKey key, Endpoint server, Duration limit) {
        requireNonNull(key, "key");
        requireNonNull(server, "server");
        requireNonNull(limit, "limit");
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control does not drain");
    }

    /// Reports from outside how a real server of a service is: a say of its own beside those of the
    /// operator, the checks and what its connections meet. It lasts until the next report, or until
    /// the server is removed. Changes no weight, and is no transaction.
    ///
    /// @param key of which service
    /// @param server which server
    /// @param up whether it may get new connections
    /// @param reason what operators read of it; may be empty
    /// @param version those of one server only grow, so that a report that was overtaken changes
    ///   nothing; the same one may come again
    /// @return completes when workers know; exceptionally with [ErrorCode#STALE],
    ///   [ErrorCode#NO_SERVICE] or [ErrorCode#NO_REAL_SERVER]
    default CompletableFuture<Void> reportHealth(
            ServiceKey key, Endpoint server, boolean up, String reason, long version) {
        requireNonNull(key, "key");
        requireNonNull(server, "server");
        requireNonNull(reason, "reason");
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control takes no reports");
    }

    /// Says that a condition is so, as the balancer's own watches do: it is told, logged and listed
    /// like theirs. To be said again every few seconds while it lasts; it ends when it was not said
    /// for ten seconds. Never waits. A closed balancer, or one to which a thousand conditions were
    /// reported within a second, takes none.
    ///
    /// @param condition which
    /// @param subject of what
    /// @param detail how much, one line
    default void reportCondition(Condition condition, String subject, String detail) {
        requireNonNull(condition, "condition");
        requireNonNull(subject, "subject");
        requireNonNull(detail, "detail");
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control takes no reports");
    }

    /// Tells listeners of something that the application has done or seen, in the one order of all
    /// events. Never waits. Where nobody can listen, nobody is told.
    ///
    /// @param event what
    default void tell(BalancerEvent event) {
        requireNonNull(event, "event");
    }

    /// Has a listener told of all that happens from now on.
    ///
    /// @param listener told in order, by one thread at a time, on the balancer's callback executor
    default void listen(BalancerListener listener) {
        throw new BalancerException(ErrorCode.UNSUPPORTED, "this control tells no events");
    }

    /// Has a listener told no more, but for what has happened already.
    ///
    /// @param listener as it was given to [#listen(BalancerListener)]; else nothing happens
    default void unlisten(BalancerListener listener) {
        // was never told
    }

    /// Applies changes and waits until all workers have taken them over.
    ///
    /// @param changes in order
    /// @throws BalancerException when nothing was changed: what is wrong, and with which value;
    ///   [ErrorCode#WOULD_DEADLOCK] on a thread that would wait for itself: one that drives the
    ///   balancer, or is asked by it (a [TransactionFunction], a scheduler)
    default void apply(Change... changes) {
        await(submit(List.of(requireNonNull(changes, "changes"))));
    }

    /// Applies what a transaction function makes of the state it meets, and waits as
    /// [#apply(Change...)] does.
    ///
    /// @param function asked when its turn has come
    /// @throws BalancerException as [#apply(Change...)]
    default void apply(TransactionFunction function) {
        await(submit(requireNonNull(function, "function")));
    }

    /// Waits for an answer of [#submit] or [#check].
    ///
    /// @param <T> of the answer
    /// @param answer to be waited for
    /// @return the answer
    /// @throws BalancerException with which it completed
    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof BalancerException cause) {
                throw new BalancerException(
                        cause.code(), String.valueOf(cause.getMessage()), cause);
            }
            throw new BalancerException(
                    ErrorCode.INTERNAL,
                    "the change failed by a fault in the balancer; its log says more",
                    failure);
        }
    }
}
