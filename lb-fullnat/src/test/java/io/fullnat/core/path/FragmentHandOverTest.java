// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.memoryio.RssSelector;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.path.PathBench.HandedOver;
import io.fullnat.testing.Seed;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fragments of which another of three workers may know the connection, as the first of them
/// handles them. Local ports are shared out by their remainder.
@ParameterizedClass
@EnumSource(
        value = Families.class,
        names = {"IPV4", "IPV6"})
class FragmentHandOverTest {
    private static final int WORKERS = 3;
    private static final int FIRST = 2001; // whose remainder is 0
    private static final int A_SECOND = 2_000;
    private static final int PACKET = 7;

    private final Families families;
    private final boolean wide;
    private PathBench bench;
    private WorkerBench worker;

    FragmentHandOverTest(Families families) {
        this.families = families;
        wide = families == Families.IPV6;
        bench = new PathBench(families, OpenBench.UDP, 0, WORKERS);
        worker = worker(INBOUND);
    }

    private WorkerBench worker(int direction) {
        bench.bench.chosen = bench.slot();
        return new WorkerBench(bench, direction);
    }

    @AfterEach
    void close() {
        worker.close();
        bench.close();
    }

    private void become(PathBench other, int direction) {
        close();
        bench = other;
        worker = worker(direction);
    }

    /// Becomes the first worker at a card of which it is known to which queue it gives a packet.
    private void becomeOneAtAKnownCard() {
        byte[] key = new byte[40];
        Seed.generator(42).nextBytes(key);
        int[] redirection = IntStream.range(0, 128).map(i -> i % WORKERS).toArray();
        RssSelector card = new RssSelector(new ReceiveSideScaling(key, redirection));
        PortSettings near = PathBench.NEAR.withQueues(WORKERS).withChooser(card);
        become(new PathBench(families, OpenBench.UDP, 0, near), INBOUND);
    }

    /// The first fragment of a client whose whole packets the card gives to a worker.
    private PacketBuilder firstOf(int owner) {
        ReturnPath path = requireNonNull(bench.context.arrivalPath(0, wide));
        for (int client = 1; ; client++) {
            PacketBuilder first = first(PACKET, client);
            long ip = bench.receive(INBOUND, first).l3();
            boolean found = bench.family(INBOUND).owner(path, ip) == owner;
            bench.free();
            if (found) {
                return first;
            }
        }
    }

    private PacketBuilder part(PacketBuilder packet, int offset, boolean more, int packetNumber) {
        return wide
                ? packet.extension(Ipv6Extension.fragment(offset, more, packetNumber))
                : packet.fragment(offset, more).identification(packetNumber);
    }

    /// Of a client whose connection is not known here.
    private PacketBuilder first(int packetNumber) {
        return first(packetNumber, 1);
    }

    private PacketBuilder first(int packetNumber, int client) {
        PacketBuilder packet = bench.from(INBOUND).udp(PathBench.CLIENT_PORT + client, 80);
        return part(packet.payload(new byte[16]), 0, true, packetNumber);
    }

    private PacketBuilder later(int direction) {
        PacketBuilder packet = bench.from(direction).protocol(17).payload(new byte[8]);
        return part(packet, 24, false, PACKET);
    }

    private PacketBuilder later() {
        return later(INBOUND);
    }

    private PacketBuilder answer(int localPort) {
        PacketBuilder packet = bench.from(OUTBOUND).udp(8080, localPort);
        return part(packet.payload(new byte[16]), 0, true, PACKET);
    }

    private @Nullable Outcome receive(PacketBuilder fragment, int direction, int hopsDone) {
        return worker.stages.fragments().receive(bench.receive(direction, fragment), hopsDone);
    }

    private void goes(PacketBuilder fragment, int direction, int hopsDone, int to, int hops) {
        assertThat(receive(fragment, direction, hopsDone)).isNull();
        assertThat(bench.handedOver)
                .singleElement()
                .usingRecursiveComparison()
                .isEqualTo(new HandedOver(to, fragment.toBytes(), hops));
        bench.handedOver.clear();
        assertThat(bench.sent()).isEmpty();
    }

    private void goes(PacketBuilder fragment, int hopsDone, int to, int hops) {
        goes(fragment, INBOUND, hopsDone, to, hops);
    }

