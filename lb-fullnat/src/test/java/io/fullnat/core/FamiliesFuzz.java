// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Udp;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;

/// Packets of connections whose client and real server differ in family, and ICMP errors about
/// them: the target `families` of `./build fuzz`. An input is made of packets of IP; those that are
/// of a connection's direction and family get its addresses and ports, also where they are quoted,
/// and right checksums, as otherwise each input had to find these first. It begins with the packets
/// of `rfc7915.txt`.
final class FamiliesFuzz {
    /// In the first byte of a step: what becomes of the packet.
    static final int TO_6 = 1;

    static final int FROM_SERVER = 2;
    private static final int AS_IT_IS = 4;
    private static final int BAD_SUMS = 8;
    private static final int WAIT = 16;

    /// The longest packet.
    static final int MOST = 2048;

    private static final int IP = 14;
    private static final int CLIENT_PORT = 40_000;
    private static final FuzzRun RUN = new FuzzRun(FamiliesFuzz::run);

    private final FuzzBalancer balancer;
    private final Way[] ways = {
        new Way(false, FuzzBalancer.TCP_6_TO_4, FuzzBalancer.UDP_6_TO_4),
        new Way(true, FuzzBalancer.TCP_4_TO_6, FuzzBalancer.UDP_4_TO_6)
    };

    private FamiliesFuzz(FuzzBalancer balancer) {
        this.balancer = balancer;
        balancer.honest = true;
    }

    /// Two connections between families, one of each protocol.
    private final class Way {
        final boolean to6;
        final ServiceKey tcp;
        final ServiceKey udp;
        private int tcpPort;
        private int udpPort;

        Way(boolean to6, ServiceKey tcp, ServiceKey udp) {
            this.to6 = to6;
            this.tcp = tcp;
            this.udp = udp;
        }

        void open() {
            int service = tcp.endpoint().port();
            tcpPort = opened(client().tcp(CLIENT_PORT, service).flags(Tcp.SYN));
            udpPort = opened(client().udp(CLIENT_PORT, udp.endpoint().port()).payload("x"));
        }

        private PacketBuilder client() {
            return to6 ? Rig.fromClient() : Rig6.fromClient();
        }

        private int opened(PacketBuilder frame) {
            balancer.send(true, frame.toBytes());
            balancer.run();
            List<byte[]> out = balancer.atServer;
            if (out.isEmpty()) {
                throw new AssertionError("no connection is opened to IPv" + (to6 ? 6 : 4));
            }
            int at = IP + (to6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH);
            byte[] last = out.getLast();
            return (last[at] & 0xFF) << 8 | (last[at + 1] & 0xFF);
        }

        /// Whether packets of a side are of IPv6.
        boolean isIpv6(boolean fromServer) {
            return to6 == fromServer;
        }

        /// The addresses of a packet, source first.
        byte[] addresses(boolean fromServer) {
            boolean ipv6 = isIpv6(fromServer);
            if (fromServer) {
                return ipv6 ? pair(Rig6.SERVER, Rig6.LOCAL) : pair(Rig.SERVER, Rig.LOCAL);
            }
            return ipv6 ? pair(Rig6.CLIENT, Rig6.VIP) : pair(Rig.CLIENT, Rig.VIP);
        }

        /// Both ports of a packet, the source's first.
        int ports(boolean fromServer, int protocol) {
            boolean isTcp = protocol == Ipv4.PROTOCOL_TCP;
            int service = (isTcp ? tcp : udp).endpoint().port();
            return fromServer
                    ? (isTcp ? 8080 : 5353) << 16 | (isTcp ? tcpPort : udpPort)
                    : CLIENT_PORT << 16 | service;
        }
    }

    private static byte[] pair(String source, String destination) {
        byte[] first = InetAddress.ofLiteral(source).getAddress();
        byte[] both = Arrays.copyOf(first, 2 * first.length);
        byte[] second = InetAddress.ofLiteral(destination).getAddress();
        System.arraycopy(second, 0, both, first.length, first.length);
        return both;
    }

    /// Called by the fuzzer, and by [CorpusTest].
    public static void fuzzerTestOneInput(byte[] input) {
        RUN.run(input);
    }

    private static void run(FuzzBytes bytes, FuzzBalancer balancer) {
        FamiliesFuzz fuzz = new FamiliesFuzz(balancer);
        for (Way way : fuzz.ways) {
            way.open();
        }
        while (!bytes.isEmpty()) {
            fuzz.step(bytes);
        }
    }

    private void step(FuzzBytes bytes) {
        int what = bytes.next();
        Way way = ways[what & TO_6];
        boolean fromServer = (what & FROM_SERVER) != 0;
        byte[] packet = bytes.next(bytes.nextShort() % MOST);
        byte[] frame = new byte[IP + packet.length];
        byte[] header =
                PacketBuilder.ethernet(
                                fromServer ? Rig.SERVER_MAC : Rig.CLIENT_MAC,
                                fromServer ? Rig.LAN_MAC : Rig.WAN_MAC)
                        .type(way.isIpv6(fromServer) ? 0x86DD : 0x0800)
                        .toBytes();
        System.arraycopy(header, 0, frame, 0, IP);
        System.arraycopy(packet, 0, frame, IP, packet.length);
        if ((what & AS_IT_IS) != 0) {
            balancer.honest = false;
        } else {
            fit(frame, way, fromServer, (what & BAD_SUMS) == 0);
        }
        balancer.send(!fromServer, frame);
        balancer.run();
        if ((what & WAIT) != 0) {
            balancer.pass(Duration.ofMillis(500));
        }
    }

