// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.punt.PuntGate;
import io.fullnat.core.stack.Frame;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The stages that packets of one direction go through beside the fast path, around the connection
/// of a [PathBench], fit together as [Stages] does: each can be asked alone. Connections that begin
/// get the real server of the bench.
final class StageBench {
    static final ServicePolicy PROXIED =
            ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS));

    /// A port from which the client has no connection.
    static final int OTHER_PORT = 30_008;

    final Family family;
    final ConnectionOpener opener;
    final DatagramFlows datagrams = new DatagramFlows();
    final Forwarder forwarder;
    final KernelPath kernel;
    final Rejection rejection;
    final ServerHandshakes handshakes;
    final SynProxyInput proxy;
    final SessionStart sessions;
    final TransportInput transport;
    final Preparation preparation;

    /// The ends of segments that were held and were let go.
    final List<String> released = new ArrayList<>();

    private final PathBench bench;

    StageBench(PathBench bench, int direction) {
        this(bench, direction, null);
    }

    StageBench(PathBench bench, int direction, @Nullable Admission admission) {
        this.bench = bench;
        bench.bench.chosen = bench.slot();
        family = bench.family(direction);
        opener = new ConnectionOpener(bench.context, admission);
        forwarder = bench.forwarder(direction, datagrams);
        kernel = new KernelPath(bench.context, new PuntGate(bench.context.stack(), 0, List.of()));
        rejection = new Rejection(family, bench.errors, kernel);
        HandshakeSegments segments = new HandshakeSegments(bench.context.stack());
        HandshakeFamilies families = bench.handshakes(segments, this::release);
        handshakes = families.of(bench.entry);
        proxy = new SynProxyInput(bench.context, family, opener, rejection, handshakes);
        sessions =
                new SessionStart(
                        bench.context,
                        family,
                        opener,
                        rejection,
                        new NoSession(
                                bench.context, family, bench.arrivals, bench.peers, rejection),
                        datagrams,
                        proxy);
        transport =
                new TransportInput(
                        family,
                        sessions,
                        forwarder,
                        handshakes,
                        new ServerAnswers(
                                bench.context, family, forwarder, bench.errors, segments, families),
                        proxy);
        preparation =
                new Preparation(
                        family,
                        bench.arrivals,
                        sessions,
                        forwarder,
                        proxy,
                        kernel,
                        new PacketEnd(bench.context.stack()));
    }

    private void release(long buffer, long data, int length, int port) {
        released.add(new String(Memory.toBytes(data + length - 4, 4), UTF_8));
        bench.bench.io.buffers().free(buffer);
    }

    /// Begins the handshake for a client that has acknowledged a cookie, whose window is 500: its
    /// real server is not asked yet.
    ///
    /// @return the record
    static long beginHandshake(PathBench bench, CookieTerms terms) {
        Frame from = bench.receive(INBOUND, bench.arriving(INBOUND).window(500));
        try (Region draft = Region.allocate(HandshakeRecord.LENGTH, "a draft")) {
            HandshakeRecord.terms(draft.address(), terms);
            long l4 = bench.family(INBOUND).transport(from.l3());
            HandshakeRecord.origin(draft.address(), from, l4);
            bench.free();
            TcpMoves.begin(bench.entry, terms.clientSequence());
            return bench.context.handshakes().begin(bench.entry, draft.address());
        }
    }

    /// The flow of a packet, or 0.
    long find(Frame frame) {
        return family.find(frame.l3(), family.hash(frame.l3()));
    }

    /// A packet of the client as the connection of a flow sends it on, first of all that cross.
    PacketBuilder leaving(long flow, boolean tcp) {
        int local = ConnectionKey.destinationPort(flow, OUTBOUND);
        PacketBuilder packet = bench.to(INBOUND);
        packet = tcp ? packet.tcp(local, 8080) : packet.udp(local, 8080);
        return first(packet.timeToLive(63));
    }

    /// A packet as it leaves, the first one that needs an identification.
    PacketBuilder first(PacketBuilder packet) {
        return bench.isAcross() ? packet.identification(0x0100) : packet;
    }
}
