// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.TestPair.Family;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Local ports towards a whole server, of which clients ask for any port, also beside an allocator
/// of one of those ports ([CrowdedAllocators]): over a real connection table, in which each port
/// chosen has its connection.
@ParameterizedClass
@EnumSource(Family.class)
class WholeServerPortsTest {
    private static final int ALL_PORTS = 64_511;
    private static final int LEFT_FREE = ALL_PORTS / 64;

    private final RandomGenerator random = Seed.generator();
    private final Family family;
    private final ConnectionTable table;
    private final Map<Integer, TestPair> pairs = new HashMap<>();
    private final PortAllocator whole = new PortAllocator(true);
    private LocalPorts ports;
    private ReturnPath path = LocalPorts.ALL_OURS;
    private int clients;

    /// A connection, with what is needed to end it.
    private record Opened(int serverPort, int port, long entry, PortAllocator allocator) {}

    WholeServerPortsTest(Family family) {
        this.family = family;
        table = TestPair.table(family, 1 << 17, random.nextLong());
        ports = new LocalPorts(new PortPartition(0, 1), table, random.nextLong());
    }

    @AfterEach
    void close() {
        pairs.values().forEach(TestPair::close);
        ports.close();
        table.close();
    }

    private TestPair pair(int serverPort) {
        return pairs.computeIfAbsent(
                serverPort,
                port ->
                        new TestPair(
                                family,
                                table,
                                1,
                                Short.reverseBytes((short) (int) port) & 0xFFFF,
                                TestPair.TCP));
    }

    /// Opens a connection, or returns null if there is no port.
    private Opened open(PortAllocator allocator, int serverPort) {
        TestPair pair = pair(serverPort);
        int port =
                ports.isPressed(allocator)
                        ? pair.reclaim(ports, allocator, path)
                        : pair.choose(ports, allocator, path);
        if (port == LocalPorts.NONE) {
            return new Opened(serverPort, port, 0, allocator);
        }
        assertThat(pair.isUsed(port)).as(Seed.message(port)).isFalse();
        assertThat(ports.chosenHash()).as(Seed.message(port)).isEqualTo(pair.hash(port));
        long entry = pair.open(++clients, port);
        assertThat(entry).isNotZero();
        table.start(entry, ConnectionState.ESTABLISHED, 90, 0);
        return new Opened(serverPort, port, entry, allocator);
    }

    private void end(Opened one) {
        table.remove(one.entry());
        pair(one.serverPort()).release(ports, one.allocator(), one.port());
    }

    @Test
    void noPortComesAgainBeforeAllOthersWhateverPortsAreAskedFor() {
        Set<Integer> given = new HashSet<>();
        for (int i = 0; i < ALL_PORTS; i++) {
            Opened one = open(whole, 1 + random.nextInt(1000));
            assertThat(given.add(one.port())).as(Seed.message(i)).isTrue();
            end(one);
        }
        assertThat(given).hasSize(ALL_PORTS);
        assertThat(whole.used()).isZero();
    }

    @Test
    void connectionsComeAndGoOverManyPortsOfTheServer() {
        List<Opened> there = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            if (there.size() < 40_000 && random.nextInt(3) > 0) {
                Opened one = open(whole, 1 + random.nextInt(8));
                assertThat(one.port()).as(Seed.message(i)).isPositive();
                there.add(one);
            } else if (!there.isEmpty()) {
                end(there.remove(random.nextInt(there.size())));
            }
            assertThat(whole.used()).isEqualTo(there.size());
        }
    }

    @Test
    void onePortOfTheServerGetsNearlyAllPortsAndThenAnotherOneStillGetsSome() {
        int opened = 0;
        while (!ports.isPressed(whole) && open(whole, 80).port() != LocalPorts.NONE) {
            opened++;
        }
        assertThat(opened).isGreaterThanOrEqualTo(ALL_PORTS - LEFT_FREE);

        for (int i = 0; i < 1000; i++) {
            assertThat(open(whole, 81).port()).as(Seed.message(i)).isPositive();
        }
    }

    /// What the allocator of one port has seen in use by connections of the whole server is not in
    /// use for good.
    @Test
    void anAllocatorOfOnePortGetsBackWhatTheOtherGave() {
        PortAllocator exact = new PortAllocator();
        List<Opened> others = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            others.add(open(whole, 80));
        }
        int opened = 0;
        for (Opened one = open(exact, 80); one.port() != LocalPorts.NONE; one = open(exact, 80)) {
            opened++;
        }
        assertThat(opened).isBetween(ALL_PORTS - 2000 - 64, ALL_PORTS - 2000);
        others.forEach(this::end);

        int more = 0;
        for (int i = 0; i < 4000; i++) {
            more += open(exact, 80).port() == LocalPorts.NONE ? 0 : 1;
        }
        assertThat(opened + more).isGreaterThanOrEqualTo(ALL_PORTS - 64);
    }

    /// Whether answers come to this worker is a matter of the server's port too.
    @Test
    void portsOfSeveralWorkersAreOursForThePortThatIsAskedFor() {
        ports.close();
        int workers = 4;
        ports =
                new LocalPorts(
                        new PortPartition(0, 1), table, random.nextLong(), 3, workers, entry -> {});
        byte[] key = new byte[52];
        random.nextBytes(key);
        int[] queues = new int[128];
        Arrays.setAll(queues, i -> i % workers);
        path =
                new ReturnPath.ByHash(
                        new ReceiveSideScaling(key, queues),
                        new ReturnPath.ByPort(workers, workers));
        for (int i = 0; i < 8_000; i++) {
            int serverPort = 1 + random.nextInt(50);
            Opened one = open(whole, serverPort);
            assertThat(one.port()).as(Seed.message(i)).isPositive();
            assertThat(pair(serverPort).owner(path, one.port())).isEqualTo(3);
        }
    }
}
