// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.memory.Region;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InitialNumbersTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void numbersOfATupleRiseByTheClockAlone() {
        InitialNumbers numbers = new InitialNumbers(1);
        try (Region entry = Region.allocate(ConnectionLayout.ENTRY_LENGTH, "an entry")) {
            int before = numbers.of(entry.address(), 7 * SECOND_NS);
            for (int second = 8; second < 100; second++) {
                int now = numbers.of(entry.address(), second * SECOND_NS);
                assertThat(now - before).isEqualTo(250_000);
                before = now;
            }
        }
    }

    @Test
    void othersTellNothing() {
        Set<Integer> seen = new HashSet<>();
        try (Region region = Region.allocate(ConnectionLayout.ENTRY_LENGTH, "an entry")) {
            long ports = region.address() + ConnectionLayout.FLOW_LENGTH + ConnectionLayout.PORTS;
            for (int secret = 0; secret < 100; secret++) {
                InitialNumbers numbers = new InitialNumbers(secret);
                for (int port = 0; port < 100; port++) {
                    Memory.putInt(ports, port << 16);
                    seen.add(numbers.of(region.address(), 0));
                }
            }
        }
        assertThat(seen).hasSizeGreaterThan(9_990);
    }
}
