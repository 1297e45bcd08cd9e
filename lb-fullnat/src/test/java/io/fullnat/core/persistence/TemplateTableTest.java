// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The table finds what it was told, for as long as it was told, and a full one gives places away
/// in the order that it promises.
class TemplateTableTest {
    private static final int WEB = 3;
    private static final int MAIL = 4;

    private TemplateTable table = new TemplateTable(TemplateTable.WAYS, 7);

    @AfterEach
    void close() {
        table.close();
    }

    private int claim(int service, long client, int server, int now) {
        return table.claim(service, 0, client, server, TemplateTable.NONE, now, 60);
    }

    private int find(int service, long client, int now) {
        return table.find(service, 0, client, now, 60);
    }

    @Test
    void holdsAsManyAsItSays() {
        assertThat(table.capacity()).isEqualTo(8);
        try (TemplateTable larger = new TemplateTable(1_000, 7)) {
            assertThat(larger.capacity()).isEqualTo(1_024);
        }
    }

    @Test
    void findsWhatItWasTold() {
        assertThat(find(WEB, 1, 0)).isEqualTo(TemplateTable.NONE);
        assertThat(claim(WEB, 1, 65_535, 0)).isEqualTo(65_535);

        assertThat(find(WEB, 1, 59)).isEqualTo(65_535);
        assertThat(find(WEB, 1, 118)).as("lasts anew each time").isEqualTo(65_535);
        assertThat(find(WEB, 1, 178)).as("is over").isEqualTo(TemplateTable.NONE);
        assertThat(find(MAIL, 1, 0)).as("of another service").isEqualTo(TemplateTable.NONE);
        assertThat(find(WEB, 2, 0)).as("of another client").isEqualTo(TemplateTable.NONE);
    }

    @Test
    void theFirstWorkerDecides() {
        assertThat(claim(WEB, 1, 10, 0)).isEqualTo(10);
        assertThat(claim(WEB, 1, 20, 0)).isEqualTo(10 | TemplateTable.MET);
        assertThat(table.claim(WEB, 0, 1, 20, 10, 0, 60)).as("10 is gone").isEqualTo(20);
        assertThat(find(WEB, 1, 0)).isEqualTo(20);
    }

    @Test
    void aSecondsCounterThatOverflowsDoesNoHarm() {
        int late = Integer.MAX_VALUE - 30;
        assertThat(claim(WEB, 1, 10, late)).isEqualTo(10);
        assertThat(find(WEB, 1, late + 50)).isEqualTo(10);
        assertThat(find(WEB, 1, late + 111)).isEqualTo(TemplateTable.NONE);
    }

    @Test
    void strangersTakeNoPlaceOfAKnownClient() {
        for (int client = 0; client < 4; client++) {
            claim(WEB, client, client, 0);
            table.prove(WEB, 0, client);
        }
        for (int stranger = 100; stranger < 10_000; stranger++) {
            assertThat(claim(WEB, stranger, 9, 1)).isNotNegative();
        }
        for (int client = 0; client < 4; client++) {
            assertThat(find(WEB, client, 2)).as("client %d", client).isEqualTo(client);
        }
    }

    @Test
    void aSetOfKnownClientsTakesNoStranger() {
        for (int client = 0; client < 8; client++) {
            claim(WEB, client, client, 0);
            table.prove(WEB, 0, client);
        }
        assertThat(claim(WEB, 100, 9, 1)).isEqualTo(TemplateTable.REFUSED);
        assertThat(claim(WEB, 100, 9, 60)).as("when they have lapsed").isEqualTo(9);
    }

    @Test
    void theLongestUnusedOfTheOwnServiceGivesWayFirst() {
        for (int client = 0; client < 8; client++) {
            claim(client < 4 ? MAIL : WEB, client, client, client);
        }
        find(WEB, 4, 20); // used once more
        assertThat(claim(WEB, 100, 9, 21)).isEqualTo(9 | TemplateTable.DISPLACED);
        assertThat(find(WEB, 5, 22)).isEqualTo(TemplateTable.NONE);
        for (int client : new int[] {0, 1, 2, 3}) {
            assertThat(find(MAIL, client, 22)).isEqualTo(client);
        }
        assertThat(find(WEB, 4, 22)).isEqualTo(4);
    }

