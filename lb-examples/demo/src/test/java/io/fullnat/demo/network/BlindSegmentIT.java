// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections between two kernels' stacks, and a stranger who knows their addresses and ports, but
/// no sequence number.
@NetworkTest
@Timeout(120)
class BlindSegmentIT {
    private static final String STRANGER = "02:00:00:00:66:06";
    private static final String GATEWAY = "198.51.100.1";
    private static final int[] FLAGS = {
        Tcp.RST, Tcp.RST | Tcp.ACK, Tcp.FIN, Tcp.FIN | Tcp.ACK, Tcp.SYN
    };
    private static final int[] SEQUENCES = {1, 0x4000_0001, 0x8000_0001, 0xC000_0001};
    private static final int PORT = 8081;

    /// Longer than any of the times below.
    private static final int REST_MS = 6_000;

    private final Scene scene = new Scene(1);
    private final RawLink clientSide = new RawLink(scene.lab.client(), "eth0");
    private final RawLink serverSide = new RawLink(scene.lab.server(2), "eth0");

    /// So that a segment that is believed soon costs the connection.
    @BeforeEach
    void shortTimes() {
        Shell.run(
                scene.balancer,
                "timeout set close=2,last-ack=2,time-wait=2,fin-wait=3,close-wait=3,syn-recv=3");
    }

    @AfterEach
    void close() {
        clientSide.close();
        serverSide.close();
        scene.close();
    }

    private HttpConnection connect() {
        return scene.lab.client().call(() -> HttpConnection.open(Scene.HTTP, Scene.TIMEOUT));
    }

    private static void ask(HttpConnection connection) throws IOException {
        assertThat(connection.get("/").status()).isEqualTo(200);
    }

    private List<ConnectionInfo> connections() {
        List<ConnectionInfo> found = new ArrayList<>();
        scene.balancer.control().connections(ConnectionFilter.ALL, found::add);
        return found;
    }

    private void forge(ConnectionInfo connection, boolean byClient, int flags, int sequence) {
        if (byClient) {
            String gateway = Shell.macOf(scene.lab.client(), GATEWAY);
            clientSide.send(
                    PacketBuilder.ethernet(STRANGER, gateway)
                            .ipv4(
                                    connection.client().address().toString(),
                                    connection.virtual().address().toString())
                            .tcp(connection.client().port(), connection.virtual().port())
                            .flags(flags)
                            .sequence(sequence)
                            .acknowledgement(~sequence)
                            .toBytes());
        } else {
            String local = connection.local().address().toString();
            serverSide.send(
                    PacketBuilder.ethernet(STRANGER, Shell.macOf(scene.lab.server(1), local))
                            .ipv4(connection.server().address().toString(), local)
                            .tcp(connection.server().port(), connection.local().port())
                            .flags(flags)
                            .sequence(sequence)
                            .acknowledgement(~sequence)
                            .toBytes());
        }
    }

    /// One connection for each kind of segment and each side.
    @Test
    void idleConnectionsLive() throws Exception {
        Map<HttpConnection, ConnectionInfo> idle = new LinkedHashMap<>();
        try {
            for (int flags : FLAGS) {
                for (boolean byClient : new boolean[] {true, false}) {
                    List<ConnectionInfo> before = connections();
                    HttpConnection connection = connect();
                    ask(connection);
                    List<ConnectionInfo> now = connections();
                    now.removeIf(one -> before.stream().anyMatch(old -> same(one, old)));
                    assertThat(now).hasSize(1);
                    idle.put(connection, now.getFirst());
                    for (int sequence : SEQUENCES) {
                        forge(now.getFirst(), byClient, flags, sequence);
                    }
                }
            }

            Thread.sleep(REST_MS);

            for (HttpConnection connection : idle.keySet()) {
                ask(connection);
            }
            assertThat(connections())
                    .hasSize(idle.size())
                    .allMatch(one -> idle.values().stream().anyMatch(old -> same(one, old)));
        } finally {
            for (HttpConnection connection : idle.keySet()) {
                connection.close();
            }
        }
    }

    private static boolean same(ConnectionInfo one, ConnectionInfo other) {
        return one.client().equals(other.client()) && one.local().equals(other.local());
    }

    @Test
    void aBusyConnectionLives() throws Exception {
        try (HttpConnection connection = connect();
                HonestClients client = new HonestClients(scene.lab.client())) {
            ask(connection);
            ConnectionInfo info = connections().getFirst();
            client.with("busy", 0, () -> ask(connection));
            for (int round = 0; round < 10; round++) {
                for (int flags : FLAGS) {
                    for (int sequence : SEQUENCES) {
                        forge(info, true, flags, sequence + round * 0x0100_0000);
                        forge(info, false, flags, sequence + round * 0x0100_0000);
                    }
                }
            }
            assertThat(client.answers()).as("answers meanwhile").isGreaterThan(10);
            client.assertAllAnswered();

            Thread.sleep(REST_MS);

            ask(connection);
            assertThat(connections()).singleElement().matches(one -> same(one, info));
        }
    }

    @ParameterizedTest(name = "by client {0}")
    @ValueSource(booleans = {true, false})
    void aResetThatFitsEndsTheConnection(boolean byClient) throws Exception {
        String service = Lab.VIRTUAL + ":" + PORT;
        for (String line :
                List.of(
                        "ipvsadm -A -t " + service + " -s rr",
                        "ipvsadm -a -t " + service + " -r " + Lab.serverAddress(1) + " -b",
                        "ipvsadm -P -z "
                                + Lab.LOCAL.getFirst()
                                + " -t "
                                + service
                                + " -F inside")) {
            Shell.run(scene.balancer, line);
        }
        try (ServerSocket listener =
                        scene.lab
                                .server(1)
                                .call(() -> bound(Lab.serverAddress(1).toString(), PORT));
                Socket client =
                        scene.lab.client().call(() -> new Socket(Lab.VIRTUAL.toString(), PORT));
                Socket server = listener.accept()) {
            client.getOutputStream().write(7);
            assertThat(server.getInputStream().read()).isEqualTo(7);
            assertThat(connections()).singleElement().matches(one -> one.state().equals("TCP_EST"));

            Socket ends = byClient ? client : server;
            Socket learns = byClient ? server : client;
            ends.setSoLinger(true, 0);
            ends.close();

            assertThatExceptionOfType(SocketException.class)
                    .isThrownBy(() -> learns.getInputStream().read())
                    .withMessageContaining("reset");
            Shell.until("the connection is gone", () -> connections().isEmpty());
        }
    }

    private static ServerSocket bound(String address, int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.bind(new InetSocketAddress(address, port));
        return socket;
    }
}
