// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.FuzzService.One;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Sessions with the services of [FuzzService], step by step and in any order: the target
/// `sessions` of `./build fuzz`. Both ends acknowledge what they have got, so that inputs find what
/// is behind cookies, numbers that are moved, headers of clients, and connection ids; some lie.
final class SessionsFuzz {
    /// In the first byte of a step.
    static final int FROM_SERVER = 0x80;

    static final int NO_RUN = 0x40;
    static final int ERROR = 10;
    static final int CHANGED = 11;
    static final int DAMAGED = 12;
    static final int PART = 13;
    static final int CHANGE = 14;
    static final int PASS = 15;

    /// What the sender of a segment does, after which of the services and which of the clients.
    static final int SYN = 0;

    static final int ACK = 3;
    static final int DATA = 5;
    static final int FIN = 9;

    /// What a plain IP header begins with.
    static final int PLAIN = 6;

    private static final int IP = 14;
    private static final int CLIENTS = 8;
    private static final int FIRST_CLIENT = 40_000;
    private static final int CLIENT_ISN = 0x7FFF_FFFF;
    private static final int SERVER_ISN = 0xFFFF_FFF0;
    private static final int MOST_ENDS = 8;

    private static final List<One> SERVICES = FuzzService.all();
    private static final FuzzRun RUN = new FuzzRun(SessionsFuzz::run);

    private final FuzzBytes bytes;
    private final FuzzBalancer balancer;
    private final FuzzPayload payload;
    private final Map<Integer, End> clients = new HashMap<>();

    /// Those of each service that were spoken to last, the newest at the end.
    private final Map<One, List<End>> servers = new HashMap<>();

    private SessionsFuzz(FuzzBytes bytes, FuzzBalancer balancer) {
        this.bytes = bytes;
        this.balancer = balancer;
        payload = new FuzzPayload(bytes);
        balancer.honest = true;
    }

    /// What one end of a session knows.
    private static final class End {
        final int own;
        final int other;
        int next;
        int acknowledges;
        int stamp;

        /// @param own its port
        /// @param other the port that it sends to
        End(int own, int other, int next) {
            this.own = own;
            this.other = other;
            this.next = next;
        }
    }

    /// Called by the fuzzer, and by [CorpusTest].
    public static void fuzzerTestOneInput(byte[] input) {
        RUN.run(input);
    }

    static void run(FuzzBytes bytes, FuzzBalancer balancer) {
        SessionsFuzz fuzz = new SessionsFuzz(bytes, balancer);
        while (!bytes.isEmpty()) {
            fuzz.step(bytes.next());
        }
    }

    private void step(int what) {
        boolean fromClient = (what & FROM_SERVER) == 0;
        One one = SERVICES.get(bytes.next() % SERVICES.size());
        End end = end(one, fromClient, bytes.next());
        switch (what & 15) {
            case ERROR -> {
                byte[] about = FuzzFrames.last(fromClient ? balancer.atClient : balancer.atServer);
                boolean ipv6 = isIpv6(one, fromClient);
                send(fromClient, FuzzFrames.error(base(one, fromClient), ipv6, about, bytes));
            }
            case CHANGED -> sendChanged(fromClient);
            case DAMAGED -> {
                balancer.honest = false;
                send(fromClient, packet(one, fromClient, end).badTransportChecksum());
            }
            case PART -> {
                boolean ipv6 = isIpv6(one, fromClient);
                PacketBuilder part = FuzzFrames.part(plain(one, fromClient), ipv6, bytes);
                send(fromClient, part.udp(end.own, end.other).payload(payload.datagram(one)));
            }
            case CHANGE -> change(one);
            case PASS -> balancer.pass(Duration.ofMillis(bytes.nextShort()));
            default -> send(fromClient, packet(one, fromClient, end));
        }
        if ((what & NO_RUN) == 0) {
            balancer.run();
        }
        balancer.atClient.forEach(frame -> learn(frame, true));
        balancer.atServer.forEach(frame -> learn(frame, false));
    }

