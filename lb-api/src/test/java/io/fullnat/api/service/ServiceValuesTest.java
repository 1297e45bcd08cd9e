// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Values that grow are made by builders, and are values all the same.
final class ServiceValuesTest {
    private static final ServiceKey KEY = ServiceKey.udp("192.0.2.80", 53);
    private static final RealServer SERVER = RealServer.of("10.0.1.11", 53);
    private static final LocalAddress LOCAL = LocalAddress.of("10.0.1.100", "lan");
    private static final AccessRule RULE = AccessRule.allow("10.0.0.0/8");
    private static final VirtualService SERVICE =
            VirtualService.builder(KEY)
                    .scheduler("rr")
                    .connectionTimeout(Optional.of(Duration.ofSeconds(9)))
                    .realServers(List.of(SERVER))
                    .localAddresses(List.of(LOCAL))
                    .accessRules(List.of(RULE))
                    .policy(ServicePolicy.DEFAULT.withRemoval(ServicePolicy.Removal.END))
                    .build();

    @Test
    void haveNoPublicConstructor() {
        for (Class<?> type : List.of(VirtualService.class, RealServer.class, ServicePolicy.class)) {
            assertThat(type.getDeclaredConstructors())
                    .allSatisfy((Constructor<?> made) ->
                            assertThat(Modifier.isPublic(made.getModifiers())).isFalse());
        }
    }

    @Test
    void begunWithDefaults() {
        VirtualService service = VirtualService.of(KEY);

        assertThat(service.scheduler()).isEqualTo("wlc");
        assertThat(service.connectionTimeout()).isEmpty();
        assertThat(service.realServers()).isEmpty();
        assertThat(service.localAddresses()).isEmpty();
        assertThat(service.accessRules()).isEmpty();
        assertThat(service.policy()).isEqualTo(ServicePolicy.DEFAULT);
        assertThat(SERVER.weight()).isEqualTo(1);
    }

    @Test
    void areEqualIfAllThatTheySayIs() {
        VirtualService same = SERVICE.toBuilder().build();
        assertThat(same).isEqualTo(SERVICE).hasSameHashCodeAs(SERVICE).hasToString("" + SERVICE);
        assertThat(SERVER.toBuilder().build()).isEqualTo(SERVER).hasSameHashCodeAs(SERVER);
        Stream.of(
                        SERVICE.withScheduler("wrr"),
                        SERVICE.withConnectionTimeout(Optional.empty()),
                        SERVICE.withRealServers(List.of(SERVER.withWeight(2))),
                        SERVICE.withRealServers(List.of()),
                        SERVICE.withLocalAddresses(List.of()),
                        SERVICE.withAccessRules(List.of()),
                        SERVICE.withPolicy(ServicePolicy.DEFAULT),
                        SERVICE.withPolicy(SERVICE.policy().withSchedulerOptions(Map.of("a", "b"))),
                        SERVICE.withPolicy(SERVICE.policy().withDescription("a")),
                        SERVICE.withRealServers(List.of(SERVER.withDescription("a"))),
                        SERVICE.withPolicy(SERVICE.policy().withTimeouts(Timeouts.DNS)),
                        SERVICE.withPolicy(
                                SERVICE.policy().withRefusal(ServicePolicy.Refusal.DROP)),
                        VirtualService.of(KEY))
                .forEach(other -> {
                    assertThat(other).isNotEqualTo(SERVICE);
                    assertThat(other.toString()).isNotEqualTo(SERVICE.toString());
                });
    }

    @Test
    void keepWhatTheyWereGiven() {
        List<RealServer> servers = new ArrayList<>(List.of(SERVER));
        VirtualService.Builder builder = VirtualService.builder(KEY).realServers(servers);
        servers.add(SERVER);

        assertThat(builder.build().realServers()).containsExactly(SERVER);
    }

    @Test
    void refuseWhatIsOutOfRangeOrGivenTwice() {
        VirtualService.Builder builder = VirtualService.builder(KEY);
        refused(
                ErrorCode.REAL_SERVER_EXISTS,
                "service UDP 192.0.2.80:53 has real server 10.0.1.11:53 twice",
                () -> builder.realServers(List.of(SERVER, SERVER.withWeight(3))));
        refused(
                ErrorCode.LOCAL_ADDRESS_EXISTS,
                "service UDP 192.0.2.80:53 has local address 10.0.1.100 twice",
                () -> builder.localAddresses(List.of(LOCAL, LOCAL)));
        refused(
                ErrorCode.ACCESS_RULE_EXISTS,
                "service UDP 192.0.2.80:53 has access rule \"allow 10.0.0.0/8\" twice",
                () -> builder.accessRules(List.of(RULE, RULE)));
        for (Duration wrong :
                List.of(
                        Duration.ZERO,
                        Duration.ofMillis(1500),
                        Duration.ofSeconds(Timeouts.MAX_SECONDS + 1))) {
            refused(
                    ErrorCode.INVALID_ARGUMENT,
                    "connection timeout "
                            + wrong
                            + " of service UDP 192.0.2.80:53 is not a whole number of seconds,"
                            + " 1-31535999",
                    () -> builder.connectionTimeout(Optional.of(wrong)));
        }
        for (int wrong : List.of(-1, 65536)) {
            refused(
                    ErrorCode.INVALID_ARGUMENT,
                    "weight " + wrong + " of real server 10.0.1.11:53 is not 0-65535",
                    () -> SERVER.withWeight(wrong));
        }
    }

    @Test
    void ofUdpRefuseWhatIsOfTcp() {
        ServicePolicy usual = ServicePolicy.DEFAULT;
        Map<String, ServicePolicy> wrong =
                Map.of(
                        "end-with", usual.withEndWith(Ending.SILENCE),
                        "reset-on-expiry", usual.withResetsOnExpiry(true),
                        "out-of-window", usual.withOutOfWindow(OutOfWindow.DROP));
        wrong.forEach((option, policy) -> {
            refused(
                    ErrorCode.INVALID_ARGUMENT,
                    option
                            + " of UDP 192.0.2.80:53: only services of TCP can have it; leave it"
                            + " out",
                    () -> SERVICE.withPolicy(policy));
            VirtualService tcp = VirtualService.of(ServiceKey.tcp("192.0.2.80", 53));
            assertThat(tcp.withPolicy(policy).policy()).isEqualTo(policy);
        });
    }

    private static void refused(ErrorCode code, String message, ThrowingCallable wrong) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(wrong)
                .withMessage(message)
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
    }
}
