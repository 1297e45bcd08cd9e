// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.core.localport.PortAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How often a server has its turn among others, by which is loaded ahead what it will need.
class ServerEntryTest {
    private static ServerEntry server() {
        return new ServerEntry(
                0,
                IpAddress.mapped(1),
                80,
                1,
                0,
                new LocalEntry[0],
                new PortAllocator[0],
                new int[0],
                0,
                null);
    }

    /// Turns of the service from a number on, of which each so many is the server's.
    private static int turns(ServerEntry server, int from, int every, int count) {
        int between = 0;
        for (int i = 1; i <= count; i++) {
            between = server.turn(from + i * every);
        }
        return between;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 100, 128, 1000})
    void whoHasEachSoManyTurnsIsKnownToHaveThem(int every) {
        assertThat(turns(server(), 0, every, 100)).isEqualTo(every);
    }

    /// All clients of a network, say, whom their hash leads to one server.
    @Test
    void aBurstForOneServerIsSeen() {
        ServerEntry server = server();
        assertThat(turns(server, 0, 128, 104)).isEqualTo(128);
        assertThat(turns(server, 13_312, 1, 7)).as("seven turns say nothing").isEqualTo(128);
        assertThat(turns(server, 13_319, 1, 1)).isOne();
        assertThat(turns(server, 13_320, 128, 8)).as("and that it is over").isEqualTo(128);
    }

    @Test
    void turnsThatOverflowAreTurns() {
        ServerEntry server = server();
        turns(server, Integer.MAX_VALUE - 350, 7, 50);
        assertThat(turns(server, Integer.MAX_VALUE, 7, 50)).isEqualTo(7);
    }

    @Test
    void whoWasForgottenForLongIsOneOfManyAgain() {
        ServerEntry server = server();
        turns(server, 0, 1, 104);
        assertThat(turns(server, Integer.MAX_VALUE - 8, 1, 8)).isEqualTo(1024);
    }
}
