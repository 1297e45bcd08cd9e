// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Whole conversations over wires that lose, repeat and reorder, whose servers get a PROXY header
/// in front: streams arrive as they were sent, behind one right header. `-Dconversations=100000`
/// for more of them.
class ProxyConversationTest {
    private static final int CONVERSATIONS = Integer.getInteger("conversations", 400);
    private static final int TOGETHER = 40;
    private static final String VIP = "192.0.2.80";
    private static final int HEADER = 28;

    /// What a server got, and when it answers: at once, or with its first words.
    private static final class Server implements TcpApplication {
        final ByteArrayOutputStream got = new ByteArrayOutputStream();
        final boolean speaksFirst;
        boolean greeted;

        Server(boolean speaksFirst) {
            this.speaksFirst = speaksFirst;
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            got.writeBytes(data);
            if (speaksFirst && !greeted && got.size() >= HEADER) {
                greeted = true;
                connection.send(new byte[] {'h', 'i'});
            }
        }

        @Override
        public void onPeerClosed(TcpConnection connection) {
            byte[] body = got.toByteArray();
            connection.send(Arrays.copyOfRange(body, Math.min(HEADER, body.length), body.length));
            connection.close();
        }
    }

    private static final class Client implements TcpApplication {
        final byte[] body;
        final boolean waits;
        final ByteArrayOutputStream got = new ByteArrayOutputStream();
        @Nullable TcpEnd end;

        Client(byte[] body, boolean waits) {
            this.body = body;
            this.waits = waits;
        }

        @Override
        public void onOpen(TcpConnection connection) {
            if (!waits) {
                speak(connection);
            }
        }

        /// In pieces, then half closed.
        private void speak(TcpConnection connection) {
            int half = body.length / 3;
            connection.send(Arrays.copyOf(body, half));
            connection.send(Arrays.copyOfRange(body, half, body.length));
            connection.close();
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            boolean first = got.size() < 2;
            got.writeBytes(data);
            if (waits && first && got.size() >= 2) {
                speak(connection);
            }
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd how) {
            end = how;
        }
    }

    private static SimulatedSite site(long seed, TcpPolicy tcp) {
        SimulatedSite site =
                new SimulatedSite(
                        1,
                        seed,
                        wire -> wire.withLoss(0.04).withDuplication(0.04).withDelay(0, 4_000_000),
                        List.of("192.0.2.7/24"),
                        List.of("10.0.1.11/24"));
        site.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of(VIP + "/32", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.7", "wan")),
                new Change.AddService(
                        VirtualService.of(ServiceKey.tcp(VIP, 80))
                                .withScheduler("rr")
                                .withRealServer(RealServer.of("10.0.1.11", 8080))
                                .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))
                                .withPolicy(
                                        ServicePolicy.DEFAULT
                                                .withProxyProtocol(ProxyProtocol.V2)
                                                .withTcp(tcp))));
        return site;
    }

    private static void converse(long seed, boolean serverFirst, TcpPolicy tcp) {
        RandomGenerator random = Seed.generator(seed);
        try (SimulatedSite site = site(seed, tcp)) {
            List<Server> servers = new ArrayList<>();
            site.servers
                    .tcp()
                    .listen(
                            8080,
                            () -> {
                                servers.add(new Server(serverFirst));
                                return servers.getLast();
                            });
            List<Client> clients = new ArrayList<>();
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < TOGETHER; i++) {
                byte[] body =
                        new byte[random.nextInt(3) == 0 ? random.nextInt(9) : random.nextInt(9000)];
                random.nextBytes(body);
                clients.add(new Client(body, serverFirst));
                ports.add(
                        site.client
                                .tcp()
                                .connect(Endpoint.of(VIP, 80), clients.getLast())
                                .local()
                                .port());
            }
            site.runUntil(() -> clients.stream().allMatch(client -> client.end != null));
            for (int i = 0; i < TOGETHER; i++) {
                check(clients.get(i), ports.get(i), servers, serverFirst);
            }
            site.assertClean();
        }
    }

    private static void check(Client client, int port, List<Server> servers, boolean greeted) {
        byte[] header = header(port);
        List<byte[]> streams =
                servers.stream()
                        .map(server -> server.got.toByteArray())
                        .filter(got -> got.length >= HEADER)
                        .filter(got -> Arrays.equals(got, 0, HEADER, header, 0, HEADER))
                        .toList();
        assertThat(client.end).isEqualTo(TcpEnd.ORDERLY);
        assertThat(streams).as("streams of port %d", port).hasSize(1);
        byte[] got = streams.getFirst();
        assertThat(Arrays.copyOfRange(got, HEADER, got.length)).isEqualTo(client.body);
        byte[] echo = client.got.toByteArray();
        assertThat(Arrays.copyOfRange(echo, greeted ? 2 : 0, echo.length)).isEqualTo(client.body);
    }

    private static byte[] header(int port) {
        return ByteBuffer.allocate(HEADER)
                .putLong(0x0D0A_0D0A_000D_0A51L)
                .putInt(0x5549_540A)
                .putInt(0x2111_000C)
                .put(new byte[] {(byte) 192, 0, 2, 7, (byte) 192, 0, 2, 80})
                .putShort((short) port)
                .putShort((short) 80)
                .array();
    }

    @Test
    void clientsThatSpeakFirst() {
        for (int done = 0; done < CONVERSATIONS; done += TOGETHER) {
            converse(Seed.of(done), false, TcpPolicy.KEEP);
        }
    }

    @Test
    void serversThatSpeakFirst() {
        for (int done = 0; done < CONVERSATIONS; done += TOGETHER) {
            converse(Seed.of(1_000_000L + done), true, TcpPolicy.KEEP);
        }
    }

    @Test
    void withFreshNumbers() {
        for (int done = 0; done < CONVERSATIONS; done += TOGETHER) {
            converse(Seed.of(2_000_000L + done), done % 80 == 0, TcpPolicy.KEEP.withFreshIsn(true));
        }
    }
}
