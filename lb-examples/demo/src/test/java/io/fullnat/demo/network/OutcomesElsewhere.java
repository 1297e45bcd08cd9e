// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import java.util.Map;
import java.util.TreeMap;

/// Outcomes and counters that no row of the [OutcomeTable] is about, and why.
final class OutcomesElsewhere {
    /// By name.
    static final Map<String, Elsewhere> ALL = all();

    /// Where an outcome or counter is shown that a single frame between two ports does not bring
    /// about, be they in memory or the kernel's.
    ///
    /// @param test the class that looks at it
    /// @param reason why it has no row
    record Elsewhere(String test, String reason) {}

    private OutcomesElsewhere() {}

    private static Map<String, Elsewhere> all() {
        Map<String, Elsewhere> all = new TreeMap<>();
        String workers = "it takes two workers";
        String proxy = "a service that sends headers";
        String many = "it takes many frames";
        String time = "it takes time, and no frame";
        String rings = "between workers there are rings, not ports";
        String ours = "it takes a fault of ours, not a frame";
        put(all, "OutcomePortsIT", workers, "HANDED_OVER", "TAKEN_OVER");
        put(all, "HandOffTest", rings, "HAND_OFF_FULL");
        put(all, "OutcomePortsIT", "no port in memory refuses", "TRANSMIT_REFUSED");
        put(all, "TransmitterTest", "the kernel's ports take what they are given", "TRANSMIT_FULL");
        put(all, "FaultTest", ours, "FAULT", "FAULTS");
        put(all, "ScarcityTest", "it takes all buffers", "NO_BUFFER", "BUFFERS_MISSED");
        put(all, "ScarcityTest", "it takes 64,511 connections; LocalPortsIT", "NO_LOCAL_PORT");
        put(
                all,
                "LocalAddressReadyTest",
                "the table's addresses are all valid",
                "LOCAL_ADDRESS_NOT_READY");
        put(all, "StackTest", "it goes back to 0", "WAITING");
        put(all, "WorkerTimeoutTest", time, "CYCLES");
        put(all, "ScarcityTest", time, "CONNECTIONS_EXPIRED");
        put(all, "TableFloodIT", many, "CONNECTIONS_EVICTED");
        put(all, "LocalPortsIT", many, "PORTS_RECLAIMED");
        put(all, "EndResetsTest", "it takes a command; EndResetIT", "END_RESETS");
        put(all, "EndResetsTest", "it takes a command", "END_RESETS_LOST");
        put(all, "AccessRuleTest", "it takes a command", "CONNECTIONS_PURGED");
        String clients = "it takes a service with persistence";
        put(all, "PersistenceTest", clients, "TEMPLATES_CREATED");
        put(all, "PersistenceFloodTest", many, "TEMPLATES_DISPLACED", "TEMPLATES_REFUSED");
        String ids = "it takes a service with QUIC connection ids";
        put(all, "QuicTest", ids, "QUIC_IDS_FOLLOWED", "QUIC_IDS_UNKNOWN", "QUIC_IDS_UNSERVED");
        put(all, "QuicTupleTest", ids, "QUIC_TUPLES_TAKEN");
        put(all, "ProxyProtocolTest", proxy, "PROXY_SENT", "PROXY_PASSED", "PROXY_NO_ROOM");
        put(all, "ModifierTest", many, "MODIFIERS_REFUSED");
        put(all, "FullTellingTest", many, "MODIFIERS_FULL");
        put(all, "NeighbourIT", "it takes a command", "ARP_ANNOUNCEMENTS");
        put(all, "NeighbourIT", many, "ADDRESS_CONFLICTS");
        put(all, "NeighbourFloodTest", many, "NEIGHBOUR_TABLE_FULL", "NEIGHBOURS");
        put(
                all,
                "NeighbourIT",
                many,
                "NEIGHBOURS_EVICTED",
                "NEIGHBOUR_MOVES",
                "NEIGHBOUR_MOVES_REFUSED");
        put(all, "NeighbourFloodTest", many, "ARP_REQUESTS_SUPPRESSED");
        put(all, "StackTest", many, "ERRORS_SUPPRESSED");
        String rules = "it takes a device with flow rules";
        put(all, "FlowSteeringTest", rules, "STEERED_ADDRESSES", "FLOW_RULES_REFUSED");
        String links = "it takes a balancer with addresses of IPv6";
        put(
                all,
                "NdStackTest",
                links,
                "DISCOVERY",
                "DISCOVERY_IGNORED",
                "BAD_DISCOVERY",
                "NEIGHBOUR_SOLICITATIONS");
        put(all, "DuplicateDetectionTest", links, "NEIGHBOUR_ADVERTISEMENTS");
        put(all, "NdStackTest", links, "UNSOLICITED_ADVERTISEMENTS");
        put(all, "ListenerReportsTest", links, "LISTENER_REPORTS");
        String kernel = "it takes a port with an interface of the kernel";
        put(all, "KernelPathTest", kernel, "PUNTED");
        put(all, "KernelFramesTest", kernel, "DEFENCE_DROPPED", "PUNT_LIMITED");
        put(all, "PuntGateTest", kernel, "PUNT_FULL");
        put(all, "KernelFramesTest", kernel, "PUNT_COPIES");
        put(all, "PuntGateTest", kernel, "PUNT_COPIES_LOST");
        put(all, "KernelFramesTest", kernel, "KERNEL_FRAMES", "KERNEL_FRAMES_LOST");
        services(all);
        telling(all);
        synProxy(all);
        load(all);
        return all;
    }

