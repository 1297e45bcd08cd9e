// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServiceKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `sh`, `dh`, `mh`, `conhash`: the same choice everywhere, and few clients moved.
class HashSchedulersTest {
    private static final Schedulers ALL = new Schedulers(List.of());
    private static final int CLIENTS = 20_000;

    private static Loads loads(String name, String options, int... weights) {
        Map<String, String> map = new HashMap<>();
        for (String option : options.split(",", -1)) {
            if (!option.isEmpty()) {
                String[] words = option.split("=", 2);
                map.put(words[0], words[1]);
            }
        }
        return new Loads(ALL, name, 7, map, weights);
    }

    /// The server of each client.
    private static int[] choices(Loads loads) {
        int[] choices = new int[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            loads.client(i);
            choices[i] = loads.select();
        }
        return choices;
    }

    /// How many of the clients of some servers go elsewhere.
    private static long moved(int[] before, int[] after, int except) {
        return IntStream.range(0, before.length)
                .filter(i -> before[i] != except && before[i] != after[i])
                .count();
    }

    private static int[] equal(int count) {
        int[] weights = new int[count];
        Arrays.fill(weights, 1);
        return weights;
    }

    /// The example of the Maglev paper, table 1.
    @Test
    void s01TheTableIsThatOfThePaper() {
        int[] offsets = {3, 0, 3};
        int[] skips = {4, 2, 1};
        assertThat(MaglevTable.populate(offsets, skips, equal(3), 7))
                .containsExactly(new char[] {1, 0, 1, 0, 2, 2, 0});
        assertThat(MaglevTable.populate(new int[] {3, 3}, new int[] {4, 1}, equal(2), 7))
                .containsExactly(new char[] {0, 0, 0, 0, 1, 1, 1});
    }

