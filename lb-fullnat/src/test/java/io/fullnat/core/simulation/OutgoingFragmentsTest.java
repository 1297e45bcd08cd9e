// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fullnat.api.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Datagrams that are longer than a host's MTU of 1,500 bytes.
class OutgoingFragmentsTest {
    private static final int LONGEST = 65_507;

    @ParameterizedTest
    @CsvSource({
        "IPV4,0,0",
        "IPV4,1472,0",
        "IPV4,1473,2",
        "IPV4,2952,2",
        "IPV4,2953,3",
        "IPV4,65507,45",
        "IPV6,1452,0",
        "IPV6,1453,2",
        "IPV6,2888,2",
        "IPV6,2889,3",
        "IPV6,65507,46"
    })
    void whatDoesNotFitComesInFragments(HostFamily family, int length, int fragments) {
        byte[] data = Body.of(length, length);
        List<byte[]> got = new ArrayList<>();
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            hosts.server.udp().bind(7, datagram -> got.add(datagram.data()));
            hosts.client.udp().sendInFragments(40_000, family.server(7), new byte[1]);
            hosts.runUntil(() -> !got.isEmpty(), Duration.ofSeconds(10)); // they know each other
            hosts.client.udp().sendInFragments(40_000, family.server(7), data);
            hosts.runUntil(() -> got.size() == 2, Duration.ofSeconds(10));
            assertThat(got.getLast()).isEqualTo(data);
            assertThat(hosts.server.counters().fragments()).isEqualTo(fragments);
            hosts.assertClean();
        }
    }

    /// Two at once are told apart by their identifications.
    @ParameterizedTest
    @EnumSource
    void twoThatAreMixedArrive(HostFamily family) {
        List<byte[]> got = new ArrayList<>();
        try (TwoHosts hosts =
                TwoHosts.onBadWire(1, wire -> wire.withDuplication(0.1).withDelay(0, 9_000_000))) {
            hosts.server.udp().bind(7, datagram -> got.add(datagram.data()));
            hosts.client.udp().sendInFragments(1, family.server(7), new byte[1]);
            hosts.run(Duration.ofSeconds(1));
            got.clear();
            Endpoint server = family.server(7);
            hosts.client.udp().sendInFragments(family.client(1), server, Body.of(1, 20_000));
            hosts.client.udp().sendInFragments(family.client(1), server, Body.of(2, 20_000));
            hosts.run(Duration.ofSeconds(1));
            assertThat(got).contains(Body.of(1, 20_000), Body.of(2, 20_000)).hasSizeBetween(2, 4);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsLongerThanADatagramIsRefused(HostFamily family) {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            SimulatedUdp udp = hosts.client.udp();
            byte[] data = new byte[LONGEST + 1];
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> udp.sendInFragments(1, family.server(7), data))
                    .withMessageContaining("65507 would");
        }
    }
}
