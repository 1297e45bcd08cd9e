// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.PacketBuilder;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FlowMeterTest {
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void countsEachDirectionOfAFlow() {
        long question = udp("192.0.2.1", 1000, "192.0.2.2", 53);
        long answer = udp("192.0.2.2", 53, "192.0.2.1", 1000);
        try (FlowMeter meter = new FlowMeter(10, 0)) {
            meter.count(question, 0);
            meter.count(answer, 0);
            meter.count(question, 1);

            assertThat(meter.flows()).isEqualTo(1);
            assertThat(meter.packets(question)).isEqualTo(2);
            assertThat(meter.packets(answer)).isEqualTo(1);
        }
    }

    @Test
    void forgetsSilentFlows() {
        long silent = udp("192.0.2.1", 1000, "192.0.2.2", 53);
        long busy = udp("192.0.2.1", 1001, "192.0.2.2", 53);
        try (FlowMeter meter = new FlowMeter(10, 0)) {
            meter.count(silent, 0);
            for (int second = 0; second < 120; second++) {
                meter.count(busy, second);
            }

            assertThat(meter.packets(silent)).isZero();
            assertThat(meter.packets(busy)).isEqualTo(120);
            assertThat(meter.flows()).isEqualTo(1);
        }
    }

    @Test
    void saysHowMuchDidNotFit() {
        try (FlowMeter meter = new FlowMeter(2, 0)) {
            for (int port = 1; port <= 5; port++) {
                meter.count(udp("192.0.2.1", port, "192.0.2.2", 53), 0);
            }

            assertThat(meter.flows()).isEqualTo(2);
            assertThat(meter.uncounted()).isEqualTo(3);
        }
    }

    private long udp(String source, int sourcePort, String destination, int destinationPort) {
        byte[] frame =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv4(source, destination)
                        .udp(sourcePort, destinationPort)
                        .payload("12345678")
                        .toBytes();
        long address = arena.allocate(frame.length, 8).address();
        Memory.fromBytes(frame, address);
        return address + Ethernet.HEADER_LENGTH;
    }
}
