// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.core.memory.Region;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InMemoryPuntPortTest {
    private static final int MOST_WAITING = 4096;

    private final InMemoryPuntPort port = new InMemoryPuntPort("klan");
    private final Region memory = Region.allocate(2048, "a frame");

    @AfterEach
    void close() {
        memory.close();
    }

    private boolean toKernel(byte... frame) {
        Memory.fromBytes(frame, memory.address());
        return port.toKernel(memory.address(), frame.length);
    }

    @Test
    void framesReachTheKernelInOrderAndOnce() {
        assertThat(toKernel(new byte[] {1, 2, 3})).isTrue();
        assertThat(toKernel(new byte[] {4})).isTrue();
        Memory.zero(memory.address(), 8);
        assertThat(port.receiveAll()).containsExactly(new byte[] {1, 2, 3}, new byte[] {4});
        assertThat(port.receiveAll()).isEmpty();
        assertThat(port.statistics()).isEqualTo(new PortStatistics(0, 0, 2, 4, 0, 0, 0, 0));
    }

    @Test
    void framesOfTheKernelAreTakenInOrderAndOnce() {
        byte[] frame = {1, 2, 3};
        port.send(frame);
        port.send(new byte[] {4});
        frame[0] = 9; // it was sent as it was
        assertThat(port.fromKernel(memory.address(), 3)).isEqualTo(3);
        assertThat(Memory.toBytes(memory.address(), 3)).isEqualTo(new byte[] {1, 2, 3});
        assertThat(port.fromKernel(memory.address(), 3)).isOne();
        assertThat(port.fromKernel(memory.address(), 3)).isZero();
        assertThat(port.statistics()).isEqualTo(new PortStatistics(2, 4, 0, 0, 0, 0, 0, 0));
    }

    /// As an interface does with a packet for which a reader has too little room.
    @Test
    void aFrameThatDoesNotFitIsLost() {
        port.send(new byte[4]);
        port.send(new byte[] {7});
        assertThat(port.fromKernel(memory.address(), 3)).isZero();
        assertThat(port.fromKernel(memory.address(), 3)).isOne();
        assertThat(port.statistics().receivedPackets()).isOne();
    }

    @Test
    void aKernelThatDoesNotListenRefuses() {
        for (int i = 0; i < MOST_WAITING; i++) {
            assertThat(toKernel((byte) i)).isTrue();
        }
        assertThat(toKernel((byte) 1)).isFalse();
        assertThat(toKernel((byte) 1)).isFalse();
        assertThat(port.statistics())
                .isEqualTo(new PortStatistics(0, 0, MOST_WAITING, MOST_WAITING, 0, 0, 2, 0));
        assertThat(port.receiveAll()).hasSize(MOST_WAITING);
        assertThat(toKernel((byte) 1)).as("there is room again").isTrue();
    }

    @Test
    void whatIsListenedToIsReplaced() {
        Set<MacAddress> groups = new HashSet<>(Set.of(MacAddress.parse("01:00:5e:00:00:05")));
        assertThat(port.listened()).isEmpty();
        port.listen(groups);
        groups.clear();
        assertThat(port.listened()).containsExactly(MacAddress.parse("01:00:5e:00:00:05"));
        port.listen(Set.of());
        assertThat(port.listened()).isEmpty();
    }

    @Test
    void theInterfaceIsAsTheBalancerSaysLast() {
        MacAddress mac = MacAddress.parse("02:00:00:00:00:02");
        assertThat(port.mirrored()).isNull();
        port.mirror(mac, 1500, true);
        port.mirror(mac, 1400, false);
        assertThat(port.mirrored()).isEqualTo(new InMemoryPuntPort.Mirrored(mac, 1400, false));
        assertThat(port.name()).isEqualTo("klan");
    }
}