    private static void put(
            Map<String, Elsewhere> all, String test, String reason, String... names) {
        for (String name : names) {
            all.put(name, new Elsewhere(test, reason));
        }
    }

    private static void synProxy(Map<String, Elsewhere> all) {
        String handshakes = "it takes a service with SYN proxy";
        put(all, "SynProxyTest", handshakes, "SYN_ANSWERED");
        put(all, "CookieAcknowledgementTest", handshakes, "COOKIE_REFUSED");
        put(all, "SynProxyTest", handshakes, "BAD_TCP_CHECKSUM");
        put(all, "CookieAcknowledgementTest", handshakes, "COOKIES_ACCEPTED");
        put(
                all,
                "HandshakesTest",
                handshakes,
                "SYN_PROXY",
                "SYN_PROXY_MISFIT",
                "SYN_PROXY_NOT_HELD",
                "SYN_PROXY_FAILED",
                "SYN_PROXY_ESTABLISHED",
                "SYN_PROXY_UNSERVED",
                "SYN_PROXY_UNSUITED",
                "SYN_PROXY_REPEATED",
                "SYN_PROXY_HELD");
    }

    private static void load(Map<String, Elsewhere> all) {
        String load = "it takes bursts, not a frame";
        for (int size = 1; size <= 64; size *= 2) {
            put(all, "WorkerLoadTest", load, "BURSTS_OF_" + size);
        }
        put(all, "WorkerLoadTest", "no frame changes it", "CONNECTION_CAPACITY");
        put(all, "WorkerLoadTest", "it takes time, and no frame", "BUSY_NANOSECONDS");
        put(
                all,
                "TableFillsTest",
                "it says how full something is",
                "MODIFIERS",
                "MODIFIER_CAPACITY",
                "SYN_PROXY_PENDING",
                "SYN_PROXY_HOLDS",
                "SYN_PROXY_HOLD_CAPACITY",
                "NEIGHBOUR_CAPACITY",
                "NEIGHBOUR_WAITING",
                "NEIGHBOUR_WAITING_CAPACITY");
    }

    private static void telling(Map<String, Elsewhere> all) {
        String told = "it takes a service that tells servers their clients";
        put(all, "ToaTest", told, "TOA_SENT", "TOA_NO_ROOM", "TOA_STRIPPED");
        put(all, "BelievedHeaderTest", told, "PROXY_MALFORMED", "TELLING_REFUSED");
        put(all, "UoaTest", told, "UOA_SENT", "UOA_ALONE", "UOA_NO_ROOM", "UOA_STRIPPED");
    }

    private static void services(Map<String, Elsewhere> all) {
        String limits = "it takes a service with limits";
        put(
                all,
                "UnservedClientTest",
                limits,
                "SERVICE_FULL",
                "CLIENT_FULL",
                "NETWORK_FULL",
                "SERVERS_FULL");
        String windows = "it takes a service that looks at windows";
        put(all, "ForgedPacketTest", windows, "OUT_OF_WINDOW", "OUT_OF_WINDOW_PASSED");
        put(all, "HalfOpenLimitTest", limits, "HALF_OPEN_FULL", "HALF_OPEN_GAVE_WAY");
        put(all, "UnservedClientTest", limits, "RATE_LIMITED", "NETWORK_RATE_LIMITED");
        put(
                all,
                "PacketLimitTest",
                limits,
                "PACKETS_LIMITED",
                "BANDWIDTH_LIMITED",
                "PROPORTION_DROPPED");
        put(all, "WorkerLimitsTest", limits, "CLIENT_TABLE_FULL");
        String checks = "it takes checks of real servers";
        put(all, "ProbesTest", checks, "HEALTH_PROBES");
        put(all, "ServerHealthTest", checks, "HEALTH_PROBES_FAILED", "HEALTH_PROBES_IMPOSSIBLE");
        put(all, "ServerWatchTest", checks, "SERVERS_DOWN");
    }
}
