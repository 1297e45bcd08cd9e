// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.PacketBuilder;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The sample of sent frames that the benchmark's port looks at.
class PacketMakerTest {
    private static final String PORT_MAC = "02:00:00:00:00:01";
    private static final String CLIENT_MAC = "02:00:00:00:00:c1";
    private static final int DAMAGED = 40;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void free() {
        arena.close();
    }

    private long copied(byte[] frame) {
        long address = arena.allocate(frame.length, Long.BYTES).address();
        for (int i = 0; i < frame.length; i++) {
            Memory.putByte(address + i, frame[i]);
        }
        return address;
    }

    private static PacketBuilder datagram() {
        return PacketBuilder.ethernet(PORT_MAC, CLIENT_MAC)
                .ipv4("203.0.113.100", "203.0.113.11")
                .udp(2000, 800)
                .payload("anything");
    }

    @Test
    void aRightPacketPasses() {
        long data = copied(datagram().toBytes());

        assertThatCode(() -> PacketMaker.verify(data)).doesNotThrowAnyException();
    }

    @Test
    void aWrongChecksumIsToldWithTheDestination() {
        byte[] frame = datagram().toBytes();
        frame[DAMAGED]++;
        long data = copied(frame);

        assertThatThrownBy(() -> PacketMaker.verify(data))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("wrong checksum")
                .hasMessageContaining("cb00710b");
    }

    @Test
    void anAnnouncementByArpHasNoChecksumToBeWrong() {
        long data =
                copied(
                        PacketBuilder.ethernet(PORT_MAC, "ff:ff:ff:ff:ff:ff")
                                .arp(
                                        1,
                                        PORT_MAC,
                                        "203.0.113.200",
                                        "00:00:00:00:00:00",
                                        "203.0.113.200")
                                .toBytes());

        assertThatCode(() -> PacketMaker.verify(data)).doesNotThrowAnyException();
    }
}
