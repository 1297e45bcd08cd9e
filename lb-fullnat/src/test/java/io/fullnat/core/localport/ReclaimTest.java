// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.TestPair.Family;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Which connection of a pair with hardly a free port gives way: [PortReclaim] through
/// [LocalPorts].
@ParameterizedClass(name = "{0}")
@EnumSource(Family.class)
class ReclaimTest {
    private static final ReturnPath PATH = LocalPorts.ALL_OURS;

    private final RandomGenerator random = Seed.generator();
    private final ConnectionTable table;
    private final TestPair pair;
    private final PortPartition partition = new PortPartition(0, 1);
    private final LocalPorts ports;
    private final PortAllocator allocator = new PortAllocator();
    private int clients;
    private long gaveWay;
    private ConnectionState gaveWayState = ConnectionState.TCP_NONE;
    private int gaveWayPort;
    private long opened;

    ReclaimTest(Family family) {
        table = TestPair.table(family, 1 << 17, random.nextLong());
        pair = new TestPair(family, table, 0x6401_000A);
        ports = new LocalPorts(partition, table, random.nextLong(), 0, 1, this::giveWay);
    }

    @AfterEach
    void close() {
        pair.close();
        ports.close();
        table.close();
    }

    /// Opens a connection; its entry, 0 if no port is free.
    private long open(ConnectionState state) {
        int port = pair.choose(ports, allocator, PATH);
        return port == LocalPorts.NONE ? 0 : open(port, state);
    }

    private long open(int port, ConnectionState state) {
        long entry = pair.open(++clients, port);
        table.start(entry, state, 90, 0);
        return entry;
    }

    private List<Long> fill(int count, ConnectionState state) {
        List<Long> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(open(state));
        }
        assertThat(entries).doesNotContain(0L);
        return entries;
    }

    private List<Long> fillUp(ConnectionState state) {
        return fill(partition.count() - allocator.used(), state);
    }

    /// Opens a connection of a pressed allocator; the entry of the one that gave way, 0 if none
    /// did.
    private long reclaim(ConnectionState state) {
        gaveWay = 0;
        int port = pair.reclaim(ports, allocator, PATH);
        if (port != LocalPorts.NONE) {
            opened = open(port, state);
        }
        return gaveWay;
    }

    private void giveWay(long entry) {
        gaveWay = entry;
        gaveWayState = ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
        gaveWayPort = port(entry);
        end(entry);
    }

    private static int port(long entry) {
        return ConnectionKey.outboundDestinationPort(entry);
    }

    private void end(long entry) {
        ports.release(allocator, port(entry));
        table.remove(entry);
    }

    private void move(long entry, ConnectionState state) {
        table.move(entry, state, 90, 0);
        if (ports.remembersStates()) {
            ports.moved(allocator, port(entry), state);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ConnectionState.class,
            names = {
                "SYN_RECV",
                "SYN_SENT",
                "SYNACK",
                "UDP_NONE",
                "UDP_ONEWAY",
                "TIME_WAIT",
                "CLOSE"
            })
    void theOldestGivesWayFirstAndItsPortIsTheNextChosen(ConnectionState state) {
        List<Long> all = fillUp(state);
        for (int round = 0; round < all.size() + 100; round++) {
            int oldest = round % all.size();
            long refused = open(state);
            boolean isOldest = reclaim(state) == all.get(oldest);
            if (refused != 0 || !isOldest || port(opened) != gaveWayPort) {
                throw new AssertionError("round " + round + ": " + Seed.message(round));
            }
            all.set(oldest, opened);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ConnectionState.class,
            names = {"ESTABLISHED", "UDP_NORMAL", "FIN_WAIT", "CLOSE_WAIT"})
    void whatBothSidesUseNeverGivesWay(ConnectionState state) {
        fillUp(state);

        for (int i = 0; i < 2_000; i++) {
            assertThat(reclaim(state)).isZero();
        }
        assertThat(opened).isZero();
    }

    /// As long as there are free ports, the order is kept all the same: what was given longest ago
    /// comes first, be it free or half-open.
    @Test
    void freePortsAreTakenInTheirTurn() {
        List<Long> all = fillUp(ConnectionState.SYN_RECV);
        end(all.get(3));
        end(all.get(50_000));
        assertThat(ports.isPressed(allocator)).isTrue();

        for (int i = 0; i < 50_001; i++) {
            reclaim(ConnectionState.SYN_RECV);
            if (gaveWay != (i == 3 || i == 50_000 ? 0 : all.get(i))) {
                throw new AssertionError("round " + i + ": " + Seed.message(i));
            }
        }
    }

    /// Wherever the few are among the many: in front, behind, or one here and there.
    @Test
    void theFewThatAreHalfOpenAreFoundAmongThoseThatLast() {
        fill(1_000, ConnectionState.SYN_RECV);
        fill(40_000, ConnectionState.ESTABLISHED);
        for (int i = 0; i < 5_000; i++) {
            open(ConnectionState.SYN_RECV);
            fill(3, ConnectionState.ESTABLISHED);
        }
        fillUp(ConnectionState.ESTABLISHED);

        int refused = 0;
        for (int found = 0; found < 5_900; ) {
            if (reclaim(ConnectionState.ESTABLISHED) == 0) {
                refused++;
                assertThat(refused).as("refused, %s", Seed.message(found)).isLessThan(40);
                continue;
            }
            if (gaveWayState != ConnectionState.SYN_RECV) {
                throw new AssertionError("gave way: " + gaveWayState);
            }
            found++;
        }
    }

    @Test
    void halfOpenOnesGiveWayBeforeSuchThatAreOver() {
        List<Long> over = fill(4, ConnectionState.TIME_WAIT);
        List<Long> halfOpen = fill(1, ConnectionState.SYN_RECV);
        over.addAll(fillUp(ConnectionState.TIME_WAIT));

        assertThat(reclaim(ConnectionState.ESTABLISHED)).isEqualTo(halfOpen.getFirst());
        assertThat(reclaim(ConnectionState.ESTABLISHED)).as("behind it").isEqualTo(over.get(4));
    }

    @Test
    void oneThatIsAnsweredNoLongerGivesWayAndOneThatClosesDoesAgain() {
        List<Long> all = fillUp(ConnectionState.SYN_RECV);
        assertThat(reclaim(ConnectionState.SYN_RECV)).isEqualTo(all.getFirst());
        all.set(0, opened);
        assertThat(ports.remembersStates()).isTrue();

        all.forEach(entry -> move(entry, ConnectionState.ESTABLISHED));
        assertThat(reclaim(ConnectionState.SYN_RECV)).isZero();

        move(all.get(31_337), ConnectionState.TIME_WAIT);
        assertThat(reclaim(ConnectionState.SYN_RECV)).isEqualTo(all.get(31_337));
    }

    @Test
    void whatWasRememberedIsForgottenWithTheLastConnection() {
        List<Long> all = fillUp(ConnectionState.ESTABLISHED);
        assertThat(reclaim(ConnectionState.SYN_RECV)).isZero();
        assertThat(ports.remembersStates()).isTrue();

        all.forEach(this::end);

        assertThat(ports.remembersStates()).isFalse();
        assertThat(allocator.settled()).isZero();
        List<Long> next = fillUp(ConnectionState.SYN_RECV);
        assertThat(next).contains(reclaim(ConnectionState.SYN_RECV));
    }
}
