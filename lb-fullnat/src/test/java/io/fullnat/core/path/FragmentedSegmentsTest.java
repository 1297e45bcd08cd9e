// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Segments of TCP that come in fragments, of which [FragmentInput] must see some whole: what a
/// first fragment does to its connection, or the connection to it.
@ParameterizedClass
@CsvSource({"IPV4, 0", "IPV4, 1", "IPV6, 0", "IPV6, 1"})
class FragmentedSegmentsTest {
    private static final int PACKET = 7;

    private final PathBench bench;
    private final WorkerBench worker;
    private final int direction;
    private final boolean wide;

    FragmentedSegmentsTest(Families families, int direction) {
        bench = new PathBench(families, OpenBench.TCP);
        worker = new WorkerBench(bench, direction);
        this.direction = direction;
        wide = families == Families.IPV6;
    }

    @AfterEach
    void close() {
        worker.close();
        bench.close();
    }

    private PacketBuilder part(PacketBuilder packet, int offset, boolean more) {
        return wide
                ? packet.extension(Ipv6Extension.fragment(offset, more, PACKET))
                : packet.fragment(offset, more).identification(PACKET);
    }

    private PacketBuilder segment(PacketBuilder packet) {
        return part(packet.sequence(2).acknowledgement(9).payload(new byte[20]), 0, true);
    }

    private PacketBuilder arriving() {
        return segment(bench.arriving(direction));
    }

    private PacketBuilder sent(PacketBuilder packet) {
        return wide ? packet : packet.identification(0x0100);
    }

    private PacketBuilder later() {
        return part(bench.from(direction).protocol(6).payload(new byte[8]), 40, false);
    }

    private @Nullable Outcome receive(PacketBuilder fragment) {
        return worker.stages.fragments().receive(bench.receive(direction, fragment), 0);
    }

    private void ends(PacketBuilder fragment, Outcome outcome) {
        assertThat(receive(fragment)).isEqualTo(outcome);
        assertThat(bench.received()).isEqualTo(fragment.toBytes());
        bench.free();
        assertThat(receive(later())).as("what is behind it").isEqualTo(Outcome.FRAGMENT);
        bench.free();
        assertThat(bench.sent()).isEmpty();
    }

    private void goes() {
        assertThat(receive(arriving())).isNull();
        assertThat(bench.sent()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {Tcp.ACK, Tcp.ACK | Tcp.FIN, Tcp.ACK | 8, Tcp.RST | Tcp.ACK})
    void theFragmentsOfASegmentFollowItsConnection(int flags) {
        assertThat(receive(arriving().flags(flags))).isNull();
        assertThat(receive(later())).isNull();
        PacketBuilder end =
                part(
                        bench.to(direction).timeToLive(63).protocol(6).payload(new byte[8]),
                        40,
                        false);
        assertThat(bench.sentPadded())
                .containsExactly(
                        PathBench.bytes(sent(segment(bench.leaving(direction)).flags(flags))),
                        PathBench.bytes(sent(end)));
    }

    @ParameterizedTest
    @ValueSource(ints = {Tcp.SYN, Tcp.SYN | Tcp.ACK, Tcp.SYN | Tcp.FIN})
    void noSynIsForwardedInParts(int flags) {
        ends(arriving().flags(flags), Outcome.FRAGMENT);
    }

    /// Bytes of a header with such a length in it.
    private PacketBuilder header(int bytes, int headerLength) {
        byte[] tcp = new byte[bytes];
        tcp[12] = (byte) (headerLength << 2);
        tcp[13] = Tcp.ACK;
        return part(bench.from(direction).protocol(6).payload(tcp), 0, true);
    }

    /// RFC 1858: what is behind could write it anew.
    @Test
    void aHeaderThatIsNotWholeIsRefused() {
        ends(header(16, 20), Outcome.FRAGMENT);
    }

    @Test
    void aHeaderThatEndsInAnotherFragmentIsRefused() {
        ends(header(24, 28), Outcome.FRAGMENT);
    }

    @Test
    void headersInFrontOfItAreRefused() {
        if (wide) {
            ends(arriving().extension(Ipv6Extension.destination()), Outcome.FRAGMENT);
        }
    }

    @Test
    void aSegmentOfNoConnectionIsReset() {
        bench.context.life().end(bench.entry);
        ends(arriving(), Outcome.NO_CONNECTION);
        assertThat(bench.told).singleElement().asString().startsWith("reset ");
    }

    @Test
    void aWholeHeaderIsEnough() {
        bench.context.life().end(bench.entry);
        PacketBuilder bare = part(bench.arriving(direction).payload(new byte[4]), 0, true);
        ends(bare, Outcome.NO_CONNECTION);
    }

    @Test
    void segmentsWhoseWindowsAreCheckedAreRefused() {
        ConnectionLayout.windowed(bench.entry, true);
        ends(arriving(), Outcome.FRAGMENT);
    }

    @Test
    void segmentsOfAHandshakeThatTheBalancerMakesAreRefused() {
        ConnectionLayout.pending(bench.entry, true);
        ends(arriving(), Outcome.FRAGMENT);
        ConnectionLayout.pending(bench.entry, false);
    }

    /// Of both directions, as it counts what goes by.
    @Test
    void segmentsOfAConnectionWithAModifierAreRefused() {
        requireNonNull(bench.context.modify(4, (entry, service) -> packet -> {}))
                .begin(bench.entry, bench.service);
        ends(arriving(), Outcome.FRAGMENT);
    }

    @Test
    void whatFollowsIsLookedAtAnew() {
        goes();
        ConnectionLayout.windowed(bench.entry, true);
        assertThat(receive(later())).isEqualTo(Outcome.FRAGMENT);
        bench.free();
    }

    /// Nor do parts of one acknowledge a cookie.
    @Test
    void whatMayAcknowledgeACookieIsRefused() {
        bench.context.life().end(bench.entry);
        bench.bench.serve(
                bench.service
                        .service()
                        .withPolicy(
                                ServicePolicy.DEFAULT.withTcp(
                                        TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))));
        boolean asks = direction == INBOUND;
        ends(arriving(), asks ? Outcome.FRAGMENT : Outcome.NO_CONNECTION);
        assertThat(bench.told).hasSize(asks ? 0 : 1);
    }
}
