// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Clock;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.limit.SynProxyStates;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ProxiedSyns;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.StackContext;
import io.fullnat.testing.Seed;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [SynProxies]: when SYNs of a service are answered, which cookies are accepted, and what is
/// counted of them.
class SynProxiesTest {
    private static final int SERVICES = 4;
    private static final int SLOT = 3;
    private static final int FROM = 20;
    private static final int NUMBER = 0x1234_5678;
    private static final long UNIX = 1_700_000_000L;
    private static final CookieSecrets SECRETS = CookieSecrets.random();

    private final OpenBench bench = new OpenBench(Seed.value(), 16);
    private final StackContext stack = bench.context.stack();
    private final WallClock clock = new WallClock();
    private final SynProxyStates states = new SynProxyStates(SERVICES, SECRETS, clock);
    private final Limits limits = new Limits(SERVICES, 2, 16, ClientNetworks.DEFAULT, 1, states);
    private final SynProxies proxies = new SynProxies(stack, limits, SERVICES);
    private final SynProxies others = new SynProxies(stack, limits, SERVICES);
    private final Region segment = Region.allocate(64, "a test's segment");
    private final ServiceEntry service = service(SLOT, SynProxy.from(FROM), 0);

    private static final class WallClock implements Clock {
        private int readings;
        private long seconds = UNIX;

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public long unixSeconds() {
            readings++;
            return seconds;
        }
    }

    @AfterEach
    void close() {
        segment.close();
        proxies.close();
        others.close();
        limits.close();
        bench.close();
    }

    private ServiceEntry service(int slot, SynProxy proxy, int halfOpen) {
        return bench.service(
                slot,
                ServicePolicy.DEFAULT
                        .withTcp(TcpPolicy.KEEP.withSynProxy(proxy))
                        .withLimits(ServiceLimits.NONE.withHalfOpen(halfOpen)));
    }

    private static ProxiedSyns proxied(ServiceEntry entry) {
        return requireNonNull(entry.proxiedSyns());
    }

    private boolean isActive(ServiceEntry entry) {
        return proxies.isActive(entry, proxied(entry));
    }

    /// Seconds pass, of the worker's clock and of the time of day.
    private void pass(int seconds) {
        clock.seconds += seconds;
        stack.time(stack.nowNs() + TimeUnit.SECONDS.toNanos(seconds));
    }

    private static void between(SynProxies worker, String client, String virtual) {
        IpAddress from = IpAddress.parse(client);
        IpAddress to = IpAddress.parse(virtual);
        worker.between(from.high(), from.low(), to.high(), to.low());
    }

    private long write(int flags, int sequence, int acknowledged) {
        long l4 = segment.address();
        Tcp.writeHeader(l4, 40_000, 80, sequence, acknowledged, flags, 1_000);
        return l4;
    }

    private int answer(ServiceEntry entry) {
        between(proxies, "198.51.100.7", "192.0.2.80");
        return proxies.answer(write(Tcp.SYN, NUMBER, 0), entry, proxied(entry)).cookie();
    }

    private boolean isRight(SynProxies worker, int cookie) {
        between(worker, "198.51.100.7", "192.0.2.80");
        return worker.check(write(Tcp.ACK, NUMBER + 1, cookie + 1), proxied(service));
    }

    @Test
    void oneThatIsAlwaysOnIsSoWithoutBeingSwitchedOn() {
        assertThat(isActive(service(SLOT, SynProxy.parse("always"), 0))).isTrue();
        assertThat(states.isOn(SLOT)).isFalse();
    }

    @Test
    void itIsSwitchedOnByAsManyHalfOpenConnectionsAsWereSaidAndStaysOn() {
        limits.halfOpen().add(SLOT, FROM - 1);
        assertThat(isActive(service)).isFalse();
        assertThat(states.isOn(SLOT)).isFalse();
        limits.halfOpen().add(SLOT, 1);
        assertThat(isActive(service)).isTrue();
        assertThat(states.from(SLOT)).isEqualTo(FROM);
        limits.halfOpen().add(SLOT, -FROM);
        assertThat(isActive(service)).as("until control switches it off").isTrue();
        states.off(SLOT);
        assertThat(isActive(service)).isFalse();
    }

    @Test
    void whatOneWorkerHasSwitchedOnIsOnForAll() {
        limits.halfOpen().add(SLOT, FROM);
        assertThat(isActive(service)).isTrue();
        limits.halfOpen().add(SLOT, -FROM);
        assertThat(others.isActive(service, proxied(service))).isTrue();
    }

    /// It would never be reached.
    @Test
    void aLowerLimitOfHalfOpenConnectionsSwitchesItOn() {
        ServiceEntry limited = service(SLOT, SynProxy.from(FROM), 5);
        limits.halfOpen().add(SLOT, 5);
        assertThat(isActive(limited)).isTrue();
        assertThat(states.from(SLOT)).isEqualTo(5);
    }