    @Test
    void aServiceThatComesLateGetsItsPartAndNoMore() {
        for (int client = 0; client < 8; client++) {
            claim(WEB, client, client, client);
            table.prove(WEB, 0, client);
        }
        for (int stranger = 100; stranger < 200; stranger++) {
            claim(MAIL, stranger, 9, 20);
        }
        List<Integer> left = new ArrayList<>();
        for (int client = 0; client < 8; client++) {
            if (find(WEB, client, 21) == client) {
                left.add(client);
            }
        }
        assertThat(left).as("all but the longest unused").containsExactly(1, 2, 3, 4, 5, 6, 7);
    }

    /// A map that forgets says the same.
    @Test
    void isAsAMapThatForgets() {
        table.close();
        table = new TemplateTable(1 << 16, 7); // so sparse that no set is ever full
        RandomGenerator random = Seed.generator();
        Map<Long, int[]> model = new HashMap<>();
        int now = 0;
        for (int step = 0; step < 200_000; step++) {
            now += random.nextInt(50) == 0 ? 1 : 0;
            int service = random.nextInt(3);
            long client = random.nextInt(500);
            Long key = client << 8 | service;
            int[] known = model.get(key);
            boolean lives = known != null && known[1] > now;
            switch (random.nextInt(4)) {
                case 0 -> {
                    int server = random.nextInt(100);
                    int answer = claim(service, client, server, now);
                    assertThat(answer)
                            .isEqualTo(
                                    lives && known != null ? known[0] | TemplateTable.MET : server);
                    model.put(
                            key, new int[] {lives && known != null ? known[0] : server, now + 60});
                }
                case 1 -> {
                    int set = random.nextInt(table.sets());
                    int removed =
                            table.remove(
                                    set,
                                    now,
                                    (owner, high, low, server, left, proved) ->
                                            model.remove(low << 8 | owner) != null);
                    assertThat(removed).isNotNegative();
                }
                default -> {
                    assertThat(find(service, client, now))
                            .isEqualTo(lives && known != null ? known[0] : TemplateTable.NONE);
                    if (lives && known != null) {
                        known[1] = now + 60;
                    }
                }
            }
        }
        assertThat(all(now)).isEqualTo(live(model, now));
    }

    private Map<Long, Integer> all(int now) {
        Map<Long, Integer> all = new HashMap<>();
        for (int set = 0; set < table.sets(); set++) {
            table.visit(
                    set,
                    now,
                    (service, high, low, server, left, proved) -> {
                        assertThat(all.put(low << 8 | service, server)).isNull();
                        return false;
                    });
        }
        return all;
    }

    private static Map<Long, Integer> live(Map<Long, int[]> model, int now) {
        Map<Long, Integer> live = new HashMap<>();
        model.forEach((key, known) -> {
            if (known[1] > now) {
                live.put(key, known[0]);
            }
        });
        return live;
    }

    /// Eight threads that all want to say where the same clients go: each hears of one server.
    @Test
    void threadsAgree() throws InterruptedException {
        int clients = 20_000;
        int threads = 8;
        table.close();
        table = new TemplateTable(1 << 18, 7);
        AtomicIntegerArray servers = new AtomicIntegerArray(clients);
        List<String> wrong = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> all = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int server = thread;
            all.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    start.await();
                                } catch (InterruptedException ended) {
                                    return;
                                }
                                for (int client = 0; client < clients; client++) {
                                    int answer;
                                    do { // the system may hold an owner up
                                        answer = claim(WEB, client, server, 0);
                                    } while (answer == TemplateTable.BUSY);
                                    int agreed = (answer & TemplateTable.SERVER) + 1;
                                    if (!servers.compareAndSet(client, 0, agreed)
                                            && servers.get(client) != agreed) {
                                        synchronized (wrong) {
                                            wrong.add(client + ": " + agreed);
                                        }
                                    }
                                }
                            }));
        }
        start.countDown();
        for (Thread each : all) {
            each.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(all(0)).hasSize(clients);
    }
}