    @Test
    void s01ASizeThatIsNoPrimeIsRefused() {
        assertThatThrownBy(() -> loads("mh", "size=65536", 1))
                .hasMessage("scheduler \"mh\": option size \"65536\" is not a prime; 65537 is");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "dh", "mh", "conhash"})
    void s01TheOrderOfServersDoesNotMatter(String name) {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            servers.add(RealServer.of("10.0.1." + (1 + i), 80).withWeight(1 + i % 3));
        }
        List<RealServer> shuffled = new ArrayList<>(servers);
        Collections.reverse(shuffled);
        Collections.swap(shuffled, 3, 30);
        Loads one = new Loads(equal(50), scheduler(name, servers));
        Loads other = new Loads(equal(50), scheduler(name, shuffled));
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 2_000; i++) {
                one.client(i);
                other.client(i);
                assertThat(servers.get(one.select())).isEqualTo(shuffled.get(other.select()));
            }
            for (int server = 0; server < 49; server++) { // all but one are full: the walk ends
                one.forbidden[server] = true;
                other.forbidden[shuffled.indexOf(servers.get(server))] = true;
            }
        }
    }

    private static Scheduler scheduler(String name, List<RealServer> servers) {
        return ALL.get(name)
                .create(
                        servers,
                        new SchedulerContext(0, 1, 7, ServiceKey.tcp("192.0.2.80", 80), Map.of()));
    }

    @Test
    void s02WeightsAreExactInTheTable() {
        MaglevTable table =
                MaglevTable.of(
                        List.of(
                                RealServer.of("10.0.1.1", 80),
                                RealServer.of("10.0.1.2", 80).withWeight(10)),
                        65_537);
        int[] slots = new int[2];
        for (int slot = 0; slot < table.size(); slot++) {
            slots[table.server(slot)]++;
        }
        assertThat(slots).containsExactly(5_958, 59_579);
    }

    /// Beside many of the largest weight, too.
    @Test
    void s08TheSmallestWeightHasASlot() {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            servers.add(RealServer.of("10.0.1." + (1 + i), 80).withWeight(i == 9 ? 1 : 65_535));
        }
        MaglevTable table = MaglevTable.of(servers, 4_093);
        assertThat(IntStream.range(0, table.size()).filter(slot -> table.server(slot) == 9))
                .hasSize(1);
        HashRing ring = HashRing.of(servers, 160);
        assertThat(IntStream.range(0, ring.size()).filter(point -> ring.server(point) == 9))
                .hasSize(1);
        assertThat(ring.size()).isLessThanOrEqualTo(HashRing.MAX_POINTS);
    }

    /// One of ten gets the weight 0, goes for good, or is full for a while: how many of 20 000
    /// clients of the others move. The figures stand in docs/schedulers.md.
    @ParameterizedTest
    @CsvSource({"mh, 48", "sh, 48", "conhash, 0"})
    void s03FewOthersMove(String name, long others) {
        int[] before = choices(loads(name, "", equal(10)));
        int[] weights = equal(10);
        weights[3] = 0;
        int[] after = choices(loads(name, "", weights));
        assertThat(after).doesNotContain(3);
        assertThat(moved(before, after, 3)).isEqualTo(others);
        assertSpread(before, after);

        Loads full = loads(name, "", equal(10));
        full.forbidden[3] = true;
        int[] meanwhile = choices(full);
        assertThat(moved(before, meanwhile, 3)).as("while one is full").isZero();
        assertSpread(before, meanwhile);
    }

    /// The same for `dh`, whose connections go to 20 000 destinations.
    @Test
    void s03FewOtherDestinationsMove() {
        int[] before = destinations(loads("dh", "", equal(10)));
        int[] weights = equal(10);
        weights[3] = 0;
        int[] after = destinations(loads("dh", "", weights));
        assertThat(moved(before, after, 3)).isEqualTo(46);
        assertSpread(before, after);
        Loads full = loads("dh", "", equal(10));
        full.forbidden[3] = true;
        assertThat(moved(before, destinations(full), 3)).as("while one is full").isZero();
    }

    private static int[] destinations(Loads loads) {
        int[] choices = new int[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            loads.destination(i * 0x9E37_79B9L);
            choices[i] = loads.select();
        }
        return choices;
    }

    /// The clients of server 3 are spread over all others.
    private static void assertSpread(int[] before, int[] after) {
        int[] heirs = new int[10];
        for (int i = 0; i < CLIENTS; i++) {
            if (before[i] == 3) {
                heirs[after[i]]++;
            }
        }
        assertThat(heirs[3]).isZero();
        heirs[3] = heirs[0];
        assertThat(Arrays.stream(heirs).min().orElseThrow()).isGreaterThan(60);
        assertThat(Arrays.stream(heirs).max().orElseThrow()).isLessThan(500);
    }

    /// S04: a server that goes and comes back finds its clients.
    @ParameterizedTest
    @ValueSource(strings = {"sh", "mh", "conhash"})
    void s04OneThatComesBackHasItsClientsAgain(String name) {
        int[] before = choices(loads(name, "", 1, 1, 2, 3));
        assertThat(choices(loads(name, "", 1, 0, 2, 3))).isNotEqualTo(before);
        assertThat(choices(loads(name, "", 1, 1, 2, 3))).isEqualTo(before);
    }

    /// S05: ten servers that bear ten connections each, and one client with a hundred.
    @ParameterizedTest
    @ValueSource(strings = {"sh", "dh", "mh", "conhash"})
    void s05AFullServerIsWalkedPast(String name) {
        Loads loads = loads(name, "", equal(10));
        for (int i = 0; i < 100; i++) {
            int server = loads.select();
            loads.active[server]++;
            loads.forbidden[server] = loads.active[server] == 10;
        }
        assertThat(loads.active).containsOnly(10);
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "mh", "conhash"})
    void withoutFallbackAnUnusableServerMeansNone(String name) {
        Loads loads = loads(name, "fallback=no", equal(3));
        loads.forbidden[loads.select()] = true;
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
        int[] all = choices(loads);
        assertThat(Arrays.stream(all).filter(server -> server != Scheduler.NONE)).isNotEmpty();
    }

    /// S09: what is hashed is what persistence would keep: the client, or its network.
    @ParameterizedTest
    @ValueSource(strings = {"sh", "mh", "conhash"})
    void s09TheKeyIsWhatIsSaid(String name) {
        Loads source = loads(name, "", equal(10));
        Loads port = loads(name, "hash=source-port", equal(10));
        Loads network = loads(name, "prefix=24", equal(10));
        Loads destination = loads(name, "hash=destination", equal(10));
        boolean[] apart = new boolean[3];
        for (int i = 0; i < 500; i++) {
            int client = 0x0A00_0000 + i;
            int one = select(source, client, 1_000);
            assertThat(select(source, client, 60_000)).isEqualTo(one);
            apart[0] |= one != select(source, client + 1, 1_000);
            apart[1] |= select(port, client, 1_000) != select(port, client, 60_000);
            int ofNetwork = select(network, client, 1_000);
            assertThat(select(network, client ^ 0xFF, 2_000)).isEqualTo(ofNetwork);
            apart[2] |= ofNetwork != select(network, client ^ 0x1_0000, 1_000);
            assertThat(select(destination, client, 1)).isEqualTo(select(destination, 1, 2));
        }
        assertThat(apart).containsOnly(true);
    }

    private static int select(Loads loads, int client, int port) {
        loads.client(client, port);
        return loads.select();
    }

    /// One client in ten makes half of all connections, which stay.
    @Test
    void boundedLoadsKeepTheBusiestNearTheMean() {
        int[] free = busy("");
        int[] bounded = busy("bound=125");
        assertThat(Arrays.stream(free).max().orElseThrow()).isGreaterThan(5_000);
        assertThat(Arrays.stream(bounded).max().orElseThrow()).isLessThanOrEqualTo(1_255);
        assertThat(Arrays.stream(bounded).sum()).isEqualTo(10_000);
    }

    /// Neither the first connection, nor one whose server and all next to it are busy, reads many.
    @Test
    void readsOfOneConnectionWithABoundAreBounded() {
        int[] weights = new int[5_000];
        Arrays.fill(weights, 1);
        Loads loads = loads("conhash", "bound=101", weights);
        for (int i = 0; i < 5_000; i++) {
            loads.active[i] = i % 100 == 0 ? 0 : 1_000;
        }
        for (int i = 0; i < 3_000; i++) {
            loads.client(i);
            loads.reads = 0;
            assertThat(loads.select()).isNotNegative();
            assertThat(loads.reads).isLessThanOrEqualTo(2 * (4 + 8));
        }
        Loads next = loads("conhash", "bound=101", weights);
        int[] origins = new int[5_000];
        Arrays.setAll(origins, i -> i);
        next.resume(loads, origins);
        assertThat(next.select()).isNotNegative();
        assertThat(next.reads).isLessThanOrEqualTo(2 * (4 + 8));
    }

    /// With all down, or all but one, hashing does not walk the whole table.
    @ParameterizedTest
    @ValueSource(strings = {"mh", "conhash"})
    void aWalkOverServersThatAreDownIsShort(String name) {
        int[] weights = new int[10_000];
        Arrays.fill(weights, 1);
        Loads loads = loads(name, "", weights);
        Arrays.fill(loads.forbidden, true);
        loads.looks = 0;
        assertThat(loads.select()).isEqualTo(Scheduler.NONE);
        assertThat(loads.looks).isLessThanOrEqualTo(10_000 + 256);
        loads.forbidden[4_321] = false;
        loads.looks = 0;
        assertThat(loads.select()).isEqualTo(4_321);
        assertThat(loads.looks).isLessThanOrEqualTo(10_000 + 256);
    }

    private static int[] busy(String options) {
        Loads loads = loads("conhash", options, equal(10));
        for (int i = 0; i < 10_000; i++) {
            loads.client(i % 2 == 0 ? 5 : i);
            loads.active[loads.select()]++;
        }
        return loads.active;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mh      | fallback=maybe       | option fallback \"maybe\" is not one of yes, no",
                "mh      | size=250             | option size \"250\" is not a number 251-1048573",
                "mh      | prefix=33            | option prefix \"33\" is not a number 1-32",
                "mh      | prefix6=0            | option prefix6 \"0\" is not a number 1-128",
                "mh      | hash=destination,prefix=24 | has no option \"prefix\"",
                "dh      | hash=source          | has no option \"hash\"",
                "sh      | replicas=3           | has no option \"replicas\"",
                "conhash | bound=100            | is not 0 for none, or 101-1000 percent",
                "conhash | bound=120,fallback=no | is not 0 as it must be with fallback=no",
                "conhash | replicas=0           | is not a number 1-1024",
                "rr      | hash=source          | scheduler \"rr\" has no option \"hash\""
            })
    void wrongOptionsAreRefused(String name, String options, String message) {
        Map<String, String> map = new HashMap<>();
        for (String option : options.split(",", -1)) {
            String[] words = option.split("=", 2);
            map.put(words[0], words[1]);
        }
        assertThatThrownBy(() -> ALL.get(name).checkOptions(map)).hasMessageContaining(message);
    }
}