    @Test
    void otherServicesAreNotConcerned() {
        limits.halfOpen().add(SLOT - 1, FROM);
        assertThat(isActive(service)).isFalse();
    }

    @Test
    void aCookieIsAcceptedByAnyWorkerWithWhatItHasPromised() {
        int cookie = answer(service);
        assertThat(isRight(others, cookie)).isTrue();
        CookieTerms terms = others.terms();
        assertThat(terms.cookie()).isEqualTo(cookie);
        assertThat(terms.clientSequence()).isEqualTo(NUMBER);
        assertThat(isRight(proxies, cookie ^ 0x1_0000)).isFalse();
    }

    @Test
    void aCookieOfIpv6IsForItsAddressesToo() {
        between(proxies, "2001:db8:c1::7", "2001:db8:80::80");
        long syn = write(Tcp.SYN, NUMBER, 0);
        int cookie = proxies.answer(syn, service, proxied(service)).cookie();
        long ack = write(Tcp.ACK, NUMBER + 1, cookie + 1);
        assertThat(proxies.check(ack, proxied(service))).isTrue();
        between(proxies, "2001:db8:c1::8", "2001:db8:80::80");
        assertThat(proxies.check(ack, proxied(service))).isFalse();
        between(proxies, "2001:db8:c1::7", "2001:db8:80::81");
        assertThat(proxies.check(ack, proxied(service))).isFalse();
    }

    /// Each cookie is right, the segments are not.
    @ParameterizedTest
    @CsvSource({
        Tcp.SYN + ", false",
        Tcp.RST + ", false",
        Tcp.SYN + Tcp.ACK + ", false",
        Tcp.RST + Tcp.ACK + ", false",
        "0, false",
        Tcp.ACK + ", true"
    })
    void onlyAPlainAcknowledgementAcknowledges(int flags, boolean right) {
        int cookie = answer(service);
        long l4 = write(flags, NUMBER + 1, cookie + 1);
        assertThat(proxies.check(l4, proxied(service))).isEqualTo(right);
    }

    /// For the step of 64 seconds that it was made in, and the next.
    @ParameterizedTest
    @CsvSource({"63, true", "192, false"})
    void aCookieIsGoodForAMinuteOrTwo(int seconds, boolean right) {
        int cookie = answer(service);
        pass(seconds);
        assertThat(isRight(proxies, cookie)).isEqualTo(right);
    }

    /// To ask the system costs more than a cookie.
    @Test
    void theTimeIsReadOnceASecond() {
        answer(service);
        assertThat(clock.readings).isEqualTo(1);
        answer(service);
        isRight(proxies, 0);
        assertThat(clock.readings).isEqualTo(1);
        pass(1);
        isRight(proxies, 0);
        answer(service);
        assertThat(clock.readings).isEqualTo(2);
    }

    @Test
    void whatIsNoAcknowledgementIsNotWorthATime() {
        between(proxies, "198.51.100.7", "192.0.2.80");
        assertThat(proxies.check(write(Tcp.SYN, 1, 1), proxied(service))).isFalse();
        assertThat(clock.readings).isZero();
    }

    @Test
    void otherSecretsHoldWithinASecond() {
        int cookie = answer(service);
        states.changeSecrets(CookieSecrets.random());
        assertThat(isRight(proxies, cookie)).isTrue();
        pass(1);
        assertThat(isRight(proxies, cookie)).isFalse();
        int now = answer(service);
        assertThat(isRight(proxies, now)).isTrue();
        assertThat(isRight(others, now)).as("of another worker, too").isTrue();
    }

    @Test
    void cookiesAreCountedForTheirServiceUntilTheyAreAcknowledged() {
        for (int i = 0; i < 3; i++) {
            answer(service);
        }
        answer(service(0, SynProxy.from(FROM), 0));
        assertThat(proxies.unacknowledged(SLOT)).isEqualTo(3);
        assertThat(proxies.unacknowledged(0)).isEqualTo(1);
        assertThat(proxies.unacknowledged(1)).isZero();
        proxies.acknowledged(SLOT);
        assertThat(proxies.unacknowledged(SLOT)).isEqualTo(2);
        assertThat(others.unacknowledged(SLOT)).as("each worker counts its own").isZero();
    }

    /// What is refused can be sent again and again.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCheckAloneCountsNothing(boolean right) {
        int cookie = answer(service);
        assertThat(isRight(proxies, right ? cookie : ~cookie)).isEqualTo(right);
        assertThat(proxies.unacknowledged(SLOT)).isEqualTo(1);
    }
}
