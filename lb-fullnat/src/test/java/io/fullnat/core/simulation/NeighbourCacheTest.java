// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeighbourCacheTest {
    private static final MacAddress MAC = MacAddress.parse("02:a1:b2:c3:d4:e5");
    private static final IpAddress OTHER = IpAddress.parse("10.0.0.9");

    private final OneHost one = new OneHost();
    private final List<IpAddress> asked = new ArrayList<>();
    private final NeighbourCache cache = new NeighbourCache(one.host, one.outbox, asked::add);

    @AfterEach
    void close() {
        one.close();
    }

    private static byte[] frame(int number) {
        return PacketBuilder.ethernet(OneHost.MAC, OneHost.ALL)
                .ipv4(OneHost.OWN, "10.0.0.2")
                .udp(number, 7)
                .payload(new byte[40])
                .toBytes();
    }

    private static byte[] addressed(int number) {
        byte[] frame = frame(number);
        System.arraycopy(
                new byte[] {2, (byte) 0xA1, (byte) 0xB2, (byte) 0xC3, (byte) 0xD4, (byte) 0xE5},
                0,
                frame,
                0,
                6);
        return frame;
    }

    private void work(long ms) {
        one.at(ms);
        cache.doWork();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.2", "2001:db8::2", "fe80::2"})
    void packetsWaitInOrderUntilTheirNeighbourIsKnown(String neighbour) {
        IpAddress address = IpAddress.parse(neighbour);
        assertThat(cache.concerns(address)).isFalse();
        cache.send(frame(1), address);
        cache.send(frame(2), address);
        assertThat(cache.concerns(address)).isTrue();
        assertThat(cache.find(address)).isEmpty();
        cache.learn(OTHER, MAC);
        assertThat(one.out()).isEmpty();

        cache.learn(address, MAC);
        assertThat(one.out()).containsExactly(addressed(1), addressed(2));
        assertThat(cache.find(address)).contains(MAC);
        cache.send(frame(3), address);
        assertThat(one.out()).containsExactly(addressed(3));
        work(10_000);
        assertThat(asked).isEmpty();
    }

    @Test
    void aNeighbourIsAskedForFiveTimesASecondApart() {
        cache.send(frame(1), OTHER);
        work(0);
        work(999);
        assertThat(asked).hasSize(1);
        for (int second = 1; second < 5; second++) {
            work(second * 1000L);
            work(second * 1000L + 999);
            assertThat(asked).hasSize(second + 1).containsOnly(OTHER);
        }
        assertThat(cache.concerns(OTHER)).isTrue();
        work(5000);
        assertThat(asked).hasSize(5);
        assertThat(cache.concerns(OTHER)).isFalse();
        assertThat(one.host.counters().unresolved()).isOne();
        cache.learn(OTHER, MAC);
        assertThat(one.out()).as("it came too late").isEmpty();
    }

    @Test
    void noMoreThan256PacketsWait() {
        for (int i = 0; i < 258; i++) {
            cache.send(frame(i), OTHER);
        }
        assertThat(one.host.counters().unresolved()).isEqualTo(2);
        cache.learn(OTHER, MAC);
        assertThat(one.out()).hasSize(256).endsWith(addressed(255));
    }

    @Test
    void whatWasLearntLastCounts() {
        cache.learn(OTHER, MacAddress.BROADCAST);
        cache.learn(OTHER, MAC);
        cache.send(frame(1), OTHER);
        assertThat(one.out()).containsExactly(addressed(1));
    }
}
