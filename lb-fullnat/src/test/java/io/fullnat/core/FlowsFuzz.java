// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Flows, ICMP errors about them, fragments, answers and changes, in any order: the target `flows`
/// of `./build fuzz`. What [FramesFuzz] would need much luck for, as it takes frames that the
/// balancer has sent before.
final class FlowsFuzz {
    private static final int IP = 14;
    private static final FuzzRun RUN = new FuzzRun(FlowsFuzz::run);

    private final FuzzBytes bytes;
    private final FuzzBalancer balancer;

    /// Whether the present step is of IPv6.
    private boolean ipv6;

    private FlowsFuzz(FuzzBytes bytes, FuzzBalancer balancer) {
        this.bytes = bytes;
        this.balancer = balancer;
        balancer.honest = true;
    }

    /// Called by the fuzzer, and by [CorpusTest].
    public static void fuzzerTestOneInput(byte[] input) {
        RUN.run(input);
    }

    private static void run(FuzzBytes bytes, FuzzBalancer balancer) {
        FlowsFuzz fuzz = new FlowsFuzz(bytes, balancer);
        while (!bytes.isEmpty()) {
            fuzz.step(bytes.next());
        }
    }

    private void step(int what) {
        boolean fromClient = (what & 0x80) == 0;
        ipv6 = (what & 0x20) != 0;
        switch (what % 12) {
            case 0, 1 -> send(fromClient, tcp(fromClient).flags(bytes.next() & 0x3F));
            case 2, 3 -> send(fromClient, udp(fromClient));
            case 4 -> send(fromClient, fragment(fromClient));
            case 5, 6 -> send(fromClient, error(fromClient));
            case 7 -> send(fromClient, base(fromClient).echoRequest(bytes.next(), 1));
            case 8 -> send(fromClient, ipv6 ? discovery(fromClient) : arp(fromClient));
            case 9 -> sendChanged(fromClient);
            case 10 -> change(bytes.next());
            default -> balancer.pass(Duration.ofMillis(bytes.nextShort() * 10L));
        }
        if ((what & 0x40) == 0) {
            balancer.run();
        }
    }

    private void send(boolean fromClient, PacketBuilder frame) {
        balancer.send(fromClient, frame.toBytes());
    }

