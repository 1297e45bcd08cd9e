// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.Handshakes;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The table of handshakes with real servers alone: what is known of each, in which order they come
/// to their time, what is held of their clients.
class HandshakesTest {
    private final Rig rig = new Rig().configured();
    private final FlowContext context = rig.balancer.workersThemselves().getFirst().flows();
    private final Handshakes handshakes = context.handshakes();
    private final Region draft = Region.allocate(HandshakeRecord.LENGTH, "a handshake");

    @AfterEach
    void close() {
        draft.close();
        rig.close();
    }

    /// A connection that a plain SYN has begun.
    private long entry(int port) {
        int newest = context.table().newest();
        rig.clientSends(rig.request().tcp(port, 80).flags(Tcp.SYN).sequence(100));
        List<Long> found = new ArrayList<>();
        context.table().visit(0, Integer.MAX_VALUE, found::add);
        assertThat(context.table().newest()).isNotEqualTo(newest);
        return found.stream()
                .filter(entry -> !ConnectionLayout.isPending(entry))
                .findFirst()
                .orElseThrow();
    }

    private long begin(int port) {
        CookieTerms terms = new CookieTerms();
        terms.begin(7000, 100, 1460);
        terms.options(9, 7, true);
        terms.timestamps(11, 12);
        HandshakeRecord.terms(draft.address(), terms);
        fillOrigin(port);
        return handshakes.begin(entry(port), draft.address());
    }

    /// As from the client's acknowledgement.
    private void fillOrigin(int port) {
        byte[] bytes = rig.request().tcp(port, 80).flags(Tcp.ACK).toBytes();
        try (Region memory = Region.allocate(128, "a frame")) {
            Memory.fromBytes(bytes, memory.address());
            Frame frame = new Frame();
            frame.set(0, memory.address(), bytes.length, 0);
            frame.link(0, Ethernet.HEADER_LENGTH);
            HandshakeRecord.origin(draft.address(), frame, Ipv4.payload(frame.l3()));
        }
    }

    @Test
    void knowsOnWhatCookieAndClientHaveAgreed() {
        long record = begin(1000);

        assertThat(handshakes.of(HandshakeRecord.entry(record))).isEqualTo(record);
        assertThat(ConnectionLayout.isPending(HandshakeRecord.entry(record))).isTrue();
        assertThat(HandshakeRecord.cookie(record)).isEqualTo(7000);
        assertThat(HandshakeRecord.clientSequence(record)).isEqualTo(100);
        assertThat(HandshakeRecord.end(record)).isEqualTo(101);
        assertThat(HandshakeRecord.segmentSize(record)).isEqualTo(1460);
        assertThat(HandshakeRecord.clientScale(record)).isEqualTo(9);
        assertThat(HandshakeRecord.ownScale(record)).isEqualTo(7);
        assertThat(HandshakeRecord.isSelective(record)).isTrue();
        assertThat(HandshakeRecord.hasTimestamps(record)).isTrue();
        assertThat(HandshakeRecord.ownTimestamp(record)).isEqualTo(11);
        assertThat(HandshakeRecord.clientTimestamp(record)).isEqualTo(12);
        assertThat(HandshakeRecord.isSent(record)).isFalse();
    }

    @Test
    void thoseOfOneTryComeToTheirTimeInTheirOrder() {
        long first = begin(1000);
        rig.clock.advance(Duration.ofMillis(300));
        long second = begin(1001);
        long third = begin(1002);
        assertThat(handshakes.due()).isZero();

        context.stack().time(context.stack().nowNs() + 800_000_000L);
        assertThat(handshakes.due()).isEqualTo(first);
        handshakes.tryAgain(first);
        assertThat(handshakes.due()).isZero();
        handshakes.release(handshakes.end(second), (buffer, data, length, port) -> {});
        context.stack().time(context.stack().nowNs() + 300_000_000L);
        assertThat(handshakes.due()).isEqualTo(third);
        handshakes.tryAgain(third);
        context.stack().time(context.stack().nowNs() + 2_000_000_000L);
        assertThat(handshakes.due()).isEqualTo(first);
        assertThat(handshakes.size()).isEqualTo(2);
        assertThat(Handshakes.mayTryAgain(first)).isTrue();
        handshakes.tryAgain(first);
        handshakes.tryAgain(first);
        assertThat(Handshakes.mayTryAgain(first)).isFalse();
    }

    @Test
    void whatIsHeldComesOutInItsOrderAndNoMoreThanAFewOfOneClient() {
        long record = begin(1000);
        long other = begin(1001);
        for (int i = 1; i <= HandshakeRecord.MOST_HELD; i++) {
            assertThat(handshakes.hold(record, i, 10L * i, 60, 0)).isTrue();
            assertThat(handshakes.hold(other, 100L + i, 10L * i, 60, 0)).isTrue();
        }
        assertThat(handshakes.hold(record, 99, 0, 60, 0)).isFalse();
        assertThat(handshakes.held()).isEqualTo(2 * HandshakeRecord.MOST_HELD);

        List<Long> out = new ArrayList<>();
        handshakes.release(handshakes.end(record), (buffer, data, length, port) -> out.add(buffer));

        assertThat(out).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(ConnectionLayout.isPending(HandshakeRecord.entry(other))).isTrue();
        handshakes.release(handshakes.end(other), (buffer, data, length, port) -> {});
        assertThat(handshakes.held()).isZero();
        assertThat(handshakes.size()).isZero();
    }

