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
        all.put("HANDED_OVER", new Elsewhere("OutcomePortsIT", workers));
        all.put("TAKEN_OVER", new Elsewhere("OutcomePortsIT", workers));
        all.put("HAND_OFF_FULL", new Elsewhere("HandOffTest", rings));
        all.put("TRANSMIT_REFUSED", new Elsewhere("OutcomePortsIT", "no port in memory refuses"));
        all.put(
                "TRANSMIT_FULL",
                new Elsewhere("TransmitterTest", "the kernel's ports take what they are given"));
        all.put("FAULT", new Elsewhere("FaultTest", ours));
        all.put("FAULTS", new Elsewhere("FaultTest", ours));
        all.put("NO_BUFFER", new Elsewhere("ScarcityTest", "it takes all buffers"));
        all.put(
                "NO_LOCAL_PORT",
                new Elsewhere("ScarcityTest", "it takes 64,511 connections; LocalPortsIT"));
        all.put(
                "LOCAL_ADDRESS_NOT_READY",
                new Elsewhere("LocalAddressReadyTest", "the table's addresses are all valid"));
        all.put("WAITING", new Elsewhere("StackTest", "it goes back to 0"));
        all.put("CYCLES", new Elsewhere("WorkerTimeoutTest", time));
        all.put("CONNECTIONS_EXPIRED", new Elsewhere("ScarcityTest", time));
        all.put("CONNECTIONS_EVICTED", new Elsewhere("TableFloodIT", many));
        all.put("PORTS_RECLAIMED", new Elsewhere("LocalPortsIT", many));
        all.put("END_RESETS", new Elsewhere("EndResetsTest", "it takes a command; EndResetIT"));
        all.put("END_RESETS_LOST", new Elsewhere("EndResetsTest", "it takes a command"));
        all.put("CONNECTIONS_PURGED", new Elsewhere("AccessRuleTest", "it takes a command"));
        String clients = "it takes a service with persistence";
        all.put("TEMPLATES_CREATED", new Elsewhere("PersistenceTest", clients));
        all.put("TEMPLATES_DISPLACED", new Elsewhere("PersistenceFloodTest", many));
        all.put("TEMPLATES_REFUSED", new Elsewhere("PersistenceFloodTest", many));
        String ids = "it takes a service with QUIC connection ids";
        all.put("QUIC_IDS_FOLLOWED", new Elsewhere("QuicTest", ids));
        all.put("QUIC_IDS_UNKNOWN", new Elsewhere("QuicTest", ids));
        all.put("QUIC_IDS_UNSERVED", new Elsewhere("QuicTest", ids));
        all.put("PROXY_SENT", new Elsewhere("ProxyProtocolTest", proxy));
        all.put("PROXY_PASSED", new Elsewhere("ProxyProtocolTest", proxy));
        all.put("PROXY_NO_ROOM", new Elsewhere("ProxyProtocolTest", proxy));
        all.put("MODIFIERS_REFUSED", new Elsewhere("ModifierTest", many));
        all.put("MODIFIERS_FULL", new Elsewhere("FullTellingTest", many));
        all.put("ARP_ANNOUNCEMENTS", new Elsewhere("NeighbourIT", "it takes a command"));
        all.put("ADDRESS_CONFLICTS", new Elsewhere("NeighbourIT", many));
        all.put("NEIGHBOUR_TABLE_FULL", new Elsewhere("NeighbourFloodTest", many));
        all.put("NEIGHBOURS", new Elsewhere("NeighbourFloodTest", many));
        all.put("NEIGHBOURS_EVICTED", new Elsewhere("NeighbourIT", many));
        all.put("NEIGHBOUR_MOVES", new Elsewhere("NeighbourIT", many));
        all.put("NEIGHBOUR_MOVES_REFUSED", new Elsewhere("NeighbourIT", many));
        all.put("ARP_REQUESTS_SUPPRESSED", new Elsewhere("NeighbourFloodTest", many));
        all.put("ERRORS_SUPPRESSED", new Elsewhere("StackTest", many));
        String rules = "it takes a device with flow rules";
        all.put("STEERED_ADDRESSES", new Elsewhere("FlowSteeringTest", rules));
        all.put("FLOW_RULES_REFUSED", new Elsewhere("FlowSteeringTest", rules));
        String links = "it takes a balancer with addresses of IPv6";
        all.put("DISCOVERY", new Elsewhere("NdStackTest", links));
        all.put("DISCOVERY_IGNORED", new Elsewhere("NdStackTest", links));
        all.put("BAD_DISCOVERY", new Elsewhere("NdStackTest", links));
        all.put("NEIGHBOUR_SOLICITATIONS", new Elsewhere("NdStackTest", links));
        all.put("NEIGHBOUR_ADVERTISEMENTS", new Elsewhere("DuplicateDetectionTest", links));
        all.put("UNSOLICITED_ADVERTISEMENTS", new Elsewhere("NdStackTest", links));
        all.put("LISTENER_REPORTS", new Elsewhere("ListenerReportsTest", links));
        String kernel = "it takes a port with an interface of the kernel";
        all.put("PUNTED", new Elsewhere("KernelPathTest", kernel));
        all.put("DEFENCE_DROPPED", new Elsewhere("KernelFramesTest", kernel));
        all.put("PUNT_LIMITED", new Elsewhere("KernelFramesTest", kernel));
        all.put("PUNT_FULL", new Elsewhere("PuntGateTest", kernel));
        all.put("PUNT_COPIES", new Elsewhere("KernelFramesTest", kernel));
        all.put("PUNT_COPIES_LOST", new Elsewhere("PuntGateTest", kernel));
        all.put("KERNEL_FRAMES", new Elsewhere("KernelFramesTest", kernel));
        all.put("KERNEL_FRAMES_LOST", new Elsewhere("KernelFramesTest", kernel));
        services(all);
        telling(all);
        synProxy(all);
        load(all);
        return all;
    }

    private static void synProxy(Map<String, Elsewhere> all) {
        String handshakes = "it takes a service with SYN proxy";
        all.put("SYN_ANSWERED", new Elsewhere("SynProxyTest", handshakes));
        all.put("COOKIE_REFUSED", new Elsewhere("CookieAcknowledgementTest", handshakes));
        all.put("BAD_TCP_CHECKSUM", new Elsewhere("SynProxyTest", handshakes));
        all.put("COOKIES_ACCEPTED", new Elsewhere("CookieAcknowledgementTest", handshakes));
        all.put("SYN_PROXY", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_MISFIT", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_NOT_HELD", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_FAILED", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_ESTABLISHED", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_UNSERVED", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_UNSUITED", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_REPEATED", new Elsewhere("HandshakesTest", handshakes));
        all.put("SYN_PROXY_HELD", new Elsewhere("HandshakesTest", handshakes));
    }

    private static void load(Map<String, Elsewhere> all) {
        String load = "it takes bursts, not a frame";
        for (int size = 1; size <= 64; size *= 2) {
            all.put("BURSTS_OF_" + size, new Elsewhere("WorkerLoadTest", load));
        }
        all.put("CONNECTION_CAPACITY", new Elsewhere("WorkerLoadTest", "no frame changes it"));
        all.put("BUSY_NANOSECONDS", new Elsewhere("WorkerLoadTest", "it takes time, and no frame"));
    }

    private static void telling(Map<String, Elsewhere> all) {
        String told = "it takes a service that tells servers their clients";
        all.put("TOA_SENT", new Elsewhere("ToaTest", told));
        all.put("TOA_NO_ROOM", new Elsewhere("ToaTest", told));
        all.put("TOA_STRIPPED", new Elsewhere("ToaTest", told));
        all.put("PROXY_MALFORMED", new Elsewhere("BelievedHeaderTest", told));
        all.put("TELLING_REFUSED", new Elsewhere("BelievedHeaderTest", told));
        all.put("UOA_SENT", new Elsewhere("UoaTest", told));
        all.put("UOA_ALONE", new Elsewhere("UoaTest", told));
        all.put("UOA_NO_ROOM", new Elsewhere("UoaTest", told));
        all.put("UOA_STRIPPED", new Elsewhere("UoaTest", told));
    }

    private static void services(Map<String, Elsewhere> all) {
        String limits = "it takes a service with limits";
        all.put("SERVICE_FULL", new Elsewhere("UnservedClientTest", limits));
        all.put("CLIENT_FULL", new Elsewhere("UnservedClientTest", limits));
        all.put("NETWORK_FULL", new Elsewhere("UnservedClientTest", limits));
        all.put("SERVERS_FULL", new Elsewhere("UnservedClientTest", limits));
        String windows = "it takes a service that looks at windows";
        all.put("OUT_OF_WINDOW", new Elsewhere("ForgedPacketTest", windows));
        all.put("OUT_OF_WINDOW_PASSED", new Elsewhere("ForgedPacketTest", windows));
        all.put("HALF_OPEN_FULL", new Elsewhere("HalfOpenLimitTest", limits));
        all.put("HALF_OPEN_GAVE_WAY", new Elsewhere("HalfOpenLimitTest", limits));
        all.put("RATE_LIMITED", new Elsewhere("UnservedClientTest", limits));
        all.put("NETWORK_RATE_LIMITED", new Elsewhere("UnservedClientTest", limits));
        all.put("PACKETS_LIMITED", new Elsewhere("PacketLimitTest", limits));
        all.put("BANDWIDTH_LIMITED", new Elsewhere("PacketLimitTest", limits));
        all.put("PROPORTION_DROPPED", new Elsewhere("PacketLimitTest", limits));
        all.put("CLIENT_TABLE_FULL", new Elsewhere("WorkerLimitsTest", limits));
        String checks = "it takes checks of real servers";
        all.put("HEALTH_PROBES", new Elsewhere("ProbesTest", checks));
        all.put("HEALTH_PROBES_FAILED", new Elsewhere("ServerHealthTest", checks));
        all.put("HEALTH_PROBES_IMPOSSIBLE", new Elsewhere("ServerHealthTest", checks));
        all.put("SERVERS_DOWN", new Elsewhere("ServerWatchTest", checks));
    }
}
