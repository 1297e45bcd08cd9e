// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.TLS;
import static io.fullnat.core.health.MonitorRig.WEB;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.Announcement;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which virtual addresses are announced, and what comes of attempts that fail (H18).
class AnnouncementsTest {
    private static final IpAddress VIRTUAL = WEB.endpoint().address();

    private final MonitorRig rig = MonitorRig.announcing();

    @AfterEach
    void close() {
        rig.close();
    }

    private static HealthPolicy announced(Announce announce) {
        return policy(builder -> builder.announce(announce), CHECK);
    }

    private static VirtualService web(Announce announce) {
        return service(WEB, announced(announce), server(1), server(2));
    }

    private void apply(VirtualService... services) {
        rig.apply(services);
        rig.poll();
    }

    private Map<String, String> failing() {
        Map<String, String> failing = new LinkedHashMap<>();
        rig.announcements.look(
                rig.clock.nanoTime(), (address, why) -> failing.put(address.toString(), why));
        return failing;
    }

    @Test
    void h18AnAddressIsWithdrawnWhileNobodyServesIt() {
        apply(web(Announce.WHEN_HEALTHY));
        assertThat(rig.announced).last().isEqualTo(Set.of(VIRTUAL));
        assertThat(rig.health().announcement()).isEqualTo(Announcement.ANNOUNCED);

        rig.dead(1);
        rig.seconds(6);
        assertThat(rig.health().announcement()).isEqualTo(Announcement.ANNOUNCED);
        rig.dead(2);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of());
        assertThat(rig.health().announcement()).isEqualTo(Announcement.WITHDRAWN);

