// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a simulated host reads of an [Announcement] beside a datagram.
@ParameterizedClass
@EnumSource(HostFamily.class)
class AnnouncementTest {
    private static final String V4 = "1F089C41C6336407";
    private static final String V6 = "1F149C4120010DB8000000000000000000000009";

    private final HostFamily family;
    private final TwoHosts hosts = TwoHosts.onGoodWire();
    private final List<String> received = new ArrayList<>();

    AnnouncementTest(HostFamily family) {
        this.family = family;
        hosts.server
                .udp()
                .bind(53, datagram -> received.add(HexFormat.of().formatHex(datagram.data())));
    }

    @AfterEach
    void close() {
        hosts.close();
    }

    /// A datagram of "abcd" whose checksum is that of UDP, behind a header.
    private void send(String header) {
        byte[] plain = ip().udp(40_000, 53).payload("abcd").toBytes();
        int at = 14 + family.headerLength;
        byte[] front = HexFormat.of().parseHex(header);
        byte[] payload = new byte[front.length + plain.length - at];
        ByteBuffer.wrap(payload).put(front).put(plain, at, plain.length - at);
        send(ip().protocol(Announcement.PROTOCOL).payload(payload));
    }

    private PacketBuilder ip() {
        return family.ip(
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02"),
                family.client,
                family.server);
    }

    private void send(PacketBuilder frame) {
        new FrameEnd(hosts.io.wire("client").near(), hosts.io.buffers()).send(frame);
        hosts.run(Duration.ofMillis(5));
    }

    @Test
    void aHeaderTellsOfClientsOfBothFamilies() {
        send("1011000C" + V4);
        assertThat(hosts.server.udp().announcedClients())
                .containsOnly(
                        Map.entry(family.client(40_000), Endpoint.of("198.51.100.7", 40_001)));
        send("20110018" + V6);
        assertThat(hosts.server.udp().announcedClients())
                .containsValue(Endpoint.of("2001:db8::9", 40_001));
        assertThat(received).containsExactly("61626364", "61626364");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3011000C" + V4,
                "1006000C" + V4,
                "1011000B" + V4,
                "10110018" + V4,
                "1011000C" + "1E089C41C6336407",
                "1011000C" + "1F099C41C6336407",
                "1011"
            })
    void aBrokenOneIsMalformed(String header) {
        send(header);
        assertThat(received).isEmpty();
        assertThat(hosts.server.counters().malformed()).isOne();
    }
}