    private PacketBuilder base(boolean fromClient) {
        if (ipv6) {
            return base6(fromClient);
        }
        PacketBuilder frame = fromClient ? fromClient() : fromServer();
        return switch (bytes.next() & 15) {
            case 0 -> frame.timeToLive(bytes.next() & 3);
            case 1 -> frame.dontFragment();
            case 2 -> frame.ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0);
            case 3 -> frame.ipOptions(bytes.next(4));
            case 4 -> frame.vlan(bytes.next());
            case 5 -> frame.padding(bytes.next());
            default -> frame;
        };
    }

    private PacketBuilder base6(boolean fromClient) {
        PacketBuilder frame = fromClient ? Rig6.fromClient() : Rig6.fromServer();
        return switch (bytes.next() & 15) {
            case 0 -> frame.timeToLive(bytes.next() & 3);
            case 1 -> frame.extension(Ipv6Extension.destination());
            case 2 -> frame.extension(Ipv6Extension.routerAlert());
            case 3 -> frame.extension(Ipv6Extension.fragment(0, false, bytes.next()));
            case 4 -> frame.vlan(bytes.next());
            case 5 -> frame.padding(bytes.next());
            default -> frame;
        };
    }

    private PacketBuilder tcp(boolean fromClient) {
        PacketBuilder frame =
                fromClient
                        ? base(true).tcp(40_000 + (bytes.next() & 63), bytes.of(80, 80, 53, 81))
                        : base(false).tcp(8080, localPort());
        frame = frame.sequence(bytes.next()).acknowledgement(bytes.next()).payload(payload());
        return bytes.next() == 0
                ? frame
                : frame.tcpOptions((byte) 2, (byte) 4, (byte) 5, (byte) 180);
    }

    private PacketBuilder udp(boolean fromClient) {
        PacketBuilder frame =
                fromClient
                        ? base(true).udp(40_000 + (bytes.next() & 63), bytes.of(53, 53, 80, 54))
                        : base(false).udp(5353, localPort());
        return bytes.next() == 0
                ? frame.payload(payload())
                : frame.noUdpChecksum().payload(payload());
    }

    private byte[] payload() {
        byte[] payload = new byte[bytes.next() * 6];
        Arrays.fill(payload, (byte) bytes.next());
        return payload;
    }

    /// The source port of the last frame that came to the servers, else any.
    private int localPort() {
        byte[] last = last(balancer.atServer);
        int header = header(last);
        return last.length < IP + header + 2
                ? 1024 + bytes.next()
                : (last[IP + header] & 0xFF) << 8 | (last[IP + header + 1] & 0xFF);
    }

    private static int header(byte[] frame) {
        boolean is6 = frame.length > IP && frame[IP] >> 4 == 6;
        return frame.length <= IP ? 0 : is6 ? Ipv6.HEADER_LENGTH : (frame[IP] & 15) * 4;
    }

    private static byte[] last(List<byte[]> frames) {
        return frames.isEmpty() ? new byte[0] : frames.getLast();
    }

    private PacketBuilder fragment(boolean fromClient) {
        if (ipv6) {
            PacketBuilder frame = fromClient ? Rig6.fromClient() : Rig6.fromServer();
            int at = bytes.next() * 8;
            boolean more = (bytes.next() & 1) == 0;
            return frame.extension(Ipv6Extension.fragment(at, more, bytes.next() & 3))
                    .udp(40_000, 53)
                    .payload(payload());
        }
        PacketBuilder frame = fromClient ? fromClient() : fromServer();
        return frame.identification(bytes.next() & 3)
                .fragment(bytes.next() * 8, (bytes.next() & 1) == 0)
                .udp(40_000, 53)
                .payload(payload());
    }

    /// An ICMP error about a frame that has come to the end which sends it, shortened and changed.
    private PacketBuilder error(boolean fromClient) {
        byte[] about = last(fromClient ? balancer.atClient : balancer.atServer);
        int header = header(about);
        PacketBuilder frame =
                base(fromClient)
                        .icmp(
                                ipv6
                                        ? bytes.of(1, 1, 2, 3, 4, 0, 5, 128)
                                        : bytes.of(3, 3, 11, 12, 4, 5, 0, 8),
                                bytes.next() & 15,
                                bytes.next());
        if (header < 20 || about.length < IP + header + 8) {
            return frame.payload(payload());
        }
        byte[] quoted = Arrays.copyOfRange(about, IP, IP + header + 8);
        for (int changes = bytes.next() & 3; changes > 0; changes--) {
            quoted[bytes.next() % quoted.length] = (byte) bytes.next();
        }
        int kept = bytes.next();
        return frame.payload(kept == 0 ? quoted : Arrays.copyOf(quoted, kept % 80));
    }

    private PacketBuilder discovery(boolean fromClient) {
        String mac = fromClient ? Rig.CLIENT_MAC : Rig.SERVER_MAC;
        String sender = bytes.of(Rig6.GATEWAY, Rig6.SERVER, "::", "fe80::c1", Rig6.VIP);
        String target = bytes.of(Rig6.WAN, Rig6.LAN, Rig6.VIP, Rig6.LOCAL, Rig6.SERVER);
        byte[] option = NdFrames.option(bytes.of(1, 2), mac);
        if ((bytes.next() & 1) == 0) {
            return NdFrames.solicitation(mac, sender, target, option);
        }
        return NdFrames.advertisement(
                mac,
                sender,
                fromClient ? Rig.WAN_MAC : Rig.LAN_MAC,
                bytes.of(Rig6.WAN, Rig6.LAN),
                bytes.next(),
                target,
                option);
    }

    private PacketBuilder arp(boolean fromClient) {
        String mac = fromClient ? Rig.CLIENT_MAC : Rig.SERVER_MAC;
        String sender = bytes.of(Rig.GATEWAY, Rig.SERVER, FuzzBalancer.OTHER_SERVER, Rig.VIP);
        String target = bytes.of("192.0.2.1", "10.0.1.1", Rig.VIP, Rig.LOCAL, Rig.SERVER);
        String to = bytes.of("ff:ff:ff:ff:ff:ff", Rig.WAN_MAC, Rig.LAN_MAC);
        return PacketBuilder.ethernet(mac, to)
                .arp(1 + (bytes.next() & 1), mac, sender, "00:00:00:00:00:00", target);
    }

    /// A frame that left, as if it came from there, with any bytes changed.
    private void sendChanged(boolean fromClient) {
        byte[] frame = last(fromClient ? balancer.atServer : balancer.atClient).clone();
        if (frame.length == 0) {
            return;
        }
        balancer.honest = false;
        for (int changes = 1 + (bytes.next() & 7); changes > 0; changes--) {
            frame[bytes.nextShort() % frame.length] = (byte) bytes.next();
        }
        FramesFuzz.repair(frame);
        balancer.send(fromClient, frame);
    }

    private void change(int what) {
        String address = bytes.of(Rig.SERVER, FuzzBalancer.OTHER_SERVER);
        RealServer server = RealServer.of(address, bytes.of(8080, 5353));
        ServiceKey key = bytes.of(Rig.TCP, Rig.UDP);
        Change change =
                switch (what % 8) {
                    case 0 -> new Change.AddRealServer(key, server);
                    case 1 -> new Change.EditRealServer(key, server.withWeight(bytes.next()));
                    case 2 -> new Change.RemoveRealServer(key, server.endpoint());
                    case 3 -> new Change.RemoveRealServer(key, server.endpoint(), true);
                    case 4 -> new Change.RemoveService(key);
                    case 5 ->
                            new Change.AddLocalAddress(
                                    key, LocalAddress.of("10.0.1." + bytes.next() % 4, "lan"));
                    case 6 ->
                            new Change.RemoveLocalAddress(
                                    key, IpAddress.parse(Rig.LOCAL), (bytes.next() & 1) == 0);
                    default -> Rig.neighbour(address, Rig.SERVER_MAC, "lan");
                };
        CompletableFuture<Void> done = balancer.submit(List.of(change));
        balancer.run();
        if (!done.isDone()) {
            throw new AssertionError("a change never ends");
        }
    }
}
