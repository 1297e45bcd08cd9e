// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.demo.lab.LabFamily;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A client of ngtcp2 moves to another port between its handshake and its request, as one behind a
/// NAT that has forgotten it, and as one that tells its server; two servers of netty, which is
/// quiche, write their QUIC-LB ids into the connection ids that they choose. Connections are
/// scheduled in turn, so what follows no id goes to the server that does not know it.
@NetworkTest
@EnabledIfSystemProperty(
        named = "os.arch",
        matches = "amd64",
        disabledReason = "netty's QUIC is here for amd64")
class QuicIT {
    private static final String KEY = "8f95f09245765f80256934e50c66207f";
    private static final String CONFIG = "config 0 server-id 3 nonce 13";
    private static final int CLIENTS = 2 * QuicScene.SERVERS;

    @TempDir private Path folder;

    @BeforeEach
    void require() {
        NetworkCondition.require("gtlsclient");
        NetworkCondition.requireIpv6();
    }

    /// Of each client the packets before and after the move reach the server that it began with.
    private static void assertFollowed(QuicScene scene) throws Exception {
        List<String> servers = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            servers.add(scene.answer(client < QuicScene.SERVERS));
        }
        assertThat(servers).containsOnly("s1", "s2");
        for (int client = 1; client < CLIENTS; client++) {
            assertThat(servers.get(client)).as("in turn").isNotEqualTo(servers.get(client - 1));
        }
        assertThat(scene.count(Counter.QUIC_IDS_FOLLOWED)).isEqualTo(CLIENTS);
        assertThat(scene.count(Counter.QUIC_IDS_UNKNOWN)).isZero();
        assertThat(scene.count(Counter.QUIC_IDS_UNSERVED)).isZero();
        assertThat(scene.count(Counter.CONNECTIONS_CREATED)).isEqualTo(2L * CLIENTS);
        for (QuicOrigin origin : scene.origins) {
            assertThat(origin.said())
                    .as("requests, each from a local port of its own")
                    .hasSize(QuicScene.SERVERS)
                    .doesNotHaveDuplicates()
                    .allMatch(line -> line.startsWith("request from "));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatMovesKeepsItsServerByAnEncryptedId(LabFamily family) throws Exception {
        try (QuicScene scene = new QuicScene(family, folder, KEY, CONFIG + " key " + KEY)) {
            assertFollowed(scene);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatMovesKeepsItsServerByAnIdInClear(LabFamily family) throws Exception {
        try (QuicScene scene = new QuicScene(family, folder, "clear", CONFIG)) {
            assertFollowed(scene);
        }
    }

    /// A client that moves to a port that another one had, whose connection to the other server the
    /// balancer still knows.
    @ParameterizedTest
    @EnumSource
    void aClientThatMovesToAKnownTupleKeepsItsServer(LabFamily family) throws Exception {
        try (QuicScene scene = new QuicScene(family, folder, KEY, CONFIG + " key " + KEY)) {
            scene.onlyPort(40_002);
            String before = scene.answer("--timeout=5s");
            scene.onlyPort(40_001);
            try (QuicClient moving =
                    scene.client("--timeout=12s", "--change-local-addr=4s", "--delay-stream=5s")) {
                scene.await(Counter.CONNECTIONS_CREATED, 2);
                scene.onlyPort(40_002);

                assertThat(List.of(before, moving.answer())).containsExactlyInAnyOrder("s1", "s2");
            }
            assertThat(scene.count(Counter.QUIC_TUPLES_TAKEN)).isOne();
            assertThat(scene.count(Counter.CONNECTIONS_CREATED)).isEqualTo(3);
        }
    }

    /// The same without ids: the next in turn does not know the client.
    @ParameterizedTest
    @EnumSource
    void withoutIdsTheClientIsLost(LabFamily family) throws Exception {
        try (QuicScene scene = new QuicScene(family, folder, "clear", "")) {
            assertThat(scene.answer(true)).isEmpty();
            assertThat(scene.count(Counter.CONNECTIONS_CREATED)).isEqualTo(2);
        }
    }
}
