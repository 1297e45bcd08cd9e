// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.ModifiedConnections;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Questions and answers of UDP with one service, over wires that lose, repeat and reorder. Each
/// client asks a few questions, one after another, again and again until it is answered. Drawn at
/// random: MTUs of 1,280 to 9,000 bytes, how many questions, their sizes. Between families long
/// ones are sent on in fragments. Where nothing is put into them, or no more, some come in
/// fragments themselves, of up to three packets' length, and so do their answers.
final class Questions implements AutoCloseable {
    /// A client fails that is not answered so often.
    static final int MOST_TRIES = 30;

    private static final int[] MTUS = {1280, 1400, 1500, 4000, 9000};

    /// A datagram of IPv4 that becomes longer in IPv6 than is never cut has no room for a header.
    private static final int WITH_HEADER = 1280;

    /// Bytes of a question that say whose it is, and which.
    private static final int NUMBERS = 8;

    /// Steps until a question is asked again.
    private static final int PATIENCE = 20;

    /// How often a client is that impatient.
    private static final int IMPATIENT = 6;

    /// How many times as long as a packet a question is at most.
    private static final int MOST_PARTS = 3;

    /// How long a first question is at most.
    private static final int SHORT = 500;

    final SimulatedSite site;
    private final boolean clients6;
    private final boolean headers;
    private final int longest;
    private final RandomGenerator random;
    private final Map<Integer, Client> clients = new HashMap<>();
    private final Map<String, String> ids = new HashMap<>();
    private int told;

    /// @param workers of the balancer
    /// @param room what questions leave of the MTU for IP, UDP and what is told
    Questions(
            int workers,
            ServicePolicy policy,
            boolean clients6,
            boolean servers6,
            int room,
            long seed,
            RandomGenerator random) {
        this.clients6 = clients6;
        this.random = random;
        headers = policy.proxyProtocol().version() != 0;
        int mtu = MTUS[random.nextInt(MTUS.length)];
        longest = (headers && !clients6 && servers6 ? Math.min(mtu, WITH_HEADER) : mtu) - room;
        site =
                SimulatedSite.ofBothFamilies(
                        workers,
                        mtu,
                        seed,
                        wire -> wire.withLoss(0.04).withDuplication(0.04).withDelay(0, 4_000_000));
        site.apply(
                new Change.AddService(
                        SimulatedSite.service(ServiceKey.udp(vip(), 53), servers6, 5353)
                                .withPolicy(policy)));
        site.run(Duration.ofSeconds(clients6 || servers6 ? 6 : 1)); // addresses are checked first
        site.servers.udp().bind(5353, this::served);
    }

    private String vip() {
        return SimulatedSite.vip(clients6);
    }

    /// Has them, and checks all.
    ///
    /// @param believed whether some clients say themselves who they are
    /// @param announced whether servers are told beside the data
    /// @param idle when connections are gone
    void ask(int count, boolean believed, boolean announced, Duration idle) {
        for (int i = 0; i < count; i++) {
            int port = 20_000 + i * 7;
            clients.put(i, new Client(i, port, believed && random.nextBoolean(), announced));
            site.client.udp().bind(port, clients.get(i)::answered);
        }
        site.runUntil(() -> {
            clients.values().forEach(Client::tick);
            return clients.values().stream().allMatch(Client::isDone);
        });
        site.run(Duration.ofMillis(100)); // what is still under way
        if (!headers) {
            assertThat(ModifiedConnections.of(site.balancer)).as("not plain again").isZero();
        }
        site.assertClean();
        site.run(idle);
        assertThat(ModifiedConnections.of(site.balancer)).as("modified").isZero();
        assertThat(site.balancer.counters().total(Counter.CONNECTIONS)).isZero();
        assertThat(told).as("who was told").isEqualTo(headers || announced ? count : 0);
        assertThat(site.servers.udp().announcedClients())
                .as("beside the data")
                .hasSize(announced ? count : 0);
        if (!ids.isEmpty()) {
            assertThat(ids.values()).as("ids of their own").doesNotHaveDuplicates();
        }
    }

