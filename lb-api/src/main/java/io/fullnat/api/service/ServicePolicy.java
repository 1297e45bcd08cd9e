// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.health.HealthPolicy;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How a service treats its clients and its connections beyond scheduling, and what its operator
/// notes of it: what has a default that most services keep. Begins with [#DEFAULT]; the `with`
/// methods give changed copies. Two of them are equal if all that they say is. Immutable and
/// thread-safe.
public final class ServicePolicy {
    /// The most characters of a description.
    public static final int MAX_DESCRIPTION = 255;

    private final Refusal refusal;
    private final Removal removal;
    private final Timeouts timeouts;
    private final Map<String, String> schedulerOptions;
    private final String description;
    private final HealthPolicy health;
    private final ServiceLimits limits;
    private final Optional<Persistence> persistence;
    private final boolean expiresQuiescent;
    private final Ending endWith;
    private final boolean resetsOnExpiry;
    private final OutOfWindow outOfWindow;
    private final boolean onePacket;
    private final Optional<QuicRouting> quic;
    private final ClientDisclosure disclosure;
    private final TcpPolicy tcp;
    private final ProxyProtocol proxyProtocol;

    private ServicePolicy(Draft said) {
        refusal = said.refusal;
        removal = said.removal;
        timeouts = said.timeouts;
        schedulerOptions = said.schedulerOptions;
        description = said.description;
        health = said.health;
        limits = said.limits;
        persistence = said.persistence;
        expiresQuiescent = said.expiresQuiescent;
        endWith = said.endWith;
        resetsOnExpiry = said.resetsOnExpiry;
        outOfWindow = said.outOfWindow;
        onePacket = said.onePacket;
        quic = said.quic;
        disclosure = said.disclosure;
        tcp = said.tcp;
        proxyProtocol = said.proxyProtocol;
    }

    /// A policy that is being made: begins with the default, or as another is.
    private static final class Draft {
        private Refusal refusal = Refusal.REJECT;
        private Removal removal = Removal.DRAIN;
        private Timeouts timeouts = Timeouts.NONE;
        private Map<String, String> schedulerOptions = Map.of();
        private String description = "";
        private HealthPolicy health = HealthPolicy.NONE;
        private ServiceLimits limits = ServiceLimits.NONE;
        private Optional<Persistence> persistence = Optional.empty();
        private boolean expiresQuiescent;
        private Ending endWith = Ending.RESET;
        private boolean resetsOnExpiry;
        private OutOfWindow outOfWindow = OutOfWindow.PASS;
        private boolean onePacket;
        private Optional<QuicRouting> quic = Optional.empty();
        private ClientDisclosure disclosure = ClientDisclosure.NONE;
        private TcpPolicy tcp = TcpPolicy.KEEP;
        private ProxyProtocol proxyProtocol = ProxyProtocol.DISABLE;

        private Draft() {}

        private Draft(ServicePolicy policy) {
            refusal = policy.refusal;
            removal = policy.removal;
            timeouts = policy.timeouts;
            schedulerOptions = policy.schedulerOptions;
            description = policy.description;
            health = policy.health;
            limits = policy.limits;
            persistence = policy.persistence;
            expiresQuiescent = policy.expiresQuiescent;
            endWith = policy.endWith;
            resetsOnExpiry = policy.resetsOnExpiry;
            outOfWindow = policy.outOfWindow;
            onePacket = policy.onePacket;
            quic = policy.quic;
            disclosure = policy.disclosure;
            tcp = policy.tcp;
            proxyProtocol = policy.proxyProtocol;
        }
    }

    private ServicePolicy with(Consumer<Draft> edit) {
        Draft draft = new Draft(this);
        edit.accept(draft);
        return new ServicePolicy(draft);
    }

    /// What a service without a policy of its own does.
    public static final ServicePolicy DEFAULT = new ServicePolicy(new Draft());

    /// What a client hears that cannot be served: kept out by an access rule, or as no real server,
    /// local address or port is usable, no route leads to the server, or the table is full.
    public enum Refusal {
        /// A TCP reset, or an ICMP error for UDP; limited in rate.
        REJECT,
        /// Nothing.
        DROP;

        /// The word for it in configurations and commands.
        ///
        /// @return in small letters
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What becomes of the connections of a real server when it is removed from the service, or the
    /// service with it.
    public enum Removal {
        /// They go on until they end.
        DRAIN,
        /// They end with the transaction; what their ends hear is said by [Ending].
        END;

        /// The word for it in configurations and commands.
        ///
        /// @return in small letters
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What a client hears that cannot be served.
    ///
    /// @return a reset, or nothing
    public Refusal refusal() {
        return refusal;
    }

    /// What becomes of the connections of a real server that is removed.
    ///
    /// @return whether they go on
    public Removal removal() {
        return removal;
    }

