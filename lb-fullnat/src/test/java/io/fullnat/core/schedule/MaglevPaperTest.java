// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.fullnat.api.service.RealServer;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The experiments of the Maglev paper (NSDI 2016, section 5.3): 1000 servers in its two tables.
/// What comes out stands in docs/schedulers.md.
class MaglevPaperTest {
    private static final int SERVERS = 1_000;
    private static final char FREE = 0xFFFF;

    /// Figure 11: "almost perfect load balancing no matter what the table size is".
    @ParameterizedTest
    @CsvSource({"65537, 65, 66, 0.71", "655373, 655, 656, 0.1"})
    void imbalanceIsAsPublished(int size, int least, int most, double percent) {
        int[] slots = new int[SERVERS];
        for (char server : slots(servers(), size)) {
            slots[server]++;
        }
        assertThat(Arrays.stream(slots).min()).hasValue(least);
        assertThat(Arrays.stream(slots).max()).hasValue(most);
        double mean = (double) size / SERVERS;
        assertThat(100 * (most / mean - 1)).as("to be provided more").isLessThan(percent);
    }

    /// Figure 12: servers go at random; how many of all slots change. The least is what those had.
    /// The paper draws a curve without numbers, so the same is done with permutations that are
    /// random, as it takes its hashes to be, in tables that are filled as its pseudocode says: ours
    /// are as good.
    ///
    /// @param gone how many go at once
    /// @param times experiments
    /// @param percent of all slots that change
    /// @param random likewise, with random permutations
    @ParameterizedTest
    @CsvSource({
        "65537, 1, 40, 0.69, 0.69",
        "65537, 5, 40, 2.3, 2.3",
        "65537, 10, 40, 3.4, 3.3",
        "65537, 20, 40, 4.7, 4.7",
        "65537, 50, 40, 8.3, 8.3",
        "655373, 1, 5, 0.44, 0.43",
        "655373, 10, 5, 1.6, 1.6",
        "655373, 50, 5, 5.9, 5.9",
    })
    void disruptionIsThatOfRandomPermutations(
            int size, int gone, int times, double percent, double random) {
        List<RealServer> servers = servers();
        RandomGenerator generator = Seed.generator(size + gone);
        char[] before = slots(servers, size);
        int[] offsets = generator.ints(SERVERS, 0, size).toArray();
        int[] skips = generator.ints(SERVERS, 1, size).toArray();
        char[] ideal = populate(offsets, skips, IntStream.range(0, SERVERS).toArray(), size);
        long ours = 0;
        long theirs = 0;
        for (int time = 0; time < times; time++) {
            List<Integer> order = new ArrayList<>(IntStream.range(0, SERVERS).boxed().toList());
            Collections.shuffle(order, Random.from(generator));
            List<RealServer> left = new ArrayList<>(servers);
            order.subList(0, gone)
                    .forEach(server -> left.set(server, servers.get(server).withWeight(0)));
            ours += changes(before, slots(left, size));
            int[] stay = order.stream().skip(gone).mapToInt(server -> server).sorted().toArray();
            theirs += changes(ideal, populate(offsets, skips, stay, size));
        }
        double all = times * size / 100.0;
        assertThat(ours / all).as("of ours").isCloseTo(percent, withinPercentage(10));
        assertThat(theirs / all).as("of random ones").isCloseTo(random, withinPercentage(10));
        assertThat(ours / all).as("beside them").isCloseTo(theirs / all, withinPercentage(10));
        assertThat(ours / all).isGreaterThan(100.0 * gone / SERVERS);
    }

    private static List<RealServer> servers() {
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
            servers.add(RealServer.of("10.0." + i / 250 + "." + (1 + i % 250), 80));
        }
        return servers;
    }

    private static char[] slots(List<RealServer> servers, int size) {
        MaglevTable table = MaglevTable.of(servers, size);
        char[] slots = new char[table.size()];
        for (int slot = 0; slot < slots.length; slot++) {
            slots[slot] = (char) table.server(slot);
        }
        return slots;
    }

    /// The table of some servers with given permutations, as pseudocode 1 of the paper fills it.
    private static char[] populate(int[] offsets, int[] skips, int[] servers, int size) {
        char[] slots = new char[size];
        Arrays.fill(slots, FREE);
        int[] next = offsets.clone();
        for (int filled = 0; filled < size; filled++) {
            int server = servers[filled % servers.length];
            while (slots[next[server]] != FREE) {
                next[server] = (next[server] + skips[server]) % size;
            }
            slots[next[server]] = (char) server;
        }
        return slots;
    }

    private static long changes(char[] before, char[] after) {
        return IntStream.range(0, before.length).filter(i -> before[i] != after[i]).count();
    }
}