    /// A question arrives at the server, which sends it back.
    private void served(SimulatedUdp.Datagram datagram) {
        if (datagram.data().length < NUMBERS) {
            return; // tells of a client alone: no room, or with what is too long
        }
        ToldStream question = ToldStream.of(datagram.data());
        byte[] body = new byte[question.body().remaining()];
        question.body().get(body);
        Client client = requireNonNull(clients.get(ByteBuffer.wrap(body).getInt()));
        client.isAsked(datagram.peer(), question, body);
        site.servers.udp().sendInFragments(datagram.local(), datagram.peer(), body);
    }

    @Override
    public void close() {
        site.close();
    }

    private final class Client {
        final int number;
        final int port;
        final String ends;
        final byte[] said;
        final boolean announced;
        final byte[][] questions;
        boolean known;
        int answered;
        int tries;
        int wait;

        Client(int number, int port, boolean says, boolean announced) {
            this.number = number;
            this.port = port;
            this.announced = announced;
            said = says ? ToldStream.said(false, 1 + number) : new byte[0];
            String from = clients6 ? "2001:db8:1::7" : "192.0.2.7";
            ends =
                    !headers
                            ? ""
                            : says
                                    ? ToldStream.ends(
                                            "198.18.0.1",
                                            "198.18.0.2",
                                            String.valueOf(1 + number),
                                            "9")
                                    : ToldStream.ends(from, vip(), String.valueOf(port), "53");
            questions = new byte[1 + random.nextInt(4)][];
            for (int i = 0; i < questions.length; i++) {
                int length = length(i == 0);
                questions[i] = new byte[length];
                random.nextBytes(questions[i]);
                ByteBuffer.wrap(questions[i]).putInt(number).putInt(i);
            }
        }

        /// The first question of a connection is whole where its server is to be told something.
        private int length(boolean first) {
            int most = longest - said.length;
            if (!headers && !(first && announced) && random.nextInt(3) == 0) {
                most *= MOST_PARTS;
            } else if (first || random.nextBoolean()) {
                most = SHORT;
            }
            return random.nextInt(4) == 0 ? most : NUMBERS + random.nextInt(most - NUMBERS);
        }

        boolean isDone() {
            return answered == questions.length;
        }

        void tick() {
            if (!isDone() && wait-- <= 0) {
                assertThat(++tries).as("tries of client %d", number).isLessThan(MOST_TRIES);
                wait = tries < IMPATIENT ? PATIENCE : 25 * PATIENCE; // a neighbour may be asked for
                byte[] question = questions[answered];
                byte[] sent = Arrays.copyOf(said, said.length + question.length);
                System.arraycopy(question, 0, sent, said.length, question.length);
                site.client.udp().sendInFragments(port, Endpoint.of(vip(), 53), sent);
            }
        }

        void answered(SimulatedUdp.Datagram datagram) {
            if (!isDone() && Arrays.equals(datagram.data(), questions[answered])) {
                answered++;
                tries = 0;
                wait = 0;
            }
        }

        /// What the server is told, with the first question that arrives or with each.
        void isAsked(Endpoint peer, ToldStream question, byte[] body) {
            assertThat(body).isEqualTo(questions[ByteBuffer.wrap(body).getInt(4)]);
            assertThat(question.ends()).isEqualTo(ends);
            String id = question.unique();
            if (!id.isEmpty()) {
                assertThat(ids.merge(ends, id, (before, now) -> before)).isEqualTo(id);
            }
            Endpoint client = site.servers.udp().announcedClients().get(peer);
            if (announced) {
                assertThat(client)
                        .as("client of %s", peer)
                        .isEqualTo(Endpoint.of(clients6 ? "2001:db8:1::7" : "192.0.2.7", port));
            }
            if (!known && (headers || announced)) {
                known = true;
                told++;
            }
        }
    }
}