    private void fit(byte[] frame, Way way, boolean fromServer, boolean sums) {
        long address = Memory.allocate(frame.length + Long.BYTES);
        try {
            Memory.fromBytes(frame, address);
            Packet packet = new Packet(address + IP, frame.length - IP);
            if (packet.isOf(way.isIpv6(fromServer))) {
                packet.put(way.addresses(fromServer), port -> way.ports(fromServer, port));
                packet.quoted()
                        .ifOf(way.isIpv6(fromServer), quoted -> quoted.putBack(way, fromServer));
                if (sums) {
                    packet.sum();
                }
            }
            if (!sums) {
                balancer.honest = false;
            }
            System.arraycopy(Memory.toBytes(address, frame.length), 0, frame, 0, frame.length);
        } finally {
            Memory.free(address);
        }
    }

    /// A packet of either family of which anything may be wrong.
    private static final class Packet {
        private final long ip;
        private final int available;
        private int protocol;
        private int transport;

        Packet(long ip, int available) {
            this.ip = ip;
            this.available = available;
        }

        private boolean ipv6;

        boolean isOf(boolean wanted) {
            ipv6 = wanted;
            int least = wanted ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
            if (available < least || Ipv4.version(ip) != (wanted ? 6 : 4)) {
                return false;
            }
            if (!wanted) {
                protocol = Ipv4.protocol(ip);
                transport = Math.max(Ipv4.headerLength(ip), least);
                return true;
            }
            protocol = Ipv6.nextHeader(ip);
            transport = least;
            while (isExtension(protocol) && transport + 8 <= available) {
                boolean fragment = protocol == Ipv6.NEXT_HEADER_FRAGMENT;
                protocol = Memory.getUnsignedByte(ip + transport);
                transport += fragment ? 8 : 8 + 8 * Memory.getUnsignedByte(ip + transport + 1);
            }
            return true;
        }

        private static boolean isExtension(int next) {
            return next == Ipv6.NEXT_HEADER_HOP_BY_HOP
                    || next == Ipv6.NEXT_HEADER_ROUTING
                    || next == Ipv6.NEXT_HEADER_FRAGMENT
                    || next == Ipv6.NEXT_HEADER_DESTINATION;
        }

        /// Gives it addresses and ports of a connection. The source of an ICMP error stays.
        void put(byte[] addresses, IntUnaryOperator ports) {
            int half = addresses.length / 2;
            int at = ipv6 ? 8 : 12;
            for (int i = isIcmp() ? half : 0; i < addresses.length; i++) {
                Memory.putByte(ip + at + i, addresses[i]);
            }
            boolean hasPorts = protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP;
            if (hasPorts && transport + Integer.BYTES <= available) {
                Memory.putNetworkInt(ip + transport, ports.applyAsInt(protocol));
            }
        }

        /// As one that was sent to that side.
        void putBack(Way way, boolean fromServer) {
            byte[] addresses = way.addresses(fromServer);
            int half = addresses.length / 2;
            byte[] swapped = Arrays.copyOfRange(addresses, half, 3 * half);
            System.arraycopy(addresses, 0, swapped, half, half);
            put(swapped, number -> Integer.rotateLeft(way.ports(fromServer, number), 16));
        }

        private boolean isIcmp() {
            return protocol == (ipv6 ? Ipv6.NEXT_HEADER_ICMP : Ipv4.PROTOCOL_ICMP);
        }

        /// What it quotes if it is an ICMP error: of no bytes if there is nothing.
        Packet quoted() {
            int at = transport + Icmp.HEADER_LENGTH;
            boolean error =
                    isIcmp()
                            && at < available
                            && (ipv6
                                    ? Icmpv6.type(ip + transport) < 128
                                    : Icmp.type(ip + transport) != Icmp.TYPE_ECHO_REQUEST);
            return error ? new Packet(ip + at, available - at) : new Packet(ip, 0);
        }

        void ifOf(boolean wanted, Consumer<Packet> then) {
            if (isOf(wanted)) {
                then.accept(this);
            }
        }

        /// Gives it right checksums, where all that they are about is there.
        void sum() {
            int total = ipv6 ? Ipv6.totalLength(ip) : Ipv4.totalLength(ip);
            int length = total - transport;
            int at = checksumAt();
            boolean whole = total <= available && at >= 0 && length >= at + 2 && !isPart();
            if (whole && isRight(length)) {
                long sum = ip + transport + at;
                if (protocol != Ipv4.PROTOCOL_UDP || Memory.getNetworkShort(sum) != 0) {
                    Memory.putNetworkShort(sum, 0);
                    Memory.putNetworkShort(sum, transportSum(length));
                }
            }
            if (!ipv6 && transport <= available) {
                Memory.putNetworkShort(ip + 10, Checksum.ipv4Header(ip));
            }
        }

        /// Whether a datagram is no longer than its packet, as its checksum is over what it says.
        private boolean isRight(int length) {
            if (protocol != Ipv4.PROTOCOL_UDP) {
                return true;
            }
            int said = Udp.length(ip + transport);
            return said >= Udp.HEADER_LENGTH && said <= length;
        }

        private boolean isPart() {
            return !ipv6 && Ipv4.isFragment(ip);
        }

        private int checksumAt() {
            return switch (protocol) {
                case Ipv4.PROTOCOL_TCP -> 16;
                case Ipv4.PROTOCOL_UDP -> 6;
                default -> isIcmp() ? 2 : -1;
            };
        }

        private int transportSum(int length) {
            if (ipv6) {
                return Checksum.transport6(ip, protocol, ip + transport, length);
            }
            return isIcmp() ? Checksum.icmp(ip) : Checksum.transport(ip);
        }
    }
}
