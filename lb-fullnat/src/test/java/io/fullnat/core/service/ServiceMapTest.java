// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Services are found by the whole of their key, and by nothing else: by their port, else in
/// [PortRanges].
@Tag("optimized")
class ServiceMapTest {
    private static final int TCP = 6;
    private static final int UDP = 17;

    private static ServiceEntry entry(ServiceKey key) {
        return entry(key, new ServerEntry[0], null);
    }

    private static ServiceEntry entry(
            ServiceKey key, ServerEntry[] servers, @Nullable ServerEntry sorry) {
        return new ServiceEntry(
                VirtualService.of(key),
                0,
                (request, loads) -> Scheduler.NONE,
                servers,
                sorry,
                new LocalEntry[0],
                new TrafficTable[] {new TrafficTable(1, 1, 1)},
                new HealthWords(1, 1),
                null);
    }

    private static long low(String address) {
        return Ipv4Address.parse(address).low();
    }

    @Test
    void eachPartOfTheKeyCounts() {
        ServiceEntry web = entry(ServiceKey.tcp("192.0.2.1", 80));
        ServiceEntry dns = entry(ServiceKey.udp("192.0.2.1", 53));
        ServiceMap map = new ServiceMap(List.of(web, dns), StateTimeouts.DEFAULT, EndRules.DEFAULT);

        assertThat(map.find(0, low("192.0.2.1"), 80, TCP)).isSameAs(web);
        assertThat(map.find(0, low("192.0.2.1"), 53, UDP)).isSameAs(dns);
        assertThat(map.find(0, low("192.0.2.1"), 80, UDP)).isNull();
        assertThat(map.find(0, low("192.0.2.1"), 81, TCP)).isNull();
        assertThat(map.find(0, low("192.0.2.2"), 80, TCP)).isNull();
        assertThat(map.find(1, low("192.0.2.1"), 80, TCP)).isNull();
        assertThat(map.find(0, low("192.0.2.1") & 0xFFFF_FFFFL, 80, TCP)).isNull();
        assertThat(map.isVirtualAddress(0, low("192.0.2.1"))).isTrue();
        assertThat(map.isVirtualAddress(0, low("192.0.2.2"))).isFalse();
        assertThat(map.size()).isEqualTo(2);
    }

    private static ServiceEntry entry(String frontend) {
        return entry(ServiceKey.parse(Protocol.TCP, frontend));
    }

    /// Sections of ports are those that a search through all ranges finds, whatever is within what.
    @Test
    void theNarrowestRangeOfAPortIsFound() {
        RandomGenerator random = Seed.generator();
        for (int round = 0; round < 50; round++) {
            List<ServiceEntry> entries = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int first = random.nextInt(200);
                ServiceEntry made =
                        entry(
                                "192.0.2.1:"
                                        + (first == 0 ? "0" : first + "-" + range(random, first)));
                Frontend front = made.frontends().getFirst();
                if (entries.stream()
                        .noneMatch(one -> front.collidesWith(one.frontends().getFirst()))) {
                    entries.add(made);
                }
            }
            entries.add(entry("192.0.2.2:1-100"));
            ServiceMap map = new ServiceMap(entries, StateTimeouts.DEFAULT, EndRules.DEFAULT);
            for (int port = 0; port < 260; port++) {
                Endpoint asked = new Endpoint(Ipv4Address.parse("192.0.2.1"), port);
                ServiceEntry wanted =
                        entries.stream()
                                .filter(one -> one.frontends().getFirst().covers(asked))
                                .min(
                                        Comparator.comparingInt(one -> {
                                            Frontend front = one.frontends().getFirst();
                                            return front.to() - front.from();
                                        }))
                                .orElse(null);
                assertThat(map.find(0, asked.address().low(), port, TCP))
                        .as(Seed.message(port))
                        .isSameAs(wanted);
            }
            assertThat(map.find(0, low("192.0.2.1"), 5, UDP)).isNull();
            assertThat(map.find(0, low("192.0.2.3"), 5, TCP)).isNull();
        }
    }

    private static int range(RandomGenerator random, int first) {
        return first + random.nextInt(50);
    }

    @Test
    void theFirstAndTheLastPortAreOfTheRange() {
        ServiceEntry range = entry("192.0.2.1:1000-2000");
        ServiceEntry all = entry("192.0.2.2:0");
        ServiceMap map =
                new ServiceMap(List.of(range, all), StateTimeouts.DEFAULT, EndRules.DEFAULT);

        assertThat(map.find(0, low("192.0.2.1"), 999, TCP)).isNull();
        assertThat(map.find(0, low("192.0.2.1"), 1000, TCP)).isSameAs(range);
        assertThat(map.find(0, low("192.0.2.1"), 2000, TCP)).isSameAs(range);
        assertThat(map.find(0, low("192.0.2.1"), 2001, TCP)).isNull();
        assertThat(map.find(0, low("192.0.2.2"), 0, TCP)).isNull();
        assertThat(map.find(0, low("192.0.2.2"), 1, TCP)).isSameAs(all);
        assertThat(map.find(0, low("192.0.2.2"), 65_535, TCP)).isSameAs(all);
        assertThat(map.isVirtualAddress(0, low("192.0.2.2"))).isTrue();
    }

    private static ServerEntry server(String address) {
        IpAddress parsed = IpAddress.parse(address);
        return new ServerEntry(
                parsed.high(),
                parsed.low(),
                80,
                1,
                0,
                new LocalEntry[0],
                new PortAllocator[0],
                new int[0],
                0,
                null);
    }

    private static boolean hasIpv6(ServiceEntry entry) {
        return new ServiceMap(List.of(entry), StateTimeouts.DEFAULT, EndRules.DEFAULT).hasIpv6();
    }

    @Test
    void ipv6TakesPartInFrontBehindOrAsTheSorryServer() {
        ServiceKey key = ServiceKey.tcp("192.0.2.1", 80);
        ServerEntry[] ipv4 = {server("10.0.1.1")};

        assertThat(hasIpv6(entry(key, ipv4, null))).isFalse();
        assertThat(hasIpv6(entry(key, ipv4, server("10.0.1.2")))).isFalse();
        assertThat(hasIpv6(entry(ServiceKey.tcp("2001:db8::1", 80), ipv4, null))).isTrue();
        assertThat(hasIpv6(entry(key, new ServerEntry[] {server("2001:db8::9")}, null))).isTrue();
        assertThat(hasIpv6(entry(key, ipv4, server("2001:db8::9")))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 64, 65, 20_000})
    void allAreFoundHoweverManyThereAre(int count) {
        List<ServiceEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(
                    entry(ServiceKey.tcp("192.0." + i / 256 % 256 + "." + i % 256, 80 + i / 7)));
        }
        ServiceMap map = new ServiceMap(entries, StateTimeouts.DEFAULT, EndRules.DEFAULT);

        for (ServiceEntry entry : entries) {
            ServiceKey key = entry.service().key();
            long low = key.endpoint().address().low();
            assertThat(map.find(0, low, key.endpoint().port(), TCP)).isSameAs(entry);
            assertThat(map.find(0, low, key.endpoint().port(), UDP)).isNull();
        }
        assertThat(map.size()).isEqualTo(count);
    }
}