    private void staysHere(PacketBuilder fragment, int hopsDone) {
        assertThat(receive(fragment, INBOUND, hopsDone)).isNull();
        assertThat(bench.handedOver).isEmpty();
        assertThat(bench.sent()).hasSize(1);
    }

    private void ends(PacketBuilder fragment, int direction, int hopsDone, Outcome outcome) {
        assertThat(receive(fragment, direction, hopsDone)).isEqualTo(outcome);
        assertThat(bench.handedOver).isEmpty();
        assertThat(bench.sent()).isEmpty();
        bench.free();
    }

    @Test
    void aClientThatIsNotKnownIsAskedForFromWorkerToWorker() {
        goes(first(PACKET), 0, 1, 1);
        goes(later(), 0, 1, 1);
    }

    /// Each may have been the one at which the client's whole packets arrive.
    @Test
    void whenItIsBackTheConnectionBeginsHere() {
        goes(first(PACKET), 1, 1, 2);
        goes(later(), 1, 1, 2);
        goes(first(PACKET), 2, 1, 3);
        goes(later(), 2, 1, 3);
        ends(later(), INBOUND, 3, Outcome.FRAGMENT);
        staysHere(first(PACKET), 3);
        staysHere(later(), 3);
    }

    @Test
    void behindTheLastWorkerComesTheFirst() {
        become(new PathBench(families, OpenBench.UDP, 2, WORKERS), INBOUND);
        goes(first(PACKET), 0, 0, 1);
        goes(later(), 0, 0, 1);
    }

    @Test
    void whatIsKnownHereStaysHere() {
        PacketBuilder packet = bench.arriving(INBOUND).payload(new byte[16]);
        staysHere(part(packet, 0, true, PACKET), 0);
        staysHere(later(), 0);
    }

    @Test
    void aDatagramByItselfStaysWhereItArrives() {
        bench.serve(ServicePolicy.DEFAULT.withOnePacket(true));
        staysHere(first(PACKET), 0);
    }

    @Test
    void whatIsForNoServiceIsAskedForNowhere() {
        PacketBuilder packet = bench.from(INBOUND).udp(1, 81).payload(new byte[16]);
        ends(part(packet, 0, true, PACKET), INBOUND, 0, Outcome.NO_SERVICE);
        ends(later(), INBOUND, 0, Outcome.FRAGMENT);
    }

    /// Strangers could make work for every worker else.
    @Test
    void noMoreThanTwoThousandASecondGoRound() {
        for (int i = 0; i < A_SECOND; i++) {
            assertThat(receive(first(i + 10), INBOUND, 0)).isNull();
        }
        assertThat(bench.handedOver).hasSize(A_SECOND);
        bench.handedOver.clear();
        goes(first(9_000), 1, 1, 2);
        staysHere(first(9_001, 2), 0);
        bench.context.stack().time(1_000_000);
        goes(first(9_002), 0, 1, 1);
        goes(first(9_003), 0, 1, 1);
        staysHere(first(9_004, 3), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void whereTheCardIsKnownItGoesToTheWorkerOfTheClientsWholePackets(int owner) {
        becomeOneAtAKnownCard();
        goes(firstOf(owner), 0, owner, 0);
        goes(later(), 0, owner, 0);
        ends(later(), INBOUND, 1, Outcome.FRAGMENT);
    }

    @Test
    void whereItIsThisOneItStaysHere() {
        becomeOneAtAKnownCard();
        staysHere(firstOf(0), 0);
    }

    /// Another worker sent it here.
    @Test
    void itGoesOnNoFurther() {
        becomeOneAtAKnownCard();
        staysHere(firstOf(1), 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anAnswerGoesToTheWorkerOfItsLocalPort(int owner) {
        become(bench(), OUTBOUND);
        goes(answer(FIRST + owner), OUTBOUND, 0, owner, 0);
        goes(later(OUTBOUND), OUTBOUND, 0, owner, 0);
        ends(later(OUTBOUND), OUTBOUND, 1, Outcome.FRAGMENT);
    }

    private PathBench bench() {
        return new PathBench(families, OpenBench.UDP, 0, WORKERS);
    }

    @Test
    void anAnswerThatNobodyAwaitsIsTold() {
        become(bench(), OUTBOUND);
        ends(answer(FIRST), OUTBOUND, 0, Outcome.NO_CONNECTION);
        ends(later(OUTBOUND), OUTBOUND, 0, Outcome.FRAGMENT);
        assertThat(bench.told).containsExactly("unreachable PORT 0");
    }
}