        rig.alive(1);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of(VIRTUAL));
        assertThat(rig.events)
                .filteredOn(event -> event.endsWith("announced") || event.endsWith("withdrawn"))
                .containsExactly(
                        "192.0.2.80 announced", "192.0.2.80 withdrawn", "192.0.2.80 announced");
    }

    @Test
    void h18AnAddressIsCountedOnceForAllItsServices() {
        VirtualService tls = service(TLS, announced(Announce.WHEN_HEALTHY), server(3));
        apply(web(Announce.WHEN_HEALTHY), tls);
        rig.dead(1, 2);
        rig.seconds(6);
        assertThat(rig.health().quorumUp()).isFalse();
        assertThat(rig.announced).last().isEqualTo(Set.of(VIRTUAL)); // TLS is served
        assertThat(rig.health().announcement()).isEqualTo(Announcement.ANNOUNCED);

        rig.dead(3);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of());
        rig.alive(1);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of(VIRTUAL));
        rig.remove(WEB);
        rig.poll();
        assertThat(rig.announced).last().isEqualTo(Set.of());
    }

    @Test
    void whoDoesNotAskDoesNotCount() {
        VirtualService tls = service(TLS, announced(Announce.NEVER), server(3));
        apply(web(Announce.WHEN_HEALTHY), tls);
        rig.dead(1, 2);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of());
        assertThat(rig.monitor.health(TLS).announcement()).isEqualTo(Announcement.NONE);
    }

    @Test
    void alwaysIsAsLongAsTheServiceIsThere() {
        rig.dead(1, 2);
        apply(web(Announce.ALWAYS));
        rig.seconds(6);
        assertThat(rig.health().quorumUp()).isFalse();
        assertThat(rig.announced).last().isEqualTo(Set.of(VIRTUAL));

        apply(web(Announce.NEVER));
        assertThat(rig.announced).last().isEqualTo(Set.of());
        assertThat(rig.health().announcement()).isEqualTo(Announcement.NONE);
    }

    @Test
    void theHysteresisOfTheQuorumDecides() {
        HealthPolicy policy =
                policy(
                        builder -> builder.announce(Announce.WHEN_HEALTHY).quorum(new Quorum(2, 1)),
                        CHECK);
        apply(service(WEB, policy, server(1), server(2), server(3)));
        rig.dead(1, 2);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of(VIRTUAL)); // 1 is not below 2 - 1
        rig.dead(3);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of());
        rig.alive(1, 2);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of()); // 2 is not 2 + 1
        rig.alive(3);
        rig.seconds(6);
        assertThat(rig.announced).last().isEqualTo(Set.of(VIRTUAL));
    }

    @Test
    void nobodyIsAnnouncedBeforeTheFirstStateAndOneWithoutServersNever() {
        rig.poll();
        assertThat(rig.announced).isEmpty();
        apply(service(WEB, announced(Announce.WHEN_HEALTHY)));
        assertThat(rig.announced).containsExactly(Set.of()); // what an earlier run has left goes
    }

    @Test
    void whatFailsIsTriedAgainAndSaid() {
        rig.failing.put(VIRTUAL, "File exists");
        apply(web(Announce.WHEN_HEALTHY));
        assertThat(rig.health().announcement()).isEqualTo(Announcement.FAILED);
        assertThat(failing()).containsExactly(Map.entry("192.0.2.80", "File exists"));
        assertThat(rig.announced).hasSize(1);

        rig.seconds(4.9);
        assertThat(rig.announced).hasSize(1);
        rig.failing.clear();
        rig.seconds(0.2);
        assertThat(rig.announced).hasSize(2);
        assertThat(rig.health().announcement()).isEqualTo(Announcement.ANNOUNCED);
        assertThat(failing()).isEmpty();

        rig.failing.put(VIRTUAL, "all"); // the announcer as a whole
        rig.seconds(30);
        assertThat(rig.announced).hasSize(3);
        assertThat(failing()).containsExactly(Map.entry("192.0.2.80", "no network"));
        assertThat(rig.health().announcement()).isEqualTo(Announcement.FAILED);
        assertThat(rig.events).doesNotContain("192.0.2.80 withdrawn"); // nobody knows
    }

    @Test
    void aWithdrawalThatFailsIsTriedAgain() {
        apply(web(Announce.WHEN_HEALTHY));
        rig.failing.put(VIRTUAL, "Operation not permitted");
        rig.remove(WEB);
        rig.poll();
        assertThat(failing()).containsKey("192.0.2.80");
        assertThat(rig.events).doesNotContain("192.0.2.80 withdrawn");
        rig.failing.clear();
        rig.seconds(5);
        assertThat(rig.events).contains("192.0.2.80 withdrawn");
        rig.seconds(60);
        assertThat(rig.announced).hasSize(3); // nothing is left to be repeated
    }

    @Test
    void whatIsAnnouncedIsToldAgainAtTimes() {
        apply(web(Announce.WHEN_HEALTHY));
        rig.seconds(29.9);
        assertThat(rig.announced).hasSize(1);
        rig.seconds(0.2);
        assertThat(rig.announced).hasSize(2);
    }

    @Test
    void oneCallAtATimeAndALateOneIsSaid() {
        Queue<Runnable> calls = new ArrayDeque<>();
        Announcements slow =
                new Announcements(addresses -> Map.of(), calls::add, (address, isAnnounced) -> {});
        Set<IpAddress> first = Set.of(VIRTUAL);
        slow.want(first);
        slow.poll(0);
        slow.want(Set.of());
        slow.poll(1);
        slow.want(first);
        slow.poll(Announcements.LATE_NS);
        assertThat(calls).hasSize(1);
        Map<IpAddress, String> late = new LinkedHashMap<>();
        slow.look(Announcements.LATE_NS, late::put);
        assertThat(late)
                .containsExactly(Map.entry(VIRTUAL, "the announcer has not answered for 30 s"));

        calls.remove().run();
        slow.poll(Announcements.LATE_NS + 1);
        assertThat(slow.of(Announce.ALWAYS, List.of(VIRTUAL))).isEqualTo(Announcement.ANNOUNCED);
        assertThat(calls).hasSize(1); // what was asked meanwhile
    }

    @Test
    void theEndWithdrawsAllAndWaitsNoLongerThanItsLimit() throws InterruptedException {
        apply(web(Announce.ALWAYS));
        rig.announcements.withdraw(Duration.ofSeconds(60));
        assertThat(rig.announced).last().isEqualTo(Set.of());

        CountDownLatch ended = new CountDownLatch(1);
        Announcements hangs =
                new Announcements(
                        addresses -> {
                            if (addresses.isEmpty()) {
                                try {
                                    Thread.sleep(Duration.ofDays(1));
                                } finally {
                                    ended.countDown();
                                }
                            }
                            return Map.of();
                        },
                        Runnable::run,
                        (address, isAnnounced) -> {});
        hangs.withdraw(Duration.ofDays(1)); // it has announced nothing: nothing is asked
        hangs.want(Set.of(VIRTUAL));
        hangs.poll(0);
        hangs.withdraw(Duration.ofMillis(1));
        ended.await();
    }

    @Test
    void anAnnouncerThatThrowsAndAnExecutorThatRefusesAreSurvived() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(2);
        Announcements broken =
                new Announcements(
                        addresses -> {
                            asked.countDown();
                            throw new IllegalStateException("broken");
                        },
                        call -> {
                            call.run();
                            throw new IllegalStateException("full");
                        },
                        (address, isAnnounced) -> {});
        broken.want(Set.of(VIRTUAL));
        assertThat(broken.poll(0)).isPositive();
        asked.await(); // by a thread of its own at last
        broken.poll(1);
        assertThat(broken.of(Announce.ALWAYS, List.of(VIRTUAL))).isEqualTo(Announcement.FAILED);
    }
}
