// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Timeouts;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionObserver;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.service.EndRules;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// How connections end, by time and by order, and how they are listed: the same whatever families
/// they have. Beside those of the test's families there is one of each other kind.
@ParameterizedClass(name = "{0}")
@EnumSource(Families.class)
class FlowLifeTest {
    private static final int CLIENT = 7;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final Families families;
    private final int slot;
    private final long entry;
    private final List<Long> others = new ArrayList<>();

    FlowLifeTest(Families families) {
        this.families = families;
        slot = families.out ? OpenBench.IPV6 : OpenBench.IPV4;
        entry = bench.open(families, OpenBench.TCP, CLIENT);
        for (Families other : Families.values()) {
            if (other != families) {
                others.add(bench.open(other, OpenBench.TCP, 900 + other.ordinal()));
            }
        }
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private boolean isThere(long connection) {
        List<Long> seen = new ArrayList<>();
        bench.context.table().visit(0, Integer.MAX_VALUE, seen::add);
        return seen.contains(connection);
    }

    private long purge(PurgeRules rules) {
        ConnectionPurge purge = new ConnectionPurge(bench.context);
        purge.start(rules);
        while (!purge.isDone()) {
            purge.step();
        }
        return purge.ended();
    }

    private void assertOnlyItEnds(ConnectionFilter filter) {
        ConnectionMatch match = new ConnectionMatch(filter, List.of());

        assertThat(purge(new PurgeRules(Map.of(), List.of(), List.of(match)))).isOne();

        assertThat(isThere(entry)).isFalse();
        assertThat(others).allMatch(this::isThere);
    }

    private IpAddress client() {
        return IpAddress.of(
                ConnectionKey.sourceHigh(entry, INBOUND), ConnectionKey.sourceLow(entry, INBOUND));
    }

    private Endpoint source(int direction) {
        return new Endpoint(
                IpAddress.of(
                        ConnectionKey.sourceHigh(entry, direction),
                        ConnectionKey.sourceLow(entry, direction)),
                ConnectionKey.sourcePort(entry, direction));
    }

    private Endpoint destination(int direction) {
        return new Endpoint(
                IpAddress.of(
                        ConnectionKey.destinationHigh(entry, direction),
                        ConnectionKey.destinationLow(entry, direction)),
                ConnectionKey.destinationPort(entry, direction));
    }

    @Test
    void theFilterOfAClientsNetworkEndsIt() {
        IpPrefix network = new IpPrefix(client(), client().bitLength());

        assertOnlyItEnds(ConnectionFilter.ALL.withClients(network));
    }

    @Test
    void itsTupleEndsItInEitherDirection() {
        FlowTuple answers = new FlowTuple(Protocol.TCP, source(OUTBOUND), destination(OUTBOUND));

        assertOnlyItEnds(ConnectionFilter.of(answers.reversed()));
    }

    @Test
    void aClientThatIsKeptOutLosesItAtItsServer() {
        IpPrefix network = new IpPrefix(client(), client().bitLength());
        AccessFilter filter =
                new AccessFilter(List.of(new AccessRule(AccessRule.Action.DENY, network)));

        assertThat(purge(new PurgeRules(Map.of(1 - slot, filter), List.of(), List.of()))).isZero();
        assertThat(purge(new PurgeRules(Map.of(slot, filter), List.of(), List.of()))).isOne();
        assertThat(isThere(entry)).isFalse();
    }

    /// Those of the same server family go with it, the other two stay.
    @Test
    void aLocalAddressThatIsRemovedByForceTakesItAlong() {
        assertThat(purge(new PurgeRules(Map.of(), List.of(slot), List.of()))).isEqualTo(2);

        assertThat(isThere(entry)).isFalse();
        assertThat(bench.allocators[slot].used()).isZero();
        assertThat(bench.allocators[1 - slot].used()).isEqualTo(2);
    }

    @Test
    void itEndsWhenItsIdleTimeIsOverAndNotBefore() {
        bench.context.life().move(entry, ConnectionState.ESTABLISHED);
        int timeout = bench.context.life().timeoutSeconds(entry, ConnectionState.ESTABLISHED);

        bench.context.table().expire(timeout, 64);
        assertThat(isThere(entry)).isTrue();
        assertThat(others).as("half-open").noneMatch(this::isThere);

        bench.context.table().expire(timeout + 1, 64);
        assertThat(isThere(entry)).isFalse();
        assertThat(bench.context.table().size()).isZero();
        assertThat(bench.allocators[slot].used()).isZero();
    }

    @Test
    void itGetsAnotherIdleTimeWhileItLives() {
        bench.context.life().move(entry, ConnectionState.ESTABLISHED);
        Timeouts shorter =
                Timeouts.NONE.with(ConnectionState.ESTABLISHED.timed(), Duration.ofSeconds(11));
        StateTimeouts timeouts = new StateTimeouts(shorter);
        bench.context.services(
                new ServiceMap(List.of(bench.service), timeouts, EndRules.DEFAULT),
                bench.allocators,
                List.of());
        while (bench.context.retiming().step() > 0) {}

        bench.context.table().expire(11, 64);
        assertThat(isThere(entry)).isTrue();
        bench.context.table().expire(12, 64);
        assertThat(isThere(entry)).isFalse();
    }

    @Test
    void itIsListedWithAllItsAddresses() {
        List<String> listed = new ArrayList<>();
        try (ConnectionObserver seen = new ConnectionObserver(bench.context.table())) {
            for (int place = 0; place < seen.places(); place++) {
                if (seen.read(place)) {
                    listed.add(
                            "%s %d %s %d"
                                    .formatted(
                                            IpAddress.of(
                                                    seen.sourceHigh(INBOUND),
                                                    seen.sourceLow(INBOUND)),
                                            seen.sourcePort(INBOUND),
                                            IpAddress.of(
                                                    seen.destinationHigh(OUTBOUND),
                                                    seen.destinationLow(OUTBOUND)),
                                            seen.destinationPort(OUTBOUND)));
                }
            }
        }
        String local = families.out ? "2001:db8:0:1::64" : "10.0.1.100";
        String client = families.in ? "2001:db8:0:c1::7" : "198.51.0.7";
        int port = ConnectionKey.outboundDestinationPort(entry);
        assertThat(listed).hasSize(4).contains(client + " 30007 " + local + " " + port);
    }

    @Test
    void itBeginsAnewAsLongAsItsServiceHasItsLocalAddress() {
        ForwardingMode mode = bench.context.modes().of(entry);

        assertThat(mode.mayBeginAnew(entry, bench.service)).isTrue();
        assertThat(mode.mayBeginAnew(entry, bench.serviceWithoutLocals())).isFalse();
        assertThat(ConnectionLayout.isCrossFamily(entry)).isEqualTo(families.in != families.out);
    }
}
