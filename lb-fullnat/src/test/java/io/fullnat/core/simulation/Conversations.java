// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.core.ModifiedConnections;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Whole conversations of TCP with one service, over wires that lose, repeat and reorder: streams
/// arrive as they were sent, in both directions, behind one right header if the service has one,
/// none hangs, and connections are plain afterwards. Drawn at random: MTUs of 1,280 to 9,000 bytes,
/// who speaks first, all that a [SimulatedTcp] can, bytes that come in two parts, a few streams
/// that are wider than windows without a scale, and headers of balancers in front and such as
/// clients make up.
final class Conversations implements AutoCloseable {
    private static final int[] MTUS = {1280, 1400, 1500, 4000, 9000};

    /// A header with all TLVs, and what was kept of a header that is believed.
    private static final int MOST_IN_FRONT = 116 + 107;

    private static final Duration PATIENCE = Duration.ofSeconds(8);

    final SimulatedSite site;
    private final ServicePolicy policy;
    private final ProxyProtocol form;
    private final boolean clients6;
    private final RandomGenerator random;
    private final boolean waits;
    private final boolean greets;
    private final List<Server> servers = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();

    /// @param stamps whether servers have timestamps
    Conversations(
            ServicePolicy policy,
            boolean clients6,
            boolean servers6,
            boolean stamps,
            long seed,
            RandomGenerator random) {
        this.policy = policy;
        this.clients6 = clients6;
        this.random = random;
        form = policy.proxyProtocol();
        waits = random.nextInt(3) == 0;
        greets = waits && !form.isInsecure();
        site =
                SimulatedSite.ofBothFamilies(
                        1,
                        MTUS[random.nextInt(MTUS.length)],
                        seed,
                        wire -> wire.withLoss(0.04).withDuplication(0.04).withDelay(0, 4_000_000));
        site.apply(
                new Change.AddService(
                        SimulatedSite.service(ServiceKey.tcp(vip(), 80), servers6, 8080)
                                .withPolicy(policy)));
        site.mostInFront = form == ProxyProtocol.DISABLE ? 0 : MOST_IN_FRONT;
        site.run(Duration.ofSeconds(clients6 || servers6 ? 6 : 1)); // addresses are checked first
        if (random.nextBoolean()) {
            site.client.tcp().wrapSoon();
            site.servers.tcp().wrapSoon();
        }
        site.stamp(random, stamps);
        site.behave(random);
        site.servers.tcp().listen(8080, this::serve);
    }

    private String vip() {
        return SimulatedSite.vip(clients6);
    }

    /// How a header names the service.
    String service() {
        return clients6 ? "[" + vip() + "]:80" : vip() + ":80";
    }

    private Server serve() {
        servers.add(new Server());
        return servers.getLast();
    }

    /// Has conversations and checks them all.
    ///
    /// @return how many clients were reset, as all SYNs to their server, or what asks for its MAC
    ///   address, were lost: only a SYN proxy does so
    long converse(int count) {
        String from = clients6 ? "2001:db8:1::7" : "192.0.2.7";
        for (int i = 0; i < count; i++) {
            int port = 20_000 + i * 7;
            String ours = ToldStream.ends(from, vip(), String.valueOf(port), "80");
            clients.add(client(1 + i, ours));
            site.client.tcp().connect(port, Endpoint.of(vip(), 80), clients.getLast());
        }
        if (isProxied()) {
            site.run(PATIENCE);
            clients.forEach(Client::loseItsPatience);
        }
        site.runUntil(() -> {
            clients.forEach(Client::tick);
            return clients.stream().allMatch(client -> client.end != null);
        });
        long unserved = site.balancer.counters().total(Counter.SYN_PROXY_UNSERVED);
        assertThat(clients.stream().filter(client -> client.end == TcpEnd.RESET).count())
                .as("told that they have no server")
                .isEqualTo(unserved);
        clients.removeIf(client -> client.end == TcpEnd.RESET);
        check();
        site.assertClean();
        if (!form.isInsecure()) {
            site.assertNothingCut();
        }
        assertThat(ModifiedConnections.of(site.balancer)).as("not plain again").isZero();
        assertThat(site.balancer.counters().total(Counter.WAITING)).isZero();
        return unserved;
    }

