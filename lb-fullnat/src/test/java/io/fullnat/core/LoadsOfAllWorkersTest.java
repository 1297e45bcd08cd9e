// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.packet.Tcp;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A scheduler sees the connections of all workers.
class LoadsOfAllWorkersTest {
    @ParameterizedTest
    @ValueSource(strings = {"wlc", "lc", "sed"})
    void connectionsOfAllWorkersAreCompared(String scheduler) {
        try (Rig rig = new Rig(8, 4096, new FlowHash()).configured()) {
            rig.apply(
                    new Change.EditService(Rig.TCP, scheduler, Optional.empty()),
                    new Change.AddRealServer(Rig.TCP, RealServer.of("10.0.1.12", 8080)),
                    new Change.AddRealServer(Rig.TCP, RealServer.of("10.0.1.13", 8080)),
                    Rig.neighbour("10.0.1.12", Rig.SERVER_MAC, "lan"),
                    Rig.neighbour("10.0.1.13", Rig.SERVER_MAC, "lan"));
            rig.out();
            int[] chosen = new int[14];
            for (int i = 0; i < 32; i++) {
                byte[] sent =
                        rig.clientSends(Rig.fromClient().tcp(40_000 + 7 * i, 80).flags(Tcp.SYN))
                                .getFirst();
                chosen[sent[33]]++;
                int done = i + 1;
                for (int server = 11; server <= 13; server++) {
                    assertThat(chosen[server])
                            .as("server %s after %s", server, done)
                            .isBetween(done / 3, (done + 2) / 3);
                }
            }
        }
    }
}