    /// Idle times of states that differ from the balancer's; before the service's connection
    /// timeout.
    ///
    /// @return by state
    public Timeouts timeouts() {
        return timeouts;
    }

    /// What its scheduler is told ([SchedulerContext#options()]).
    ///
    /// @return by name, unmodifiable
    public Map<String, String> schedulerOptions() {
        return schedulerOptions;
    }

    /// What the operator notes of the service; it changes nothing else.
    ///
    /// @return one line, empty if there is none
    public String description() {
        return description;
    }

    /// How it finds out which of its servers are alive, and what comes of it.
    ///
    /// @return the policy
    public HealthPolicy health() {
        return health;
    }

    /// How much it takes on.
    ///
    /// @return limits of its connections
    public ServiceLimits limits() {
        return limits;
    }

    /// Whether a client's connections go to one server, and for how long.
    ///
    /// @return empty if each connection is scheduled for itself
    public Optional<Persistence> persistence() {
        return persistence;
    }

    /// Whether the connections of a server end as soon as it gets no new ones: when its weight
    /// becomes 0, when it goes down, when it is removed or its service is, and when this is
    /// switched on while it is so. Includes [Removal#END] and [HealthPolicy#endConnections()].
    ///
    /// @return false if they go on
    public boolean expiresQuiescent() {
        return expiresQuiescent;
    }

    /// What both ends of a TCP connection hear that is ended.
    ///
    /// @return a reset, or nothing
    public Ending endWith() {
        return endWith;
    }

    /// Whether both ends of an established TCP connection get a reset when it was idle for too
    /// long.
    ///
    /// @return false if they hear nothing until they next send
    public boolean resetsOnExpiry() {
        return resetsOnExpiry;
    }

    /// What becomes of TCP segments outside of the window of their receiver, of connections that
    /// begin from now on.
    ///
    /// @return whether they are looked at
    public OutOfWindow outOfWindow() {
        return outOfWindow;
    }

    /// Whether each datagram is scheduled for itself, as if it came from another client. Its
    /// answers come back for some seconds. For services of UDP alone.
    ///
    /// @return false if datagrams of one client port go to one server
    public boolean onePacket() {
        return onePacket;
    }

    /// How connection ids of QUIC name its servers. For services of UDP alone, and not with
    /// [#onePacket()].
    ///
    /// @return empty if they are not looked at
    public Optional<QuicRouting> quic() {
        return quic;
    }

    /// How its servers are told who their clients are.
    ///
    /// @return [ClientDisclosure#NONE] if they are not
    public ClientDisclosure disclosure() {
        return disclosure;
    }

    /// What it does to TCP segments beyond their translation.
    ///
    /// @return [TcpPolicy#KEEP] for nothing, which services of UDP have
    public TcpPolicy tcp() {
        return tcp;
    }

    /// Whether real servers are told who the client is by the PROXY protocol.
    ///
    /// @return in which form; services of UDP have no text
    public ProxyProtocol proxyProtocol() {
        return proxyProtocol;
    }

    /// Checks a description.
    ///
    /// @param text of a service or a real server
    /// @return the text
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if it
    ///   has more than [#MAX_DESCRIPTION] characters, one that is not printed, or a blank at either
    ///   end
    public static String requireDescription(String text) {
        return Description.require(text);
    }

    /// The same policy with another description: one line, empty for none.
    ///
    /// @param text one line, empty for none
    /// @return a new value
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] as
    ///   [#requireDescription]
    public ServicePolicy withDescription(String text) {
        String value = requireDescription(text);
        return with(draft -> draft.description = value);
    }

    /// The same policy with another refusal.
    ///
    /// @param other what a client hears that cannot be served
    /// @return a new value
    public ServicePolicy withRefusal(Refusal other) {
        Refusal value = requireNonNull(other, "other");
        return with(draft -> draft.refusal = value);
    }

    /// The same policy with another removal.
    ///
    /// @param other what becomes of the connections of a server that is removed
    /// @return a new value
    public ServicePolicy withRemoval(Removal other) {
        Removal value = requireNonNull(other, "other");
        return with(draft -> draft.removal = value);
    }

    /// The same policy with other timeouts.
    ///
    /// @param others idle times of states that differ from the balancer's
    /// @return a new value
    public ServicePolicy withTimeouts(Timeouts others) {
        Timeouts value = requireNonNull(others, "others");
        return with(draft -> draft.timeouts = value);
    }

    /// The same policy with other options of its scheduler.
    ///
    /// @param others by name, all of them; names of letters, digits and `._:-`, values of printed
    ///   ASCII without blanks and commas, so that files and commands can have them
    /// @return a new value
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for
    ///   others
    public ServicePolicy withSchedulerOptions(Map<String, String> others) {
        Map<String, String> value = SchedulerOptions.require(others);
        return with(draft -> draft.schedulerOptions = value);
    }