    private End end(One one, boolean fromClient, int number) {
        if (fromClient) {
            return client(one, number % CLIENTS);
        }
        List<End> ends = servers.getOrDefault(one, List.of());
        return ends.isEmpty()
                ? new End(one.port(), 1024 + number, SERVER_ISN)
                : ends.get(ends.size() - 1 - number % ends.size());
    }

    private End client(One one, int number) {
        return clients.computeIfAbsent(
                SERVICES.indexOf(one) * CLIENTS + number,
                key -> new End(FIRST_CLIENT + number, one.port(), CLIENT_ISN));
    }

    private void send(boolean fromClient, PacketBuilder frame) {
        balancer.send(fromClient, frame.toBytes());
    }

    private static boolean isIpv6(One one, boolean fromClient) {
        return fromClient ? one.client6() : one.server6();
    }

    private static PacketBuilder plain(One one, boolean fromClient) {
        if (isIpv6(one, fromClient)) {
            return fromClient ? Rig6.fromClient() : Rig6.fromServer();
        }
        return fromClient ? Rig.fromClient() : Rig.fromServer();
    }

    private PacketBuilder base(One one, boolean fromClient) {
        return FuzzFrames.varied(plain(one, fromClient), isIpv6(one, fromClient), bytes);
    }

    private PacketBuilder packet(One one, boolean fromClient, End end) {
        PacketBuilder frame = base(one, fromClient);
        if (one.isTcp()) {
            return segment(frame.tcp(end.own, end.other), fromClient, end);
        }
        frame.udp(end.own, end.other);
        return ((bytes.next() & 15) == 1 ? frame.noUdpChecksum() : frame)
                .payload(payload.datagram(one));
    }

    private PacketBuilder segment(PacketBuilder frame, boolean fromClient, End end) {
        int shape = bytes.next() & 15;
        frame.window(0x4000).acknowledgement(end.acknowledges);
        if (shape < ACK) {
            int first = fromClient ? CLIENT_ISN : SERVER_ISN;
            end.next = first + 1;
            return frame.flags(fromClient ? Tcp.SYN : Tcp.SYN | Tcp.ACK)
                    .sequence(first)
                    .tcpOptions(shape == SYN + 2 ? new byte[0] : CookieClient.LINUX);
        }
        frame.flags(Tcp.ACK).sequence(end.next).tcpOptions(stamps(end));
        return switch (shape) {
            case ACK, ACK + 1 -> frame;
            case DATA, DATA + 1, DATA + 2 -> {
                byte[] data = payload.stream();
                end.next += data.length;
                yield frame.payload(data);
            }
            case DATA + 3 -> frame.sequence(end.next - bytes.next()).payload(payload.stream());
            case FIN -> {
                end.next++;
                yield frame.flags(Tcp.ACK | Tcp.FIN).sequence(end.next - 1);
            }
            case FIN + 1 -> frame.flags(Tcp.RST);
            case FIN + 2 -> frame.acknowledgement(end.acknowledges + bytes.next() - 128);
            default ->
                    frame.flags(bytes.next())
                            .sequence(end.next + bytes.nextShort() - 0x8000)
                            .acknowledgement(end.acknowledges + bytes.nextShort() - 0x8000)
                            .window(bytes.nextShort())
                            .tcpOptions(bytes.next(4 * (bytes.next() % 11)))
                            .payload(payload.stream());
        };
    }

    private static byte[] stamps(End end) {
        return end.stamp == 0
                ? new byte[0]
                : ByteBuffer.allocate(12)
                        .put(new byte[] {1, 1, 8, 10})
                        .putInt(0x0102_0305)
                        .putInt(end.stamp)
                        .array();
    }

