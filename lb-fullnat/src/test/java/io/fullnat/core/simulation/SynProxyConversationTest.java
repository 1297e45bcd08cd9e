// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.ModifiedConnections;
import io.fullnat.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whole conversations through the SYN proxy, over wires that lose, repeat and reorder: streams
/// arrive as they were sent, in both directions, nobody is stuck and connections are plain
/// afterwards, whatever else the service does to the connection's packets. Clients speak as soon as
/// they believe to be connected, in pieces, and close their half; or they wait for the server to
/// speak first. Drawn at random: timestamps of either end, whether the service strips them, clamped
/// segments, servers whose window is closed for a while, numbers that wrap, whether what is out of
/// window is dropped. Of a few all SYNs towards the server are lost: those clients are reset.
/// `-Dconversations=100000` for more of them, in all; `-Dconversation=` and a seed for those alone.
@Tag("optimized")
class SynProxyConversationTest {
    private static final int CONVERSATIONS = Integer.getInteger("conversations", 1200);
    private static final int TOGETHER = CONVERSATIONS > 5000 ? 100 : 40;
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    /// What else a service does, and which families its ends are of.
    enum Case {
        PLAIN(false, false, TcpPolicy.KEEP, ServicePolicy.DEFAULT),
        IPV6(true, true, TcpPolicy.KEEP, ServicePolicy.DEFAULT),
        FROM_6_TO_4(true, false, TcpPolicy.KEEP, ServicePolicy.DEFAULT),
        FROM_4_TO_6(false, true, TcpPolicy.KEEP, ServicePolicy.DEFAULT),
        FRESH_NUMBERS(false, false, TcpPolicy.KEEP.withFreshIsn(true), ServicePolicy.DEFAULT),
        TOA(false, false, TcpPolicy.KEEP, toa()),
        TOA_IPV6(true, true, TcpPolicy.KEEP, toa()),
        TOA_FRESH(false, false, TcpPolicy.KEEP.withFreshIsn(true), toa()),
        TOA_ACROSS(true, false, TcpPolicy.KEEP.withFreshIsn(true), toa()),
        PROXY(false, false, TcpPolicy.KEEP, proxy()),
        PROXY_IPV6(true, true, TcpPolicy.KEEP, proxy()),
        PROXY_FRESH(false, false, TcpPolicy.KEEP.withFreshIsn(true), proxy()),
        PROXY_ACROSS(true, false, TcpPolicy.KEEP.withFreshIsn(true), proxy());

        final boolean clientsOf6;
        final boolean serversOf6;

        @SuppressWarnings("ImmutableEnumChecker") // a policy never changes
        final ServicePolicy policy;

        Case(boolean clientsOf6, boolean serversOf6, TcpPolicy tcp, ServicePolicy policy) {
            this.clientsOf6 = clientsOf6;
            this.serversOf6 = serversOf6;
            this.policy = policy.withTcp(tcp.withSynProxy(SynProxy.ALWAYS));
        }

        private static ServicePolicy toa() {
            return ServicePolicy.DEFAULT.withDisclosure(ClientDisclosure.NONE.withToa(true));
        }

        private static ServicePolicy proxy() {
            return ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2);
        }

        /// Bytes of the header in front of streams.
        int header() {
            return policy.proxyProtocol() == ProxyProtocol.DISABLE ? 0 : clientsOf6 ? 52 : 28;
        }

