// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.Handshakes;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows are searched, sorted and cut.
final class ListingTest {
    private static final ServerHealth DOWN =
            new ServerHealth(
                    false,
                    Use.OUT,
                    State.UP,
                    State.DOWN,
                    State.UNCHECKED,
                    State.UNCHECKED,
                    "Connection refused",
                    Duration.ZERO,
                    Optional.empty(),
                    1,
                    0);

    /// @param micros how long the slowest handshakes of the last minute took, 0 if there was none:
    ///   the longer, the less did those before
    private static ServerRow row(
            String address, int weight, long active, ServerHealth health, long micros) {
        TrafficRates rates = new TrafficRates(weight, active, 0, 0, 100 - active);
        Handshakes handshakes =
                micros == 0
                        ? Handshakes.NONE
                        : new Handshakes(times(micros), times(1_000_000 / micros));
        return new ServerRow(
                ServiceKey.tcp("192.0.2.80", 80),
                new RealServerStatus(
                        RealServer.of(address, 80).withWeight(weight),
                        active,
                        1,
                        TrafficCounts.ZERO,
                        rates,
                        health,
                        handshakes,
                        0));
    }

    /// Of a hundred handshakes, 98 of which were done at once.
    private static HandshakeTimes times(long micros) {
        long[] counts = new long[HandshakeTimes.BUCKETS];
        counts[0] = 98;
        counts[HandshakeTimes.bucket(micros)] += 2;
        return HandshakeTimes.of(counts);
    }

    private static final List<ServerRow> ROWS =
            List.of(
                    row("10.0.1.9", 1, 30, ServerHealth.UNCHECKED, 100),
                    row("10.0.1.10", 5, 10, DOWN, 0),
                    row("2001:db8::5", 5, 20, ServerHealth.UNCHECKED, 1_000));

    private static String shown(Listing<ServerRow> listing) {
        return String.join(
                " ",
                listing.rows().stream()
                        .map(row -> row.status().server().endpoint().address().toString())
                        .toList());
    }

    @ParameterizedTest
    @CsvSource({
        "'', 10.0.1.9 10.0.1.10 2001:db8::5",
        "name, 10.0.1.9 10.0.1.10 2001:db8::5",
        "connections, 10.0.1.9 2001:db8::5 10.0.1.10",
        "weight, 10.0.1.10 2001:db8::5 10.0.1.9",
        "rate, 10.0.1.10 2001:db8::5 10.0.1.9",
        "packets, 10.0.1.9 2001:db8::5 10.0.1.10",
        "bytes, 10.0.1.10 2001:db8::5 10.0.1.9",
        "p99, 2001:db8::5 10.0.1.9 10.0.1.10",
        "down, 10.0.1.10 10.0.1.9 2001:db8::5",
    })
    void sortedByNumbersTheLargestFirst(String sort, String expected) {
        Listing<ServerRow> listing =
                Listing.servers(ROWS, new Listing.Query("", sort, false, 0, Listing.MOST));

        assertThat(shown(listing)).isEqualTo(expected);
    }

    /// What is shown of many is what sorting all of them would show.
    @ParameterizedTest
    @ValueSource(strings = {"name", "connections", "weight", "rate", "p99"})
    void someOfManyAreThoseThatSortingShows(String sort) {
        RandomGenerator random = Seed.generator();
        List<ServerRow> many = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            long micros = List.of(0L, 50L, 400L, 9_000L).get(random.nextInt(4));
            many.add(row("10.0.2." + i, random.nextInt(5), random.nextInt(3), DOWN, micros));
        }
        Comparator<ServerRow> order =
                switch (sort) {
                    case "connections" -> Comparator.comparingLong(row -> -row.connections());
                    case "weight" ->
                            Comparator.comparingLong(row -> -row.status().server().weight());
                    case "rate" ->
                            Comparator.comparingLong(row -> -row.status().rates().connections());
                    case "p99" ->
                            Comparator.comparingLong(
                                    row -> -row.status().handshakes().lastMinute().micros(0.99));
                    default -> Comparator.comparingLong(row -> 0);
                };
        for (boolean reverse : new boolean[] {false, true}) {
            Comparator<ServerRow> whole = order.thenComparing(ServerRow.BY_NAME);
            List<ServerRow> sorted =
                    many.stream().sorted(reverse ? whole.reversed() : whole).toList();
            for (int offset : new int[] {0, 1, 150, 199, 200, 500}) {
                Listing.Query query = new Listing.Query("", sort, reverse, offset, 50);
                assertThat(Listing.servers(many, query).rows())
                        .isEqualTo(sorted.stream().skip(offset).limit(50).toList());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.1, 2, 10.0.1.9 10.0.1.10",
        "'  REFUSED down ', 1, 10.0.1.10",
        "refused up, 0, ''",
        "192.0.2.80, 3, 10.0.1.9 10.0.1.10 2001:db8::5",
        "'(.*', 0, ''",
    })
    void allWordsOfASearchAreThere(String search, int matched, String expected) {
        Listing<ServerRow> listing =
                Listing.servers(ROWS, new Listing.Query(search, "", false, 0, 10));

        assertThat(listing.total()).isEqualTo(3);
        assertThat(listing.matched()).isEqualTo(matched);
        assertThat(shown(listing)).isEqualTo(expected);
    }

    @Test
    void cutsAfterItHasCounted() {
        Listing<ServerRow> listing =
                Listing.servers(ROWS, new Listing.Query("10.0.1", "", false, 1, 1));

        assertThat(listing.matched()).isEqualTo(2);
        assertThat(shown(listing)).isEqualTo("10.0.1.10");
        assertThatThrownBy(() -> new Listing.Query("", "", false, -1, 1))
                .isInstanceOf(BalancerException.class);
    }
}
