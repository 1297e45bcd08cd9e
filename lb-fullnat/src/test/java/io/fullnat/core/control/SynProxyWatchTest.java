// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.limit.SynProxyStates;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.SynProxies;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.service.ServiceEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// [SynProxyWatch]: how long a SYN proxy that workers have switched on stays so, and what is told
/// of it. It is switched off from the eleventh look on, which is the first that has seen ten
/// seconds.
class SynProxyWatchTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey TLS = ServiceKey.tcp("2001:db8:80::80", 443);
    private static final ServiceKey FIRST = ServiceKey.tcp("192.0.2.80", 22);
    private static final int FROM = 20;
    private static final String ACTIVE =
            "SYN_PROXY_ACTIVE %s: %d half-open connections; of the SYNs of the last ten seconds %d were answered in vain";

    private final IdleWorkers idle = new IdleWorkers(2);
    private final SynProxyStates states = idle.workers.limits().synProxies();
    private final Slots<ServiceKey> services = new Slots<>("service", 100);
    private final Set<ServiceKey> wanted = new HashSet<>(Set.of(FIRST, WEB, TLS));
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);
    private final SynProxyWatch watch =
            new SynProxyWatch(idle.workers, services, wanted::contains, conditions);
    private final Region syn = Region.allocate(64, "a test's SYN");
    private final List<ServiceEntry> proxied = proxied();
    private int web;
    private long nowNs;

    @BeforeEach
    void switchOn() {
        Memory.putByte(syn.address() + 12, 5 << 4); // no options
        services.acquire(FIRST);
        web = services.acquire(WEB);
        states.on(web, FROM);
    }

    @AfterEach
    void close() {
        syn.close();
        idle.close();
    }

    /// Services with SYN proxies, in the slots 0 to 2.
    private List<ServiceEntry> proxied() {
        ServicePolicy policy =
                ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.from(FROM)));
        ServiceBuilder builder =
                new ServiceBuilder(idle.workers, idle.resources, new Schedulers(List.of()), 42);
        return Stream.of(1, 2, 3)
                .map(port ->
                        VirtualService.of(ServiceKey.tcp("192.0.2.1", port)).withPolicy(policy))
                .map(service -> builder.build(service, null, null).entry(0))
                .toList();
    }

    /// SYNs that a worker answers, and whose cookies nobody acknowledges.
    private void inVain(int worker, int slot, int count) {
        ServiceEntry service = proxied.get(slot);
        assertThat(service.slot()).isEqualTo(slot);
        for (int i = 0; i < count; i++) {
            proxies(worker)
                    .answer(syn.address(), service, Objects.requireNonNull(service.proxiedSyns()));
        }
    }

    private SynProxies proxies(int worker) {
        return idle.workers.workers().get(worker).flows().synProxies();
    }

    private void halfOpen(int slot, int more) {
        idle.workers.limits().halfOpen().add(slot, more);
    }

    private void look() {
        nowNs += TimeUnit.SECONDS.toNanos(1);
        watch.poll(nowNs);
    }

    private void looks(int count) {
        for (int i = 0; i < count; i++) {
            look();
        }
    }

    private List<String> lasting() {
        return conditions.active(nowNs).stream()
                .map(each -> each.condition() + " " + each.subject() + ": " + each.detail())
                .toList();
    }

    private List<String> ended() {
        return events.stream()
                .filter(BalancerEvent.ConditionEnded.class::isInstance)
                .map(BalancerEvent.ConditionEnded.class::cast)
                .map(each -> each.condition() + " " + each.subject() + ": " + each.detail())
                .toList();
    }

    @Test
    void whatIsOffIsNotLookedAt() {
        states.off(web);
        halfOpen(web, FROM);
        looks(20);
        assertThat(events).isEmpty();
        assertThat(states.isOn(web)).isFalse();
    }

    @Test
    void whatWorkersHaveSwitchedOnIsToldWithHowMuchThereIs() {
        halfOpen(web, FROM);
        look();
        assertThat(lasting()).containsExactly(ACTIVE.formatted(WEB, FROM, 0));
        assertThat(states.from(web)).isEqualTo(FROM);
    }

    @Test
    void whatIsNotNeededIsSwitchedOffWhenTenSecondsHaveBeenSeen() {
        looks(10);
        assertThat(states.isOn(web)).isTrue();
        assertThat(lasting()).hasSize(1);
        look();
        assertThat(states.isOn(web)).isFalse();
        assertThat(lasting()).isEmpty();
        assertThat(ended()).containsExactly(ACTIVE.formatted(WEB, 0, 0));
    }

    /// Three looks is how long a connection is half open for which a SYN in vain would stand.
    @ParameterizedTest
    @CsvSource({"9, 0, false", "10, 0, true", "0, 3, false", "0, 4, true", "9, 3, false"})
    void itStaysOnWithHalfAsManyAsHaveSwitchedItOn(int halfOpen, int inVain, boolean stays) {
        look();
        halfOpen(web, halfOpen);
        inVain(0, web, inVain);
        looks(10);
        assertThat(states.isOn(web)).isEqualTo(stays);
        if (!stays) {
            assertThat(ended()).containsExactly(ACTIVE.formatted(WEB, halfOpen, inVain));
        }
    }

    @Test
    void itIsHalfOfWhatHasSwitchedItOn() {
        states.on(web, 7);
        halfOpen(web, 3);
        looks(11);
        assertThat(states.isOn(web)).isFalse();
        states.on(web, 6);
        looks(30);
        assertThat(states.isOn(web)).isTrue();
    }

    @Test
    void synsInVainAreThoseOfAllWorkers() {
        look();
        inVain(0, web, 2);
        inVain(1, web, 2);
        looks(10);
        assertThat(states.isOn(web)).isTrue();
    }

    @Test
    void synsOfMoreThanTenSecondsAgoDoNotCount() {
        looks(5);
        inVain(0, web, 4);
        looks(10);
        assertThat(states.isOn(web)).as("they came ten looks ago").isTrue();
        look();
        assertThat(states.isOn(web)).isFalse();
        assertThat(ended()).containsExactly(ACTIVE.formatted(WEB, 0, 0));
    }

    /// One in each two seconds, of which five are in ten.
    @Test
    void synsOfTenSecondsAddUp() {
        for (int second = 0; second < 40; second++) {
            inVain(0, web, 1);
            look();
            if (second % 2 == 1) {
                proxies(0).acknowledged(web);
            }
            assertThat(states.isOn(web)).isTrue();
        }
        looks(10);
        assertThat(states.isOn(web)).isFalse();
    }

    @Test
    void whatWasInVainBeforeTheFirstLookDoesNotCount() {
        inVain(0, web, 100);
        look();
        assertThat(lasting()).containsExactly(ACTIVE.formatted(WEB, 0, 0));
        looks(10);
        assertThat(states.isOn(web)).isFalse();
    }

    @Test
    void cookiesThatAreAcknowledgedAreNotInVain() {
        look();
        inVain(0, web, 4);
        proxies(1).acknowledged(web); // by whichever worker gets it
        looks(10);
        assertThat(states.isOn(web)).isFalse();
    }

    @Test
    void eachServiceIsLookedAtByItself() {
        int tls = services.acquire(TLS);
        states.on(tls, FROM);
        states.on(services.find(FIRST), FROM);
        look();
        assertThat(lasting()).hasSize(3);
        inVain(0, tls, 4);
        looks(10);
        assertThat(states.isOn(services.find(FIRST))).isFalse();
        assertThat(states.isOn(web)).isFalse();
        assertThat(states.isOn(tls)).isTrue();
        assertThat(lasting()).containsExactly(ACTIVE.formatted(TLS, 0, 0));
    }

    @Test
    void itIsSwitchedOffAtOnceWhenTheServiceWantsNoneByItself() {
        halfOpen(web, FROM);
        looks(2);
        wanted.remove(WEB);
        look();
        assertThat(states.isOn(web)).isFalse();
        assertThat(lasting()).isEmpty();
        assertThat(events)
                .last()
                .isInstanceOfSatisfying(
                        BalancerEvent.ConditionEnded.class,
                        end -> {
                            assertThat(end.subject()).isEqualTo(WEB.toString());
                            assertThat(end.lasted()).isEqualTo(Duration.ofSeconds(2));
                            assertThat(end.detail()).isEqualTo("the service says so");
                        });
    }

    @Test
    void whatIsSwitchedOnAgainIsLookedAtFromTheBeginning() {
        looks(8);
        wanted.clear();
        look();
        wanted.add(WEB);
        states.on(web, FROM);
        looks(10);
        assertThat(states.isOn(web)).isTrue();
        look();
        assertThat(states.isOn(web)).isFalse();
        states.on(web, FROM);
        looks(10);
        assertThat(states.isOn(web)).as("after it was not needed, too").isTrue();
    }

    private void free() {
        services.release(WEB);
        services.reclaim(any -> true, (key, slot) -> {});
    }

    /// Its condition ends as all do that nobody sees any more.
    @Test
    void itIsSwitchedOffWhereThereIsNoServiceAnyMore() {
        inVain(0, web, 100);
        look();
        inVain(0, web, 3);
        looks(2);
        free();
        look();
        assertThat(states.isOn(web)).isFalse();
        assertThat(ended()).isEmpty();
        conditions.poll(nowNs + Conditions.CALM_NS);
        assertThat(lasting()).isEmpty();
        assertThat(ended()).containsExactly(ACTIVE.formatted(WEB, 0, 3));
    }

    @Test
    void whatWasSeenOfAFormerServiceIsNotTheNextOnes() {
        looks(9);
        free();
        assertThat(services.acquire(TLS)).isEqualTo(web);
        looks(10);
        assertThat(states.isOn(web)).isTrue();
        look();
        assertThat(states.isOn(web)).isFalse();
    }

    @Test
    void aServiceThatIsBackInItsSlotIsLookedAtFromTheBeginning() {
        looks(9);
        free();
        look();
        assertThat(services.acquire(WEB)).isEqualTo(web);
        states.on(web, FROM);
        looks(10);
        assertThat(states.isOn(web)).isTrue();
    }
}