        String vip() {
            return SimulatedSite.vip(clientsOf6);
        }
    }

    /// Echoes what it got behind a header when the client has closed its half. It greets at once,
    /// or behind the header.
    private static final class Server implements TcpApplication {
        final ByteArrayOutputStream got = new ByteArrayOutputStream();
        final int header;
        final boolean greets;
        boolean greeted;
        int closedFor;
        @Nullable TcpConnection open;

        Server(int header, boolean greets, int closedFor) {
            this.header = header;
            this.greets = greets;
            this.closedFor = closedFor;
        }

        @Override
        public void onOpen(TcpConnection connection) {
            open = connection;
            if (closedFor > 0) {
                connection.offer(0);
            }
            greet(connection);
        }

        void tick() {
            TcpConnection connection = open;
            if (connection != null && closedFor > 0 && --closedFor == 0) {
                connection.offer(65_535);
            }
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            got.writeBytes(data);
            greet(connection);
        }

        private void greet(TcpConnection connection) {
            if (greets && !greeted && got.size() >= header) {
                greeted = true;
                connection.send(new byte[] {'h', 'i'});
            }
        }

        byte[] body() {
            byte[] all = got.toByteArray();
            return Arrays.copyOfRange(all, Math.min(header, all.length), all.length);
        }

        @Override
        public void onPeerClosed(TcpConnection connection) {
            connection.send(body());
            connection.close();
        }
    }

    private static final class Client implements TcpApplication {
        final byte[] body;
        final boolean waits;
        final ByteArrayOutputStream got = new ByteArrayOutputStream();
        @Nullable TcpConnection silent;
        @Nullable TcpEnd end;

        Client(byte[] body, boolean waits) {
            this.body = body;
            this.waits = waits;
        }

        @Override
        public void onOpen(TcpConnection connection) {
            if (waits) {
                silent = connection;
            } else {
                speak(connection);
            }
        }

        /// A client that waits for a server to speak first waits in vain if its acknowledgement of
        /// the cookie was lost (RFC 4987 §3.6), until it speaks itself.
        void loseItsPatience() {
            TcpConnection waiting = silent;
            if (waiting != null) {
                speak(waiting);
            }
        }

        private void speak(TcpConnection connection) {
            silent = null;
            int half = body.length / 3;
            connection.send(Arrays.copyOf(body, half));
            connection.send(Arrays.copyOfRange(body, half, body.length));
            connection.close();
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            boolean first = got.size() < 2;
            got.writeBytes(data);
            if (silent != null && first && got.size() >= 2) {
                speak(connection);
            }
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd how) {
            end = how;
            silent = null;
        }
    }

    /// Timestamps are promised only where servers have them: see [SynProxy].
    private static ServicePolicy policy(Case what, boolean stamps, RandomGenerator random) {
        boolean promised = stamps && random.nextInt(8) != 0;
        TcpPolicy tcp =
                what.policy
                        .tcp()
                        .withSynProxy(SynProxy.ALWAYS.withTimestamps(promised))
                        .withStripsTimestamps(random.nextInt(4) == 0);
        OutOfWindow outside = random.nextInt(3) == 0 ? OutOfWindow.DROP : OutOfWindow.PASS;
        return what.policy
                .withOutOfWindow(outside)
                .withTcp(
                        switch (random.nextInt(4)) {
                            case 0 -> tcp.withMss(TcpPolicy.PATH_MSS);
                            case 1 -> tcp.withMss(1000);
                            default -> tcp;
                        });
    }

    private static SimulatedSite site(Case what, long seed, RandomGenerator random) {
        SimulatedSite site =
                SimulatedSite.ofBothFamilies(
                        1,
                        1500,
                        seed,
                        wire -> wire.withLoss(0.04).withDuplication(0.04).withDelay(0, 4_000_000));
        boolean stamps = random.nextInt(4) != 0;
        site.apply(
                new Change.AddService(
                        SimulatedSite.service(ServiceKey.tcp(what.vip(), 80), what.serversOf6, 8080)
                                .withPolicy(policy(what, stamps, random))));
        site.run(Duration.ofSeconds(6)); // addresses of IPv6 are ours then
        site.mostInFront = what.header();
        site.stamp(random, stamps);
        site.behave(random);
        if (random.nextBoolean()) {
            site.client.tcp().wrapSoon();
            site.servers.tcp().wrapSoon();
        }
        return site;
    }

    /// @return connections that were given up, as all four SYNs to the server, or what asks for its
    ///   MAC address, were lost
    private static long converse(Case what, long seed, boolean greets) {
        RandomGenerator random = Seed.generator(seed);
        try (SimulatedSite site = site(what, seed, random)) {
            List<Server> servers = new ArrayList<>();
            site.servers
                    .tcp()
                    .listen(
                            8080,
                            () -> {
                                int closed = random.nextInt(4) == 0 ? random.nextInt(900) : 0;
                                servers.add(new Server(what.header(), greets, closed));
                                return servers.getLast();
                            });
            List<Client> clients = new ArrayList<>();
            for (int i = 0; i < TOGETHER; i++) {
                byte[] body =
                        new byte[random.nextInt(3) == 0 ? random.nextInt(9) : random.nextInt(9000)];
                random.nextBytes(body);
                clients.add(new Client(body, greets));
                site.client.tcp().connect(Endpoint.of(what.vip(), 80), clients.getLast());
            }
            site.run(PATIENCE);
            clients.forEach(Client::loseItsPatience);
            site.runUntil(() -> {
                servers.forEach(Server::tick);
                return clients.stream().allMatch(client -> client.end != null);
            });
            List<String> bodies = new ArrayList<>();
            servers.forEach(server -> bodies.add(Arrays.toString(server.body())));
            long unserved = site.balancer.counters().total(Counter.SYN_PROXY_UNSERVED);
            assertThat(clients.stream().filter(client -> client.end == TcpEnd.RESET).count())
                    .as("told that they have no server, seed %d", seed)
                    .isEqualTo(unserved);
            clients.removeIf(client -> client.end == TcpEnd.RESET);
            for (Client client : clients) {
                assertThat(client.end).as("seed %d", seed).isEqualTo(TcpEnd.ORDERLY);
                byte[] echo = client.got.toByteArray();
                assertThat(Arrays.copyOfRange(echo, greets ? 2 : 0, echo.length))
                        .as("seed %d", seed)
                        .isEqualTo(client.body);
                assertThat(bodies.remove(Arrays.toString(client.body))).isTrue();
            }
            site.assertClean();
            site.assertNothingCut();
            assertThat(ModifiedConnections.of(site.balancer)).as("not plain again").isZero();
            counts(site.balancer, clients.size(), seed);
            return unserved;
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(what + ", seed " + seed + ", greets " + greets, failure);
        }
    }

    private static void counts(FullNatBalancer balancer, int served, long seed) {
        assertThat(balancer.counters().total(Counter.SYN_PROXY_ESTABLISHED))
                .as("seed %d", seed)
                .isGreaterThanOrEqualTo(served);
        assertThat(balancer.counters().total(Counter.WAITING)).as("seed %d", seed).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void streamsArriveAsTheyWereSent(Case what) {
        int each = Math.max(TOGETHER, CONVERSATIONS / Case.values().length);
        long unserved = 0;
        for (int done = 0; done < each; done += TOGETHER) {
            long seed = Seed.of(what.ordinal() * 10_000_000L + done);
            if (Long.getLong("conversation", seed) == seed) {
                unserved += converse(what, seed, done / TOGETHER % 2 == 1);
            }
        }
        assertThat(unserved).as("given up").isLessThanOrEqualTo(TOGETHER + each / 100);
    }
}