    /// What an end knows from a frame that has come to it.
    private void learn(byte[] frame, boolean atClient) {
        int at = IP + FuzzFrames.header(frame);
        boolean ipv6 = (frame[12] & 0xFF) == 0x86;
        boolean part = !ipv6 && at > IP && (length(frame, IP + 6) & 0x1FFF) != 0;
        if (at == IP || frame.length < at + 8 || part) {
            return;
        }
        int protocol = frame[IP + (ipv6 ? 6 : 9)];
        ByteBuffer transport = ByteBuffer.wrap(frame, at, frame.length - at).slice();
        int source = transport.getShort(0) & 0xFFFF;
        int destination = transport.getShort(2) & 0xFFFF;
        if (protocol != Ipv4.PROTOCOL_TCP && protocol != Ipv4.PROTOCOL_UDP) {
            return;
        }
        for (One one : SERVICES) {
            int port = atClient ? source : destination;
            int client = destination - FIRST_CLIENT;
            if (port % FuzzService.SECOND_SERVER != one.port() % FuzzService.SECOND_SERVER
                    || (atClient && (client < 0 || client >= CLIENTS))) {
                continue;
            }
            End end = atClient ? client(one, client) : server(one, destination, source);
            if (protocol == Ipv4.PROTOCOL_TCP) {
                int total = ipv6 ? 40 + length(frame, IP + 4) : length(frame, IP + 2);
                acknowledge(end, transport, IP + total - at);
            }
        }
    }

    private static int length(byte[] frame, int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    private End server(One one, int own, int other) {
        List<End> ends = servers.computeIfAbsent(one, key -> new ArrayList<>());
        for (End end : ends) {
            if (end.own == own && end.other == other) {
                return end;
            }
        }
        End fresh = new End(own, other, SERVER_ISN);
        ends.add(fresh);
        if (ends.size() > MOST_ENDS) {
            ends.removeFirst();
        }
        return fresh;
    }

    private static void acknowledge(End end, ByteBuffer segment, int length) {
        int header = (segment.get(12) & 0xF0) >>> 2;
        int flags = segment.get(13);
        if (header > length || header < 20) {
            throw new AssertionError("a TCP header of " + header + " bytes, " + length + " left");
        }
        int number = (flags & (Tcp.SYN | Tcp.FIN)) == 0 ? 0 : 1;
        end.acknowledges = segment.getInt(4) + length - header + number;
        for (int at = 20; at + 10 <= header; at++) {
            if (segment.get(at) == 8 && segment.get(at + 1) == 10) {
                end.stamp = segment.getInt(at + 2);
            }
        }
    }

    /// A frame that left, as if it came from there.
    private void sendChanged(boolean fromClient) {
        byte[] frame = FuzzFrames.last(fromClient ? balancer.atServer : balancer.atClient);
        if (frame.length > 0) {
            balancer.honest = false;
            balancer.send(fromClient, FuzzFrames.changed(frame, bytes));
        }
    }

    private void change(One one) {
        ServiceKey key = one.key();
        RealServer server = one.service().realServers().getFirst();
        ServicePolicy other = bytes.of(FuzzService.values()).policy();
        Change change =
                switch (bytes.next() % 8) {
                    case 0, 1 -> new Change.SetPolicy(key, other);
                    case 2 -> new Change.SetPolicy(key, ServicePolicy.DEFAULT);
                    case 3 -> new Change.EndConnections(ConnectionFilter.ALL);
                    case 4 -> new Change.EditRealServer(key, server.withWeight(bytes.next() & 1));
                    case 5 ->
                            new Change.RemoveRealServer(
                                    key, server.endpoint(), (bytes.next() & 1) == 0);
                    case 6 -> new Change.AddRealServer(key, server);
                    default -> new Change.RemoveService(key, (bytes.next() & 1) == 0);
                };
        CompletableFuture<Void> done = balancer.submit(List.of(change));
        balancer.run();
        if (!done.isDone()) {
            throw new AssertionError("a change never ends");
        }
    }
}
