// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.ModifiedConnections;
import io.fullnat.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whole conversations over wires that lose, repeat and reorder, whose servers are told who the
/// client is: streams arrive as they were sent, behind one right header, none hangs, and
/// connections are plain afterwards. Drawn at random: families, TLVs, fresh sequence numbers,
/// clamped segments, MTUs of 1,280 to 9,000 bytes, who speaks first, servers whose window is closed
/// for a while, timestamps, numbers that wrap, bytes that come in two parts, headers of balancers
/// in front and such as clients make up. `-Dconversations=100000` for more of each feature,
/// `-Dconversation=` and a seed for those alone.
@Timeout(1800)
class ProxyConversationTest {
    private static final int CONVERSATIONS = Integer.getInteger("conversations", 160);
    private static final int TOGETHER = CONVERSATIONS > 1000 ? 250 : 40;
    private static final String VIP4 = "192.0.2.80";
    private static final String VIP6 = "2001:db8:1::80";
    private static final int[] MTUS = {1280, 1400, 1500, 4000, 9000};

    /// What tells servers their clients.
    enum Feature {
        V1(ProxyProtocol.V1),
        V2(ProxyProtocol.V2),
        V1_INSECURE(ProxyProtocol.V1_INSECURE),
        V2_INSECURE(ProxyProtocol.V2_INSECURE),
        TOA(ProxyProtocol.DISABLE),
        UNTOLD(ProxyProtocol.DISABLE);

        final ProxyProtocol form;

        Feature(ProxyProtocol form) {
            this.form = form;
        }
    }

    /// What a server got behind the header, and who its client is by that.
    private record Told(String ends, ByteBuffer body, String unique) {
        Told(String ends, byte[] body, byte[] unique) {
            this(ends, ByteBuffer.wrap(body), new String(unique, StandardCharsets.US_ASCII));
        }
    }

    private static final class Server implements TcpApplication {
        final ByteArrayOutputStream got = new ByteArrayOutputStream();
        final boolean greets;
        int closedFor;
        @Nullable TcpConnection connection;

        Server(boolean greets, int closedFor) {
            this.greets = greets;
            this.closedFor = closedFor;
        }

        @Override
        public void onOpen(TcpConnection opened) {
            connection = opened;
            if (closedFor > 0) {
                opened.offer(0);
            }
            if (greets) {
                opened.send(new byte[] {'h', 'i'});
            }
        }

        void tick() {
            TcpConnection open = connection;
            if (open != null && closedFor > 0 && --closedFor == 0) {
                open.offer(65_535);
            }
        }

        @Override
        public void onData(TcpConnection from, byte[] data) {
            got.writeBytes(data);
        }

        @Override
        public void onPeerClosed(TcpConnection from) {
            ByteBuffer body = told(got.toByteArray()).body();
            byte[] bytes = new byte[body.remaining()];
            body.get(bytes);
            from.send(bytes);
            from.close();
        }
    }

    private static final class Client implements TcpApplication {
        final byte[] stream;
        final String ends;
        final byte[] body;
        final boolean waits;
        final int first;
        int later;
        final ByteArrayOutputStream got = new ByteArrayOutputStream();
        @Nullable TcpConnection speaking;
        @Nullable TcpEnd end;

        /// @param stream all that it sends
        /// @param ends that the server is told
        /// @param body what the server gets behind the header
        Client(byte[] stream, String ends, byte[] body, boolean waits, RandomGenerator random) {
            this.stream = stream;
            this.ends = ends;
            this.body = body;
            this.waits = waits;
            first = stream.length == 0 ? 0 : random.nextInt(Math.min(stream.length, 70) + 1);
            later = random.nextInt(40);
        }

        @Override
        public void onOpen(TcpConnection connection) {
            if (!waits) {
                speak(connection);
            }
        }

        private void speak(TcpConnection connection) {
            connection.send(Arrays.copyOf(stream, first));
            speaking = connection;
        }

        void tick() {
            TcpConnection connection = speaking;
            if (connection != null && later-- == 0 && end == null) {
                connection.send(Arrays.copyOfRange(stream, first, stream.length));
                connection.close(); // half
            }
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            got.writeBytes(data);
            if (waits && speaking == null && got.size() >= 2) {
                speak(connection);
            }
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd how) {
            end = how;
        }
    }