    /// An eighth of the buffers, from any client.
    @Test
    void aWorkerHoldsNoMoreThanItHasPlacesFor() {
        int clients = (int) rig.io.buffers().capacity() / 8 / HandshakeRecord.MOST_HELD;
        List<Long> records = new ArrayList<>();
        for (int i = 0; i <= clients; i++) {
            records.add(begin(1000 + i));
        }
        for (int i = 0; i < clients; i++) {
            for (int held = 0; held < HandshakeRecord.MOST_HELD; held++) {
                assertThat(handshakes.hold(records.get(i), 1, 1, 60, 0)).isTrue();
            }
        }
        assertThat(handshakes.hold(records.getLast(), 1, 1, 60, 0)).isFalse();
        handshakes.release(handshakes.end(records.getFirst()), (buffer, data, length, port) -> {});
        assertThat(handshakes.hold(records.getLast(), 1, 1, 60, 0)).isTrue();
        for (long record : records.subList(1, records.size())) {
            handshakes.release(handshakes.end(record), (buffer, data, length, port) -> {});
        }
    }

    @Test
    void theClientIsToldOfAConnectionThatEndsAndWhatWasHeldIsDropped() {
        long record = begin(1000);
        HandshakeRecord.sent(record);
        long before = context.stack().pool().inUse();
        rig.clientSends(
                rig.request()
                        .tcp(1000, 80)
                        .flags(Tcp.ACK)
                        .sequence(101)
                        .acknowledgement(7001)
                        .payload(new byte[9]));
        assertThat(handshakes.held()).isEqualTo(1);

        context.life().end(HandshakeRecord.entry(record));
        rig.run();

        byte[] reset = rig.client.receiveAll().getFirst();
        assertThat(IpFrame.tcpFlags(reset)).isEqualTo(Tcp.RST | Tcp.ACK);
        assertThat(ByteBuffer.wrap(reset).getInt(IpFrame.transport(reset) + 4)).isEqualTo(7001);
        assertThat(context.stack().pool().inUse()).isEqualTo(before);
        assertThat(rig.count(Outcome.SYN_PROXY_FAILED)).isEqualTo(1);
        assertThat(rig.count(Counter.SYN_PROXY_UNSERVED)).isEqualTo(1);
        assertThat(handshakes.size()).isZero();
    }

    private PacketBuilder segment(int flags, int sequence, int acknowledgement) {
        return rig.request()
                .tcp(1000, 80)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement);
    }

    @Test
    void aClientsSegmentsGoNowhereAndAFewOfThemAreHeld() {
        long record = begin(1000);
        HandshakeRecord.sent(record);

        assertThat(rig.clientSends(segment(Tcp.ACK, 101, 7001))).isEmpty();
        assertThat(rig.count(Outcome.SYN_PROXY)).isEqualTo(1);
        assertThat(rig.clientSends(segment(Tcp.ACK, 99_999, 7001))).isEmpty();
        assertThat(rig.count(Outcome.SYN_PROXY_MISFIT)).isEqualTo(1);
        for (int i = 0; i <= HandshakeRecord.MOST_HELD; i++) {
            PacketBuilder data = segment(Tcp.ACK, 101 + i, 7001).payload(new byte[] {7});
            assertThat(rig.clientSends(data)).isEmpty();
        }
        assertThat(rig.count(Counter.SYN_PROXY_HELD)).isEqualTo(HandshakeRecord.MOST_HELD);
        assertThat(rig.count(Outcome.SYN_PROXY_NOT_HELD)).isEqualTo(1);
    }

    @Test
    void theServersAnswerIsAcknowledgedAndWhatWasHeldIsPassedOn() {
        long record = begin(1000);
        HandshakeRecord.sent(record);
        int localPort = ConnectionKey.outboundDestinationPort(HandshakeRecord.entry(record));
        rig.clientSends(segment(Tcp.ACK, 101, 7001).payload(new byte[] {7}));
        PacketBuilder answer =
                rig.answer()
                        .tcp(8080, localPort)
                        .flags(Tcp.SYN | Tcp.ACK)
                        .sequence(50)
                        .acknowledgement(101)
                        .tcpOptions(new byte[] {8, 10, 0, 0, 0, 1, 0, 0, 0, 2});

        List<byte[]> out = rig.serverSends(answer);

        assertThat(out).hasSize(2).allMatch(frame -> IpFrame.sourcePort(frame) == localPort);
        assertThat(rig.count(Counter.SYN_PROXY_ESTABLISHED)).isEqualTo(1);
        assertThat(handshakes.size()).isZero();
    }

    /// The client was promised timestamps.
    @Test
    void aServerWithoutTimestampsIsRefused() {
        long record = begin(1000);
        HandshakeRecord.sent(record);
        int localPort = ConnectionKey.outboundDestinationPort(HandshakeRecord.entry(record));

        List<byte[]> out =
                rig.serverSends(
                        rig.answer()
                                .tcp(8080, localPort)
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(50)
                                .acknowledgement(101));

        assertThat(out).hasSize(2).allMatch(frame -> (IpFrame.tcpFlags(frame) & Tcp.RST) != 0);
        assertThat(rig.count(Counter.SYN_PROXY_UNSUITED)).isEqualTo(1);
        assertThat(context.table().size()).isZero();
    }

    @Test
    void theServerIsAskedAgain() {
        long record = begin(1000);
        HandshakeRecord.sent(record);

        rig.pass(Duration.ofSeconds(1));

        assertThat(IpFrame.tcpFlags(rig.server.receiveAll().getFirst())).isEqualTo(Tcp.SYN);
        assertThat(rig.count(Counter.SYN_PROXY_REPEATED)).isEqualTo(1);
    }
}
