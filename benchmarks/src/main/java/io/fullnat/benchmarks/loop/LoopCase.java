// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.set.SetType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One case of the whole-loop benchmark.
///
/// @param traffic which packets
/// @param flows how many flows take turns
/// @param order `ordered` or `random`
/// @param phase of the connections' life
record LoopCase(Traffic traffic, int flows, Order order, Period phase) {
    /// Which packets pass the balancer.
    @SuppressWarnings("ImmutableEnumChecker") // neither a type of sets nor a policy changes
    enum Traffic {
        /// Datagrams of clients; nobody answers.
        UDP_IN(Protocol.UDP, false, true),
        /// Datagrams and their answers.
        UDP_BOTH(Protocol.UDP, true, true),
        /// The same over a port that checks no IP checksum.
        UDP_BOTH_NO_OFFLOAD(Protocol.UDP, true, false),
        /// As [#UDP_BOTH], with connection ids of QUIC that the service hashes by `mh`.
        UDP_BOTH_QUIC_HASHED(ServicePolicy.DEFAULT.withSchedulerOptions(QuicMaker.HASHED)),
        /// As [#UDP_BOTH], with connection ids of QUIC in clear that name the server.
        UDP_BOTH_QUIC(ServicePolicy.DEFAULT.withQuic(Optional.of(QuicMaker.CLEAR))),
        /// The same with ids that are encrypted.
        UDP_BOTH_QUIC_ENCRYPTED(ServicePolicy.DEFAULT.withQuic(Optional.of(QuicMaker.ENCRYPTED))),
        /// Segments of clients; nobody answers.
        TCP_IN(Protocol.TCP, false, true),
        /// Segments and their answers.
        TCP_BOTH(Protocol.TCP, true, true),
        /// The same over a port that checks no IP checksum.
        TCP_BOTH_NO_OFFLOAD(Protocol.TCP, true, false),
        /// As [#TCP_BOTH], with timestamps in each segment, of 72 bytes.
        TCP_BOTH_STAMPS(ServicePolicy.DEFAULT, true),
        /// As [#TCP_BOTH], of connections whose clients' sequence numbers are moved.
        TCP_BOTH_ISN(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true)), false),
        /// The same with timestamps.
        TCP_BOTH_ISN_STAMPS(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true)), true),
        /// As [#TCP_BOTH], of connections whose servers have been told of their clients by TOA.
        TCP_BOTH_TOA(
                ServicePolicy.DEFAULT.withDisclosure(ClientDisclosure.NONE.withToa(true)), false),
        /// As [#TCP_BOTH], of connections whose servers have a PROXY header.
        TCP_BOTH_PROXY(ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2), false),
        /// As [#TCP_BOTH_STAMPS], of connections that a SYN proxy has begun.
        TCP_BOTH_SYN_PROXY(
                ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS)), true),
        /// SYNs of clients as Linux sends them, of 74 bytes, which are answered with cookies.
        TCP_SYN_COOKIES(
                Protocol.TCP,
                false,
                true,
                false,
                false,
                Optional.empty(),
                ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS)),
                false),
        /// Datagrams of clients over IPv6; nobody answers.
        UDP6_IN(Protocol.UDP, false, true, true),
        /// Datagrams over IPv6 and their answers.
        UDP6_BOTH(Protocol.UDP, true, true, true),
        /// Segments over IPv6 and their answers.
        TCP6_BOTH(Protocol.TCP, true, true, true),
        /// Datagrams of clients of IPv6, and answers of servers of IPv4.
        UDP64_BOTH(Protocol.UDP, true, true, true, false),
        /// Datagrams of clients of IPv4, and answers of servers of IPv6.
        UDP46_BOTH(Protocol.UDP, true, true, false, true),
        /// Segments of clients of IPv6, and answers of servers of IPv4.
        TCP64_BOTH(Protocol.TCP, true, true, true, false),
        /// Segments of clients of IPv4, and answers of servers of IPv6.
        TCP46_BOTH(Protocol.TCP, true, true, false, true),
        /// As [#TCP_BOTH_STAMPS], of clients of IPv6 and servers of IPv4.
        TCP64_BOTH_STAMPS(true, false, ServicePolicy.DEFAULT, true),
        /// As [#TCP_BOTH_STAMPS], of clients of IPv4 and servers of IPv6.
        TCP46_BOTH_STAMPS(false, true, ServicePolicy.DEFAULT, true),
        /// As [#TCP_BOTH_ISN], of clients of IPv6 and servers of IPv4.
        TCP64_BOTH_ISN(true, false, TCP_BOTH_ISN.policy, false),
        /// As [#TCP_BOTH_ISN], of clients of IPv4 and servers of IPv6.
        TCP46_BOTH_ISN(false, true, TCP_BOTH_ISN.policy, false),
        /// As [#TCP_BOTH_PROXY], of clients of IPv6 and servers of IPv4.
        TCP64_BOTH_PROXY(true, false, TCP_BOTH_PROXY.policy, false),
        /// As [#TCP_BOTH_PROXY], of clients of IPv4 and servers of IPv6.
        TCP46_BOTH_PROXY(false, true, TCP_BOTH_PROXY.policy, false),
        /// As [#TCP_BOTH_SYN_PROXY], of clients of IPv6 and servers of IPv4.
        TCP64_BOTH_SYN_PROXY(true, false, TCP_BOTH_SYN_PROXY.policy, true),
        /// As [#TCP_BOTH_SYN_PROXY], of clients of IPv4 and servers of IPv6.
        TCP46_BOTH_SYN_PROXY(false, true, TCP_BOTH_SYN_PROXY.policy, true),
        /// As [#UDP_IN], of clients that are looked up in a set of 100,000 networks.
        UDP_IN_DENY_SET(SetType.HASH_NET, false),
        /// As [#UDP_IN], looked up in a set of 100,000 networks with ports.
        UDP_IN_DENY_TUPLES(SetType.HASH_NET_PORT, false),
        /// As [#UDP6_IN], of clients that are looked up in a set of 100,000 networks.
        UDP6_IN_DENY_SET(SetType.HASH_NET, true);

        final Protocol protocol;
        final boolean answered;
        final boolean offload;
        final boolean ipv6;
        final boolean serversIpv6;
        final Optional<SetType> denied;
        final ServicePolicy policy;
        final boolean stamps;

        Traffic(SetType denied, boolean ipv6) {
            this(
                    Protocol.UDP,
                    false,
                    true,
                    ipv6,
                    ipv6,
                    Optional.of(denied),
                    ServicePolicy.DEFAULT,
                    false);
        }

        Traffic(ServicePolicy policy) {
            this(Protocol.UDP, true, true, false, false, Optional.empty(), policy, false);
        }

        Traffic(ServicePolicy policy, boolean stamps) {
            this(false, false, policy, stamps);
        }

        Traffic(boolean ipv6, boolean serversIpv6, ServicePolicy policy, boolean stamps) {
            this(Protocol.TCP, true, true, ipv6, serversIpv6, Optional.empty(), policy, stamps);
        }

        Traffic(Protocol protocol, boolean answered, boolean offload) {
            this(protocol, answered, offload, false);
        }

        Traffic(Protocol protocol, boolean answered, boolean offload, boolean ipv6) {
            this(protocol, answered, offload, ipv6, ipv6);
        }

        Traffic(
                Protocol protocol,
                boolean answered,
                boolean offload,
                boolean ipv6,
                boolean serversIpv6) {
            this(
                    protocol,
                    answered,
                    offload,
                    ipv6,
                    serversIpv6,
                    Optional.empty(),
                    ServicePolicy.DEFAULT,
                    false);
        }

        Traffic(
                Protocol protocol,
                boolean answered,
                boolean offload,
                boolean ipv6,
                boolean serversIpv6,
                Optional<SetType> denied,
                ServicePolicy policy,
                boolean stamps) {
            this.denied = denied;
            this.policy = policy;
            this.stamps = stamps;
            this.protocol = protocol;
            this.answered = answered;
            this.offload = offload;
            this.ipv6 = ipv6;
            this.serversIpv6 = serversIpv6;
        }
    }

    /// Whether packets are SYNs that the balancer answers.
    boolean isCookies() {
        return traffic == Traffic.TCP_SYN_COOKIES;
    }

    /// Whether connections begin as [HonestEnds] begin them.
    boolean isTalk() {
        return traffic.protocol == Protocol.TCP
                && (traffic.stamps || !traffic.policy.equals(ServicePolicy.DEFAULT));
    }

    /// In which order flows take turns.
    enum Order {
        /// One after the other.
        ORDERED,
        /// At random.
        RANDOM
    }

    /// Of which part of connections' lives packets are.
    enum Period {
        /// The first packet of each flow, and its answer.
        FIRST,
        /// Connections are open and stay so.
        STEADY,
        /// Every packet is a new flow, whose connection ends after two idle seconds.
        CHURN
    }

    private static final int[] FLOWS = {1, 10_000, 100_000, 1_000_000};

    /// Its name on the command line and in reports.
    String name() {
        return text(traffic);
    }

    static String text(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> E word(Class<E> type, String text) {
        return Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /// All cases, the most telling first.
    static List<LoopCase> all() {
        List<LoopCase> all = new ArrayList<>(quick());
        for (Traffic traffic : Traffic.values()) {
            for (LoopCase steady : steady(traffic)) {
                if (!all.contains(steady)) {
                    all.add(steady);
                }
            }
        }
        return all;
    }

    /// Those of the table in docs/performance.md.
    static List<LoopCase> quick() {
        List<LoopCase> quick = new ArrayList<>();
        quick.addAll(steady(Traffic.UDP_BOTH));
        quick.addAll(steady(Traffic.TCP_BOTH));
        for (Traffic traffic : List.of(Traffic.UDP_IN, Traffic.UDP_BOTH, Traffic.TCP_BOTH)) {
            quick.add(new LoopCase(traffic, 1_000_000, Order.ORDERED, Period.FIRST));
        }
        for (Traffic traffic : List.of(Traffic.UDP_IN_DENY_SET, Traffic.UDP_IN_DENY_TUPLES)) {
            quick.add(new LoopCase(traffic, 1_000_000, Order.ORDERED, Period.FIRST));
        }
        quick.add(new LoopCase(Traffic.UDP_IN, 1 << 23, Order.ORDERED, Period.CHURN));
        quick.addAll(steady(Traffic.UDP6_BOTH));
        quick.addAll(steady(Traffic.TCP6_BOTH));
        quick.addAll(steady(Traffic.UDP64_BOTH));
        quick.addAll(steady(Traffic.UDP46_BOTH));
        for (Traffic traffic : List.of(Traffic.UDP64_BOTH, Traffic.UDP46_BOTH)) {
            quick.add(new LoopCase(traffic, 1_000_000, Order.ORDERED, Period.FIRST));
        }
        for (Traffic traffic : List.of(Traffic.UDP6_IN, Traffic.UDP6_BOTH, Traffic.TCP6_BOTH)) {
            quick.add(new LoopCase(traffic, 1_000_000, Order.ORDERED, Period.FIRST));
        }
        return quick;
    }

    private static List<LoopCase> steady(Traffic traffic) {
        List<LoopCase> cases = new ArrayList<>();
        for (int flows : FLOWS) {
            cases.add(new LoopCase(traffic, flows, Order.ORDERED, Period.STEADY));
        }
        for (int flows : FLOWS) {
            if (flows > 1) {
                cases.add(new LoopCase(traffic, flows, Order.RANDOM, Period.STEADY));
            }
        }
        return cases;
    }

    /// Its name, flows, order and phase.
    List<String> words() {
        return List.of(name(), String.valueOf(flows), text(order), text(phase));
    }

    @Override
    public String toString() {
        return String.join(" ", words());
    }
}
