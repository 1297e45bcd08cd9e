// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tables [Ipv4Table] and [TupleTable] alone: the longest or most precise entry counts, an
/// exception takes out, and what collides is told apart.
class TablesTest {
    private static final int WEB = (6 << 16) | 80;

    private static List<SetEntry> entries(SetType type, SetFamily family, String... members) {
        IpSet.Builder builder = IpSet.builder("table", type).family(family);
        for (String member : members) {
            boolean exception = member.startsWith("!");
            builder.add(
                    new SetMember(exception ? member.substring(1) : member, exception, ""), true);
        }
        return builder.build().entries();
    }

    private static Ipv4Table networks(String... members) {
        return new Ipv4Table(entries(SetType.HASH_NET, SetFamily.IPV4, members));
    }

    private static boolean has(Ipv4Table table, String address) {
        return table.contains(IpAddress.parse(address).low());
    }

    @Test
    void theLongestNetworkDecides() {
        Ipv4Table table =
                networks("10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24", "!10.1.2.3", "192.0.2.1");
        assertThat(has(table, "10.0.0.0")).isTrue();
        assertThat(has(table, "10.255.255.255")).isTrue();
        assertThat(has(table, "10.1.0.0")).isFalse();
        assertThat(has(table, "10.1.3.0")).isFalse();
        assertThat(has(table, "10.1.2.0")).isTrue();
        assertThat(has(table, "10.1.2.3")).isFalse();
        assertThat(has(table, "10.1.2.4")).isTrue();
        assertThat(has(table, "9.255.255.255")).isFalse();
        assertThat(has(table, "11.0.0.0")).isFalse();
        assertThat(has(table, "192.0.2.1")).isTrue();
        assertThat(has(table, "192.0.2.0")).isFalse();
    }

    /// So many that slots and bits of the filter are shared by some.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 64, 1000, 5000})
    void manyHostsAreToldApart(int count) {
        RandomGenerator random = Seed.generator();
        Set<Integer> hosts = new HashSet<>();
        while (hosts.size() < count) {
            hosts.add(0x0A00_0000 | random.nextInt(1 << 16));
        }
        Ipv4Table table =
                networks(
                        hosts.stream()
                                .map(host -> IpPrefix.parse(address(host) + "/32").toString())
                                .toArray(String[]::new));
        for (int host = 0x0A00_0000; host <= 0x0A00_FFFF; host++) {
            assertThat(table.contains(IpAddress.mapped(host)))
                    .as("%s of %s", address(host), Seed.message(0))
                    .isEqualTo(hosts.contains(host));
        }
    }

    private static String address(int host) {
        return (host >>> 24)
                + "."
                + ((host >> 16) & 255)
                + "."
                + ((host >> 8) & 255)
                + "."
                + (host & 255);
    }

    private static TupleTable tuples(int buckets, String... members) {
        return new TupleTable(
                entries(SetType.HASH_NET_PORT, SetFamily.IPV4, members), buckets, name -> 0);
    }

    private static boolean has(TupleTable table, String address, int protocol, int port) {
        IpAddress asked = IpAddress.parse(address);
        return table.contains(
                asked.high(),
                asked.low(),
                (protocol << 16) | port,
                0,
                0,
                (protocol << 16) | port,
                0);
    }

    @Test
    void addressAndPortHaveToFitBoth() {
        TupleTable table =
                tuples(
                        1,
                        "10.0.0.0/8,tcp:80",
                        "!10.1.0.0/16,tcp:80",
                        "10.1.2.3,tcp:80",
                        "10.1.2.3,udp:53");
        assertThat(has(table, "10.2.0.0", 6, 80)).isTrue();
        assertThat(has(table, "10.2.0.0", 17, 80)).isFalse();
        assertThat(has(table, "10.2.0.0", 6, 81)).isFalse();
        assertThat(has(table, "10.1.0.0", 6, 80)).as("an exception").isFalse();
        assertThat(has(table, "10.1.2.3", 6, 80)).as("more precise").isTrue();
        assertThat(has(table, "10.1.2.3", 17, 53)).isTrue();
        assertThat(has(table, "10.1.2.4", 17, 53)).isFalse();
        assertThat(has(table, "11.0.0.0", 6, 80)).isFalse();
    }

    @Test
    void aTableThatIsAsSmallAsItMayFindsAllAndNothingElse() {
        RandomGenerator random = Seed.generator();
        Set<String> added = new HashSet<>();
        for (int i = 0; i < 600; i++) {
            added.add(
                    address(0x0A00_0000 | random.nextInt(64)) + ",tcp:" + (1 + random.nextInt(64)));
        }
        TupleTable table = tuples(1, new ArrayList<>(added).toArray(String[]::new));
        for (int host = 0; host < 64; host++) {
            for (int port = 1; port <= 64; port++) {
                String address = address(0x0A00_0000 | host);
                assertThat(has(table, address, 6, port))
                        .as("%s %d of %s", address, port, Seed.message(0))
                        .isEqualTo(added.contains(address + ",tcp:" + port));
            }
        }
    }

    /// Devices are numbers of the balancer, asked for once by name.
    @Test
    void aDeviceIsPartOfTheName() {
        List<SetEntry> entries =
                entries(SetType.HASH_NET_PORT_IFACE, SetFamily.IPV4, "10.0.0.0/8,tcp:80,left");
        TupleTable table = new TupleTable(entries, 1, name -> name.equals("left") ? 3 : -1);
        long low = IpAddress.parse("10.1.1.1").low();
        assertThat(table.contains(0, low, WEB, 0, 0, WEB, 3)).isTrue();
        assertThat(table.contains(0, low, WEB, 0, 0, WEB, 4)).isFalse();
        assertThat(table.contains(0, low, WEB, 0, 0, WEB, 0)).isFalse();
    }
}