    /// Reads a stream that a server got.
    private static Told told(byte[] stream) {
        if (stream.length > 6
                && new String(stream, 0, 6, StandardCharsets.US_ASCII).equals("PROXY ")) {
            int end = 0;
            while (stream[end] != '\n') {
                end++;
            }
            String[] words =
                    new String(stream, 0, end - 1, StandardCharsets.US_ASCII).split(" ", -1);
            return new Told(
                    ends(words[2], words[3], words[4], words[5]),
                    Arrays.copyOfRange(stream, end + 1, stream.length),
                    new byte[0]);
        }
        if (stream.length < 16 || ByteBuffer.wrap(stream).getLong() != 0x0D0A_0D0A_000D_0A51L) {
            return new Told("", stream, new byte[0]);
        }
        int length = stream[13] >> 4 == 1 ? 4 : 16;
        int end = 16 + ByteBuffer.wrap(stream).getShort(14);
        int at = 16 + 2 * length + 4;
        byte[] unique = new byte[0];
        while (at < end) {
            int size = ByteBuffer.wrap(stream).getShort(at + 1);
            byte[] value = Arrays.copyOfRange(stream, at + 3, at + 3 + size);
            if (stream[at] == 5) {
                unique = value;
            } else if (stream[at] == 3) {
                byte[] blank = Arrays.copyOf(stream, end);
                Arrays.fill(blank, at + 3, at + 7, (byte) 0);
                CRC32C sum = new CRC32C();
                sum.update(blank);
                assertThat(ByteBuffer.wrap(value).getInt()).isEqualTo((int) sum.getValue());
            }
            at += 3 + size;
        }
        int ports = 16 + 2 * length;
        return new Told(
                ends(
                        address(stream, 16, length),
                        address(stream, 16 + length, length),
                        String.valueOf(ByteBuffer.wrap(stream).getShort(ports) & 0xFFFF),
                        String.valueOf(ByteBuffer.wrap(stream).getShort(ports + 2) & 0xFFFF)),
                Arrays.copyOfRange(stream, end, stream.length),
                unique);
    }

