// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
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
        return FuzzFrames.varied(plain(fromClient), ipv6, bytes);
    }

    private PacketBuilder plain(boolean fromClient) {
        if (ipv6) {
            return fromClient ? Rig6.fromClient() : Rig6.fromServer();
        }
        return fromClient ? fromClient() : fromServer();
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
        return FuzzFrames.payload(bytes);
    }

    /// The source port of the last frame that came to the servers, else any.
    private int localPort() {
        byte[] last = FuzzFrames.last(balancer.atServer);
        int header = FuzzFrames.header(last);
        return last.length < IP + header + 2
                ? 1024 + bytes.next()
                : (last[IP + header] & 0xFF) << 8 | (last[IP + header + 1] & 0xFF);
    }

    private PacketBuilder fragment(boolean fromClient) {
        return FuzzFrames.part(plain(fromClient), ipv6, bytes).udp(40_000, 53).payload(payload());
    }

    /// An ICMP error about a frame that has come to the end which sends it.
    private PacketBuilder error(boolean fromClient) {
        byte[] about = FuzzFrames.last(fromClient ? balancer.atClient : balancer.atServer);
        return FuzzFrames.error(base(fromClient), ipv6, about, bytes);
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
        byte[] frame = FuzzFrames.last(fromClient ? balancer.atServer : balancer.atClient);
        if (frame.length == 0) {
            return;
        }
        balancer.honest = false;
        balancer.send(fromClient, FuzzFrames.changed(frame, bytes));
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
