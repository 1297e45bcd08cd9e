// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a simulated host reads of an option of IPv4 that tells a datagram's client.
class AnnouncingOptionTest {
    private final TwoHosts hosts = TwoHosts.onGoodWire();
    private final List<String> received = new ArrayList<>();

    AnnouncingOptionTest() {
        hosts.server
                .udp()
                .bind(53, datagram -> received.add(HexFormat.of().formatHex(datagram.data())));
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    private void send(String option, int port, String data) {
        PacketBuilder frame =
                HostFamily.IPV4
                        .ip(
                                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02"),
                                HostFamily.IPV4.client,
                                HostFamily.IPV4.server)
                        .ipOptions(HexFormat.of().parseHex(option))
                        .udp(port, 53)
                        .payload(data);
        new FrameEnd(hosts.io.wire("client").near(), hosts.io.buffers()).send(frame);
        hosts.run(Duration.ofMillis(5));
    }

    @Test
    void itTellsTheClientBesideTheDatagram() {
        send("0101" + "1F089C41C6336407" + "0000", 40_000, "abcd");
        assertThat(received).containsExactly("61626364");
        assertThat(hosts.server.udp().announcedClients())
                .containsExactly(
                        Map.entry(
                                HostFamily.IPV4.client(40_000),
                                Endpoint.of("198.51.100.7", 40_001)));
    }

    @Test
    void aBrokenOneTellsNothing() {
        send("011F0900", 40_001, "x");
        assertThat(received).containsExactly("78");
        assertThat(hosts.server.udp().announcedClients()).isEmpty();
    }
}