    /// The same policy with another way to find out which servers are alive.
    ///
    /// @param other how, and what comes of it
    /// @return a new value
    public ServicePolicy withHealth(HealthPolicy other) {
        HealthPolicy value = requireNonNull(other, "other");
        return with(draft -> draft.health = value);
    }

    /// The same policy with other limits.
    ///
    /// @param others how much the service takes on
    /// @return a new value
    public ServicePolicy withLimits(ServiceLimits others) {
        ServiceLimits value = requireNonNull(others, "others");
        return with(draft -> draft.limits = value);
    }

    /// The same policy with another persistence, empty for none.
    ///
    /// @param other empty for none
    /// @return a new value
    public ServicePolicy withPersistence(Optional<Persistence> other) {
        Optional<Persistence> value = requireNonNull(other, "other");
        return with(draft -> draft.persistence = value);
    }

    /// The same policy, but for the connections of servers that get no new ones.
    ///
    /// @param value whether they end
    /// @return a new value
    public ServicePolicy withExpiresQuiescent(boolean value) {
        return with(draft -> draft.expiresQuiescent = value);
    }

    /// The same policy, but for what ends of connections hear that are ended.
    ///
    /// @param other a reset, or nothing, which a service of UDP refuses
    /// @return a new value
    public ServicePolicy withEndWith(Ending other) {
        Ending value = requireNonNull(other, "other");
        return with(draft -> draft.endWith = value);
    }

    /// The same policy, but for connections that were idle for too long.
    ///
    /// @param value whether their ends get a reset; a service of UDP refuses it
    /// @return a new value
    public ServicePolicy withResetsOnExpiry(boolean value) {
        return with(draft -> draft.resetsOnExpiry = value);
    }

    /// The same policy, but for TCP segments outside of windows.
    ///
    /// @param other what becomes of them; a service of UDP refuses all but [OutOfWindow#PASS]
    /// @return a new value
    public ServicePolicy withOutOfWindow(OutOfWindow other) {
        OutOfWindow value = requireNonNull(other, "other");
        return with(draft -> draft.outOfWindow = value);
    }

    /// The same policy, with each datagram scheduled for itself or not.
    ///
    /// @param value whether it is; a service of TCP refuses it
    /// @return a new value
    public ServicePolicy withOnePacket(boolean value) {
        return with(draft -> draft.onePacket = value);
    }

    /// The same policy with another way in which connection ids of QUIC name servers.
    ///
    /// @param other empty if they are not to be looked at
    /// @return a new value
    public ServicePolicy withQuic(Optional<QuicRouting> other) {
        Optional<QuicRouting> value = requireNonNull(other, "other");
        return with(draft -> draft.quic = value);
    }

    /// The same policy, with servers told otherwise who their clients are.
    ///
    /// @param other how; by TOA in a service of TCP alone, by UOA in one of UDP
    /// @return a new value
    public ServicePolicy withDisclosure(ClientDisclosure other) {
        ClientDisclosure value = requireNonNull(other, "other");
        return with(draft -> draft.disclosure = value);
    }

    /// The same policy with another treatment of TCP segments.
    ///
    /// @param other what is done to them; a service of UDP refuses all but [TcpPolicy#KEEP]
    /// @return a new value
    public ServicePolicy withTcp(TcpPolicy other) {
        TcpPolicy value = requireNonNull(other, "other");
        return with(draft -> draft.tcp = value);
    }

    /// The same policy with another form of the PROXY protocol.
    ///
    /// @param other the form; a service of UDP refuses text
    /// @return a new value
    public ServicePolicy withProxyProtocol(ProxyProtocol other) {
        ProxyProtocol value = requireNonNull(other, "other");
        return with(draft -> draft.proxyProtocol = value);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof ServicePolicy that
                        && refusal == that.refusal
                        && removal == that.removal
                        && timeouts.equals(that.timeouts)
                        && schedulerOptions.equals(that.schedulerOptions)
                        && description.equals(that.description)
                        && health.equals(that.health)
                        && limits.equals(that.limits)
                        && persistence.equals(that.persistence)
                        && expiresQuiescent == that.expiresQuiescent
                        && endWith == that.endWith
                        && resetsOnExpiry == that.resetsOnExpiry
                        && outOfWindow == that.outOfWindow
                        && onePacket == that.onePacket
                        && quic.equals(that.quic)
                        && disclosure.equals(that.disclosure)
                        && tcp.equals(that.tcp)
                        && proxyProtocol == that.proxyProtocol);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                refusal,
                removal,
                timeouts,
                schedulerOptions,
                description,
                health,
                limits,
                persistence,
                expiresQuiescent,
                endWith,
                resetsOnExpiry,
                outOfWindow,
                onePacket,
                quic,
                disclosure,
                tcp,
                proxyProtocol);
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        return PolicyText.of(this);
    }
}