    /// How many of them were served.
    int served() {
        return clients.size();
    }

    private boolean isProxied() {
        return !policy.tcp().synProxy().equals(SynProxy.OFF);
    }

    private Client client(int number, String ours) {
        int longest = random.nextInt(30) == 0 ? 200_000 : 9000;
        byte[] body =
                new byte[random.nextInt(3) == 0 ? random.nextInt(9) : random.nextInt(longest)];
        random.nextBytes(body);
        if (body.length > 0) {
            body[0] = 'b'; // so that it begins no header
        }
        byte[] said =
                random.nextBoolean() || waits
                        ? ToldStream.said(random.nextBoolean(), number)
                        : new byte[0];
        byte[] stream = Arrays.copyOf(said, said.length + body.length);
        System.arraycopy(body, 0, stream, said.length, body.length);
        if (form.isInsecure() && said.length > 0) {
            String ends = ToldStream.ends("198.18.0.1", "198.18.0.2", String.valueOf(number), "9");
            return new Client(stream, ends, body);
        }
        boolean told = form != ProxyProtocol.DISABLE;
        byte[] plain = told ? stream : body;
        return new Client(plain, told ? ours : "", plain);
    }

    private void check() {
        List<ToldStream> all =
                servers.stream().map(server -> ToldStream.of(server.got.toByteArray())).toList();
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
            assertThat(Arrays.copyOfRange(echo, greets ? 2 : 0, echo.length))
                    .isEqualTo(client.body);
        }
        for (ToldStream told : all) {
            if (!told.unique().isEmpty()) {
                assertThat(ids.add(told.unique())).as("an id of its own").isTrue();
            }
            assertThat(told.service()).isIn("", service());
        }
    }

    @Override
    public void close() {
        site.close();
    }

    /// Echoes what it got behind a header when the client has closed its half.
    private final class Server implements TcpApplication {
        final ByteArrayOutputStream got = new ByteArrayOutputStream();

        @Override
        public void onOpen(TcpConnection opened) {
            if (greets) {
                opened.send(new byte[] {'h', 'i'});
            }
        }

        @Override
        public void onData(TcpConnection from, byte[] data) {
            got.writeBytes(data);
        }

        @Override
        public void onPeerClosed(TcpConnection from) {
            ByteBuffer body = ToldStream.of(got.toByteArray()).body();
            byte[] bytes = new byte[body.remaining()];
            body.get(bytes);
            from.send(bytes);
            from.close();
        }
    }

    private final class Client implements TcpApplication {
        final byte[] stream;
        final String ends;
        final byte[] body;
        final int first;
        int later;
        final ByteArrayOutputStream got = new ByteArrayOutputStream();
        @Nullable TcpConnection open;
        boolean speaks;
        @Nullable TcpEnd end;

        /// @param stream all that it sends
        /// @param ends that the server is told
        /// @param body what the server gets behind the header
        Client(byte[] stream, String ends, byte[] body) {
            this.stream = stream;
            this.ends = ends;
            this.body = body;
            first = stream.length == 0 ? 0 : random.nextInt(Math.min(stream.length, 70) + 1);
            later = random.nextInt(40);
        }

        @Override
        public void onOpen(TcpConnection connection) {
            open = connection;
            if (!greets) {
                speak(connection);
            }
        }

        /// A client that waits for a server to speak first waits in vain if its acknowledgement of
        /// a cookie was lost (RFC 4987 §3.6), until it speaks itself.
        void loseItsPatience() {
            TcpConnection connection = open;
            if (connection != null && !speaks && end == null) {
                speak(connection);
            }
        }

        private void speak(TcpConnection connection) {
            connection.send(Arrays.copyOf(stream, first));
            speaks = true;
        }

        void tick() {
            TcpConnection connection = open;
            if (connection != null && speaks && later-- == 0 && end == null) {
                connection.send(Arrays.copyOfRange(stream, first, stream.length));
                connection.close(); // half
            }
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            got.writeBytes(data);
            if (greets && !speaks && got.size() >= 2) {
                speak(connection);
            }
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd how) {
            end = how;
        }
    }
}
