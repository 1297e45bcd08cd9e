// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.Announcement;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// Announcing virtual addresses, in a whole balancer.
class AnnounceTest {
    private static final IpAddress VIRTUAL = ip(ControlRig.VIP);
    private static final Endpoint SERVER = ControlRig.SERVER.endpoint();

    private final List<Set<IpAddress>> announced = new CopyOnWriteArrayList<>();
    private final List<BalancerEvent> events = new ArrayList<>();
    private Map<IpAddress, String> failures = Map.of();

    private static Change announce(Announce announce) {
        return new Change.SetPolicy(
                WEB,
                ServicePolicy.DEFAULT.withHealth(
                        HealthPolicy.builder().announce(announce).build()));
    }

    private ControlRig rig() {
        return ControlRig.ofOneWorker(builder ->
                        builder.listener(events::add)
                                .announcer(addresses -> {
                                    announced.add(addresses);
                                    return failures;
                                }))
                .configured();
    }

    @Test
    void h18TheLastServerTakesItsAddressWithItAndTheEndAllOfThem() {
        ControlRig rig = rig();
        rig.apply(announce(Announce.WHEN_HEALTHY));
        rig.pass(Duration.ofSeconds(1));
        assertThat(announced).last().isEqualTo(Set.of(VIRTUAL));
        assertThat(rig.service().health().announcement()).isEqualTo(Announcement.ANNOUNCED);

        rig.apply(new Change.EditRealServer(WEB, RealServer.of("10.0.1.11", 8080).withWeight(0)));
        rig.pass(Duration.ofSeconds(1));
        assertThat(announced).last().isEqualTo(Set.of());
        rig.apply(new Change.EditRealServer(WEB, RealServer.of("10.0.1.11", 8080)));
        rig.pass(Duration.ofSeconds(1));
        assertThat(announced).last().isEqualTo(Set.of(VIRTUAL));

        var down = rig.balancer.control().reportHealth(WEB, SERVER, false, "agent", 1);
        rig.pass(Duration.ofSeconds(1));
        assertThat(announced).last().isEqualTo(Set.of());
        var up = rig.balancer.control().reportHealth(WEB, SERVER, true, "agent", 2);
        rig.pass(Duration.ofSeconds(1));
        assertThat(announced).last().isEqualTo(Set.of(VIRTUAL));
        assertThat(List.of(down, up)).allMatch(CompletableFuture::isDone);
        assertThat(events)
                .filteredOn(BalancerEvent.AnnouncementChanged.class::isInstance)
                .last()
                .isEqualTo(new BalancerEvent.AnnouncementChanged(VIRTUAL, true));

        rig.close();
        assertThat(announced).last().isEqualTo(Set.of());
    }

    @Test
    void aFailureIsAConditionUntilItSucceeds() {
        try (ControlRig rig = rig()) {
            failures = Map.of(VIRTUAL, "File exists");
            rig.apply(announce(Announce.ALWAYS));
            rig.pass(Duration.ofSeconds(1));
            rig.pass(Duration.ofSeconds(1));
            List<ActiveCondition> lasting = rig.balancer.control().health().conditions();
            assertThat(lasting)
                    .filteredOn(each -> each.condition() == Condition.ANNOUNCEMENT_FAILED)
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.subject()).isEqualTo("192.0.2.80");
                        assertThat(each.detail()).isEqualTo("File exists");
                    });
            failures = Map.of();
            rig.pass(Duration.ofSeconds(5));
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.balancer.control().health().conditions()).isEmpty();
        }
    }

    @Test
    void withoutAnAnnouncerAServiceThatAsksForItIsRefused() {
        try (ControlRig rig = ControlRig.ofOneWorker(builder -> builder).configured()) {
            for (Announce announce : List.of(Announce.ALWAYS, Announce.WHEN_HEALTHY)) {
                rig.refuses(
                        ErrorCode.UNSUPPORTED,
                        List.of("TCP 192.0.2.80:80", announce.word(), "no announcer", "never"),
                        announce(announce));
            }
            rig.apply(announce(Announce.NEVER));
        }
    }
}
