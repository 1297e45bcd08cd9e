// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_LOCAL;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.local;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.service.LocalAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How long the rules of a local address are in the port: as long as the address is there. The port
/// has room for those of two addresses; two workers.
class FlowSteeringTest {
    private static final int RULES_OF_ONE = 4;
    private static final Change REMOVAL = new Change.RemoveLocalAddress(WEB, ip(LOCAL));
    private static final Change RETURN = new Change.AddLocalAddress(WEB, local(LOCAL));
    private static final Change OTHER = new Change.AddLocalAddress(WEB, local(OTHER_LOCAL));
    private static final Change THIRD = new Change.AddLocalAddress(WEB, local("10.0.1.102"));
    private static final Duration CONNECTION_ENDS = Duration.ofSeconds(32);
    private static final Duration RELEASE = Duration.ofSeconds(1);

    private final ControlRig rig =
            new ControlRig(builder -> builder, 2 * RULES_OF_ONE).configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private static List<FlowRule> rulesOf(String address, int vlan) {
        return Stream.of(Protocol.TCP, Protocol.UDP)
                .flatMap(protocol ->
                        Stream.of(0, 1)
                                .map(bit -> new FlowRule(protocol, vlan, ip(address), bit, 1, bit)))
                .toList();
    }

    private void assertSteered(String... addresses) {
        assertThat(rig.rules())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(addresses)
                                .flatMap(address -> rulesOf(address, 0).stream())
                                .toList());
        assertThat(rig.balancer.counters().total(Counter.STEERED_ADDRESSES))
                .isEqualTo(addresses.length);
    }

    private long refused() {
        return rig.balancer.counters().total(Counter.FLOW_RULES_REFUSED);
    }

    @Test
    void theyComeAndGoWithALocalAddress() {
        assertSteered(LOCAL);

        rig.apply(OTHER);
        assertSteered(LOCAL, OTHER_LOCAL);

        rig.apply(REMOVAL);
        rig.pass(RELEASE);
        assertSteered(OTHER_LOCAL);
    }

    @Test
    void theyStayWhileTheAddressDrains() {
        rig.connected(40_000);
        rig.apply(REMOVAL);
        assertSteered(LOCAL);
        rig.pass(RELEASE);
        assertSteered(LOCAL);

        rig.pass(CONNECTION_ENDS);
        rig.pass(RELEASE);
        assertSteered();
    }

    @Test
    void anAddressThatComesBackWhileItDrainsKeepsThem() {
        rig.connected(40_000);
        rig.apply(REMOVAL, OTHER);
        assertSteered(LOCAL, OTHER_LOCAL);

        rig.apply(RETURN);
        rig.pass(CONNECTION_ENDS);
        rig.pass(RELEASE);

        assertSteered(LOCAL, OTHER_LOCAL);
        assertThat(refused()).isZero();
    }

    @Test
    void servicesShareThem() {
        rig.apply(new Change.AddService(service(TLS)));
        assertSteered(LOCAL);
        rig.apply(REMOVAL);
        rig.pass(RELEASE);
        assertSteered(LOCAL);

        rig.apply(new Change.RemoveService(TLS));
        rig.pass(RELEASE);
        assertSteered();
    }

    @Test
    void aFlushTakesThemAway() {
        rig.apply(OTHER);

        rig.apply(new Change.FlushLocalAddresses(WEB, false));
        rig.pass(RELEASE);

        assertSteered();
    }

    @Test
    void aForcedFlushTakesThemAwayInSpiteOfConnections() {
        rig.apply(OTHER);
        rig.connected(40_000);
        rig.connected(40_001);

        rig.apply(new Change.FlushLocalAddresses(WEB, true));
        rig.pass(RELEASE);

        assertSteered();
        assertThat(rig.connections()).isEmpty();
    }

    /// What a reload does with a service whose local address is another one.
    @Test
    void aServiceReplacedHasThoseOfItsNewAddress() {
        rig.apply(
                new Change.ReplaceService(
                        service(WEB).withLocalAddresses(List.of(local(OTHER_LOCAL)))));
        rig.pass(RELEASE);

        assertSteered(OTHER_LOCAL);
    }

    @Test
    void anAddressOfAVlanHasRulesForItsTag() {
        rig.apply(new Change.AddLocalAddress(WEB, LocalAddress.of("10.5.0.9", "lan.5")));

        assertThat(rig.rules()).hasSize(2 * RULES_OF_ONE).containsAll(rulesOf("10.5.0.9", 5));
    }

    @Test
    void anAddressOfAPortWithoutRulesHasNone() {
        rig.apply(new Change.AddLocalAddress(WEB, LocalAddress.of("192.0.2.100", "wan")));

        assertSteered(LOCAL);
        assertThat(refused()).isZero();
    }

    @Test
    void anAddressForWhichThereIsNoRoomIsServedByHandOver() {
        rig.apply(OTHER, THIRD);

        assertThat(refused()).isOne();
        assertThat(rig.rules()).hasSize(2 * RULES_OF_ONE);
        assertThat(rig.balancer.counters().total(Counter.STEERED_ADDRESSES)).isEqualTo(2);
        for (int client = 40_000; client < 40_060; client++) {
            rig.connected(client);
        }
        assertThat(rig.balancer.counters().total(Outcome.NO_LOCAL_PORT)).isZero();
    }

    @Test
    void anAddressRefusedIsTriedAgainWhenItIsAddedAnew() {
        rig.apply(OTHER);
        rig.apply(THIRD);
        rig.apply(REMOVAL);
        rig.pass(RELEASE);
        assertSteered(OTHER_LOCAL);

        rig.apply(new Change.RemoveLocalAddress(WEB, ip("10.0.1.102")));
        rig.pass(RELEASE);
        rig.apply(THIRD);

        assertSteered(OTHER_LOCAL, "10.0.1.102");
        assertThat(refused()).isOne();
    }

    @Test
    void changesThatAreRefusedOrOnlyCheckedMakeNone() {
        rig.refuses(ErrorCode.LOCAL_ADDRESS_EXISTS, List.of(LOCAL), OTHER, RETURN);
        assertSteered(LOCAL);

        CompletableFuture<List<Change>> checked =
                rig.balancer.control().check(state -> List.of(OTHER));
        rig.run();
        assertThat(checked).isCompletedWithValue(List.of(OTHER));
        assertSteered(LOCAL);
    }

    @Test
    void aBalancerThatIsClosedLeavesNone() {
        rig.connected(40_000);
        rig.balancer.close();

        assertSteered();
    }
}