    private static String address(byte[] stream, int at, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i += length == 4 ? 1 : 2) {
            String part =
                    length == 4
                            ? String.valueOf(stream[at + i] & 0xFF)
                            : Integer.toHexString(
                                    ByteBuffer.wrap(stream).getShort(at + i) & 0xFFFF);
            text.append(i == 0 ? "" : length == 4 ? "." : ":").append(part);
        }
        return text.toString();
    }

    private static String ends(String from, String to, String fromPort, String toPort) {
        return IpAddress.parse(from) + " " + IpAddress.parse(to) + " " + fromPort + " " + toPort;
    }

    /// What clients of balancers in front say, in either form.
    private static byte[] said(boolean text, int number) {
        if (text) {
            return ("PROXY TCP4 198.18.0.1 198.18.0.2 " + number + " 9\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
        return ByteBuffer.allocate(28)
                .putLong(0x0D0A_0D0A_000D_0A51L)
                .putInt(0x5549_540A)
                .putInt(0x2111_000C)
                .putLong(0xC612_0001_C612_0002L)
                .putShort((short) number)
                .putShort((short) 9)
                .array();
    }

    private static ServicePolicy policy(Feature feature, RandomGenerator random) {
        Set<ProxyTlv> tlvs =
                feature.form.version() == 2 && random.nextBoolean()
                        ? EnumSet.allOf(ProxyTlv.class)
                        : EnumSet.noneOf(ProxyTlv.class);
        TcpPolicy tcp =
                TcpPolicy.KEEP
                        .withFreshIsn(random.nextBoolean())
                        .withStripsTimestamps(random.nextBoolean())
                        .withMss(
                                switch (random.nextInt(3)) {
                                    case 0 -> TcpPolicy.KEEP_MSS;
                                    case 1 -> TcpPolicy.PATH_MSS;
                                    default -> 1000;
                                });
        return ServicePolicy.DEFAULT
                .withProxyProtocol(feature.form)
                .withDisclosure(
                        ClientDisclosure.NONE.withToa(feature == Feature.TOA).withProxyTlvs(tlvs))
                .withOutOfWindow(random.nextInt(3) == 0 ? OutOfWindow.DROP : OutOfWindow.PASS)
                .withTcp(tcp);
    }

    private static SimulatedSite site(
            Feature feature,
            long seed,
            boolean clients6,
            boolean servers6,
            RandomGenerator random) {
        SimulatedSite site =
                new SimulatedSite(
                        1,
                        MTUS[random.nextInt(MTUS.length)],
                        seed,
                        wire -> wire.withLoss(0.04).withDuplication(0.04).withDelay(0, 4_000_000),
                        List.of("192.0.2.7/24", "2001:db8:1::7/64"),
                        List.of("10.0.1.11/24", "fd00:1::11/64"));
        site.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of(VIP4 + "/32", "wan")),
                new Change.AddAddress(InterfaceAddress.of("2001:db8:1::1/64", "wan")),
                new Change.AddAddress(InterfaceAddress.of(VIP6 + "/128", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddAddress(InterfaceAddress.of("fd00:1::1/64", "lan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.7", "wan")),
                new Change.AddRoute(Route.via("::/0", "2001:db8:1::7", "wan")),
                new Change.AddService(
                        VirtualService.of(ServiceKey.tcp(clients6 ? VIP6 : VIP4, 80))
                                .withScheduler("rr")
                                .withRealServer(
                                        RealServer.of(servers6 ? "fd00:1::11" : "10.0.1.11", 8080))
                                .withLocalAddress(
                                        LocalAddress.of(
                                                servers6 ? "fd00:1::100" : "10.0.1.100", "lan"))
                                .withPolicy(policy(feature, random))));
        site.run(Duration.ofSeconds(4)); // addresses are checked first
        if (random.nextBoolean()) {
            site.client.tcp().wrapSoon();
            site.servers.tcp().wrapSoon();
        }
        return site;
    }

    private static Client client(
            Feature feature, int number, String ours, boolean waits, RandomGenerator random) {
        byte[] body = new byte[random.nextInt(3) == 0 ? random.nextInt(9) : random.nextInt(9000)];
        random.nextBytes(body);
        if (body.length > 0) {
            body[0] = 'b'; // so that it begins no header
        }
        byte[] said =
                random.nextBoolean() || waits ? said(random.nextBoolean(), number) : new byte[0];
        byte[] stream = Arrays.copyOf(said, said.length + body.length);
        System.arraycopy(body, 0, stream, said.length, body.length);
        if (feature.form.isInsecure() && said.length > 0) {
            String ends = ends("198.18.0.1", "198.18.0.2", String.valueOf(number), "9");
            return new Client(stream, ends, body, waits && !feature.form.isInsecure(), random);
        }
        boolean told = feature.form != ProxyProtocol.DISABLE;
        byte[] plain = told ? stream : body;
        return new Client(
                plain, told ? ours : "", plain, waits && !feature.form.isInsecure(), random);
    }

    private static void converse(Feature feature, long seed) {
        RandomGenerator random = Seed.generator(seed);
        boolean clients6 = random.nextBoolean();
        boolean waits = random.nextInt(3) == 0;
        try (SimulatedSite site = site(feature, seed, clients6, random.nextBoolean(), random)) {
            site.stamp(random);
            site.behave(random);
            List<Server> servers = new ArrayList<>();
            boolean greets = waits && !feature.form.isInsecure();
            site.servers
                    .tcp()
                    .listen(
                            8080,
                            () -> {
                                int closed = random.nextInt(4) == 0 ? 1 + random.nextInt(900) : 0;
                                servers.add(new Server(greets, closed));
                                return servers.getLast();
                            });
            List<Client> clients = new ArrayList<>();
            String from = clients6 ? "2001:db8:1::7" : "192.0.2.7";
            String vip = clients6 ? VIP6 : VIP4;
            for (int i = 0; i < TOGETHER; i++) {
                int port = 20_000 + i * 7;
                String ours = ends(from, vip, String.valueOf(port), "80");
                clients.add(client(feature, 1 + i, ours, waits, random));
                site.client.tcp().connect(port, Endpoint.of(vip, 80), clients.getLast());
            }
            site.runUntil(() -> {
                servers.forEach(Server::tick);
                clients.forEach(Client::tick);
                return clients.stream().allMatch(client -> client.end != null);
            });
            check(clients, servers, greets);
            site.assertClean();
            if (!feature.form.isInsecure()) {
                site.assertNothingCut();
            }
            assertThat(ModifiedConnections.of(site.balancer)).as("not plain again").isZero();
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(feature + ", seed " + seed, failure);
        }
    }

    private static void check(List<Client> clients, List<Server> servers, boolean greeted) {
        List<Told> all = servers.stream().map(server -> told(server.got.toByteArray())).toList();
        Set<String> ids = new HashSet<>();
        for (Client client : clients) {
            assertThat(client.end).as(client.ends).isEqualTo(TcpEnd.ORDERLY);
            assertThat(all)
                    .as("streams of %s", client.ends)
                    .filteredOn(told ->
                            told.ends().equals(client.ends)
                                    && told.body().equals(ByteBuffer.wrap(client.body)))
                    .isNotEmpty();
            byte[] echo = client.got.toByteArray();
            assertThat(Arrays.copyOfRange(echo, greeted ? 2 : 0, echo.length))
                    .isEqualTo(client.body);
        }
        for (Told told : all) {
            if (!told.unique().isEmpty()) {
                assertThat(ids.add(told.unique())).as("an id of its own").isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void conversations(Feature feature) {
        for (int done = 0; done < CONVERSATIONS; done += TOGETHER) {
            long seed = Seed.of(1_000_000L * feature.ordinal() + done);
            if (Long.getLong("conversation", seed) == seed) {
                converse(feature, seed);
            }
        }
    }
}
