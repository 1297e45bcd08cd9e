// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What is found in what a running balancer says, at each threshold and beside it.
final class RunningChecksTest {
    private final Sample sample = new Sample();

    private void is(@Nullable String expected) {
        assertThat(sample.found())
                .containsExactlyElementsOf(expected == null ? List.of() : List.of(expected));
    }

    @ParameterizedTest
    @CsvSource({"UP,", "DEGRADED,", "DOWN, FAULT NOT_FORWARDING"})
    void forwarding(String status, @Nullable String expected) {
        sample.status = status;
        is(expected);
    }

    @ParameterizedTest
    @EnumSource(Condition.class)
    void everyConditionIsTold(Condition condition) {
        sample.condition(condition.name(), "it", "so much");
        if (condition == Condition.LINK_DOWN || condition == Condition.PORTS_NEARLY_EXHAUSTED) {
            is(null); // told with more to it where it is so
        } else {
            is(ConditionCheck.level(condition) + " " + condition.name());
            assertThat(sample.only().seen()).isEqualTo("so much, for 4 s");
        }
    }

    @Test
    void links() {
        sample.health.put("lan", Optional.of("no carrier"));
        is("FAULT LINK_DOWN");
        assertThat(sample.only().remedy()).contains("ip link set dev INTERFACE up");
    }

    @Test
    void halfDuplexOfALinkThatIsUp() {
        sample.interfaces.put("wan", Sample.network(true, true, 1500, "half", List.of()));
        is("WARNING HALF_DUPLEX");
        sample.health.put("wan", Optional.of("down"));
        is("FAULT LINK_DOWN");
    }

    @ParameterizedTest
    @CsvSource({
        "0,",
        "899,",
        "900,",
        "901, WARNING TABLE_NEARLY_FULL",
        "1000, WARNING TABLE_NEARLY_FULL"
    })
    void connectionTable(long connections, @Nullable String expected) {
        sample.after.get(1).put(Counter.CONNECTIONS.name(), connections);
        is(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 900,",
        "1000, 901, WARNING MODIFIERS_NEARLY_FULL",
        "1000, 1000, WARNING MODIFIERS_NEARLY_FULL",
        "0, 0,"
    })
    void tableOfModifiers(long capacity, long connections, @Nullable String expected) {
        sample.after.get(1).put(Counter.MODIFIER_CAPACITY.name(), capacity);
        sample.after.get(1).put(Counter.MODIFIERS.name(), connections);
        is(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0,",
        "4499000000,",
        "4500000000,",
        "4500000001, WARNING WORKER_BUSY",
        "6000000000, WARNING WORKER_BUSY"
    })
    void busyWorker(long nanoseconds, @Nullable String expected) {
        sample.count(1, Counter.BUSY_NANOSECONDS, nanoseconds);
        is(expected);
    }

    @ParameterizedTest
    @CsvSource({"999, 0,", "1000, 0, HINT UNEVEN_WORKERS", "1000, 1,", "500, 499,"})
    void unevenWorkers(long first, long second, @Nullable String expected) {
        sample.count(0, Counter.RECEIVED, first).count(1, Counter.RECEIVED, second);
        is(expected);
    }

    @ParameterizedTest
    @CsvSource({"1000, 500,", "1000, 501, HINT HANDED_OVER", "999, 999,"})
    void handedOver(long received, long moved, @Nullable String expected) {
        sample.count(0, Counter.RECEIVED, received / 2)
                .count(1, Counter.RECEIVED, received - received / 2)
                .count(0, Outcome.HANDED_OVER, moved);
        is(expected);
    }

    @Test
    void eachOutcomeOfDropsThatGrows() {
        sample.count(0, Outcome.NO_SERVICE, 3).count(1, Outcome.NO_SERVICE, 4);
        Finding finding = sample.only();
        assertThat(finding.name()).isEqualTo("DROPS");
        assertThat(finding.subject()).isEqualTo("NO_SERVICE");
        assertThat(finding.seen()).isEqualTo("+7 in 5 s");
        assertThat(finding.why()).isEqualTo(Outcome.NO_SERVICE.meaning());
    }

    @ParameterizedTest
    @CsvSource({"10000, 100, false", "10000, 101, true", "999, 999, false"})
    void manyDrops(long received, long dropped, boolean many) {
        sample.count(0, Counter.RECEIVED, received - received / 2)
                .count(1, Counter.RECEIVED, received / 2)
                .count(0, Outcome.BAD_SOURCE, dropped);
        assertThat(sample.found().contains("WARNING DROPS_MANY")).isEqualTo(many);
        assertThat(sample.found()).contains("HINT DROPS");
    }

    @Test
    void whatIsForwardedIsNoDrop() {
        sample.count(0, Outcome.FORWARDED_IN, 3).count(0, Outcome.ARP, 3);
        is(null);
    }

    @Test
    void aFullTableOnce() {
        sample.count(0, Outcome.TABLE_FULL, 1);
        assertThat(sample.found()).containsExactly("FAULT TABLE_FULL", "HINT DROPS");
        sample.condition("TABLE_FULL", "worker 0", "");
        assertThat(sample.found()).containsExactly("FAULT TABLE_FULL", "HINT DROPS");
    }

    @ParameterizedTest
    @CsvSource({
        "79, false,",
        "80, false, HINT LOCAL_PORTS_HIGH",
        "80, true, WARNING PORTS_NEARLY_EXHAUSTED",
        "100, false, HINT LOCAL_PORTS_HIGH"
    })
    void localPorts(int fullest, boolean now, @Nullable String expected) {
        sample.services.clear();
        Running.Local local = new Running.Local("10.0.1.100", "lan", false, fullest, now, 2);
        sample.services.add(
                Sample.service(
                        "192.0.2.80:80", List.of(Sample.server(1, true, "")), List.of(local)));
        sample.services.add( // shared: told once
                Sample.service(
                        "192.0.2.80:81", List.of(Sample.server(1, true, "")), List.of(local)));
        is(expected);
        if (expected != null) {
            assertThat(sample.only().remedy())
                    .contains("`fullnat laddr add tcp 192.0.2.80:80 ADDRESS lan`");
            assertThat(sample.only().seen()).contains(fullest + " % full", "2 misses");
        }
    }

    @Test
    void refusedConnections() {
        sample.count(0, Outcome.NO_LOCAL_PORT, 1);
        assertThat(sample.found()).containsExactly("FAULT PORTS_EXHAUSTED", "HINT DROPS");
        sample.condition("PORTS_EXHAUSTED", "10.0.1.100 to 10.0.1.11:8080", "");
        assertThat(sample.found()).containsExactly("FAULT PORTS_EXHAUSTED", "HINT DROPS");
    }

    @ParameterizedTest
    @CsvSource({
        "1, true, false,",
        "0, true, false, WARNING SERVICE_WITHOUT_WEIGHT",
        "1, true, true, WARNING SERVICE_WITHOUT_WEIGHT"
    })
    void weights(int weight, boolean up, boolean inhibited, @Nullable String expected) {
        sample.services.set(
                0,
                Sample.service(
                        "192.0.2.80:80",
                        List.of(
                                new Running.Server(
                                        "10.0.1.11",
                                        "10.0.1.11:8080",
                                        weight,
                                        inhibited,
                                        up,
                                        false,
                                        "",
                                        1,
                                        0)),
                        List.of(Sample.local(0))));
        is(expected);
    }

    @Test
    void serversThatAreDownWithTheReason() {
        Running.Server up = Sample.server(1, true, "");
        Running.Server down = Sample.server(1, false, "connection refused");
        sample.services.set(
                0, Sample.service("192.0.2.80:80", List.of(up, down), List.of(Sample.local(0))));
        is("WARNING SERVER_DOWN");
        assertThat(sample.only().seen()).isEqualTo("down for 12 s: connection refused");
        sample.services.set(
                0, Sample.service("192.0.2.80:80", List.of(down), List.of(Sample.local(0))));
        assertThat(sample.found()).containsExactly("FAULT SERVICE_DOWN", "WARNING SERVER_DOWN");
        List<Running.Server> many = Collections.nCopies(12, down);
        sample.services.set(0, Sample.service("192.0.2.80:80", many, List.of(Sample.local(0))));
        assertThat(sample.found()).hasSize(12).startsWith("FAULT SERVICE_DOWN");
    }

    /// One that serves is said with the service that it serves for; one that is down is a finding
    /// before anybody needs it.
    @Test
    void sorryServers() {
        Running.Server up = Sample.server(1, true, "");
        Running.Server down = Sample.server(1, false, "HTTP status 503");
        List<Running.Local> locals = List.of(Sample.local(0));
        Running.Service served = Sample.service("192.0.2.80:80", List.of(up), locals);
        sample.services.set(0, Sample.with(served, up));
        assertThat(sample.found()).isEmpty();
        sample.services.set(0, Sample.with(served, down));
        is("WARNING SORRY_SERVER_DOWN");
        assertThat(sample.only().subject()).isEqualTo("10.0.1.11:8080 of tcp 192.0.2.80:80");
        assertThat(sample.only().seen()).isEqualTo("down for 12 s: HTTP status 503");
        Running.Service unserved = Sample.service("192.0.2.80:80", List.of(down), locals);
        sample.services.set(0, Sample.with(unserved, up));
        assertThat(sample.found()).containsExactly("FAULT SERVICE_DOWN", "WARNING SERVER_DOWN");
        assertThat(Doctor.examine(sample.reading()).findings().getFirst().seen())
                .isEqualTo("1 of 1 down, the sorry server 10.0.1.11:8080 has 0 connections");
    }

    @Test
    void servicesThatCannotServe() {
        sample.services.set(0, Sample.service("192.0.2.80:80", List.of(), List.of()));
        is("WARNING SERVICE_EMPTY");
        assertThat(sample.only().remedy())
                .startsWith("`fullnat server add tcp 192.0.2.80:80 SERVER`");
        List<Running.Server> one = List.of(Sample.server(1, true, ""));
        sample.services.set(0, Sample.service("192.0.2.80:80", one, List.of()));
        is("FAULT SERVICE_WITHOUT_LOCALS");
        sample.services.set(
                0,
                Sample.service(
                        "192.0.2.80:80",
                        one,
                        List.of(new Running.Local("10.0.1.100", "lan", true, 0, false, 0))));
        is("FAULT SERVICE_WITHOUT_LOCALS");
    }

    @Test
    void neighboursThatDoNotAnswer() {
        sample.neighbours.set(0, new Running.Neighbour(1, "10.0.1.11", "lan", "incomplete"));
        is("WARNING NEIGHBOUR_SILENT");
        assertThat(sample.only().subject()).isEqualTo("real server 10.0.1.11 of tcp 192.0.2.80:80");
        sample.routes.add(new Running.Route("0.0.0.0/0", Optional.of("10.0.1.254"), "lan.7"));
        sample.neighbours.set(0, new Running.Neighbour(1, "10.0.1.254", "lan.7", "incomplete"));
        sample.neighbours.add(new Running.Neighbour(0, "10.0.1.254", "lan.7", "incomplete"));
        sample.neighbours.add(new Running.Neighbour(0, "10.0.1.11", "lan", "stale"));
        is("FAULT GATEWAY_SILENT");
        assertThat(sample.only().remedy())
                .contains("--port lan ", "fullnat neighbour add 10.0.1.254 MAC lan.7");
    }

    @Test
    void strangersAreSummedUp() {
        for (int i = 2; i < 200; i++) {
            sample.neighbours.add(
                    new Running.Neighbour(
                            0, "10.0.1." + i, "lan", i == 11 ? "probe" : "incomplete"));
        }
        is("WARNING NEIGHBOUR_SILENT");
        assertThat(sample.only().seen()).isEqualTo("197 do not answer, 10.0.1.2 among them");
    }

    @Test
    void serversThatNobodyHasHeardOf() {
        sample.neighbours.clear();
        is("HINT NEIGHBOUR_UNKNOWN");
        Running.Service unchecked = sample.services.getFirst();
        sample.services.set(
                0,
                Sample.service(
                        "192.0.2.80:80",
                        List.of(
                                new Running.Server(
                                        "10.0.1.11",
                                        "10.0.1.11:80",
                                        1,
                                        false,
                                        true,
                                        true,
                                        "",
                                        1,
                                        0)),
                        List.of(Sample.local(0))));
        is(null); // its checks say more
        sample.services.set(0, unchecked);
        sample.addresses.set(0, new Running.Address("10.0.2.1", 24, "lan")); // behind a gateway
        is(null);
        sample.addresses.set(0, new Running.Address("10.0.1.11", 32, "lan"));
        is(null);
    }

    @ParameterizedTest
    @CsvSource({"6553,", "6554, WARNING NEIGHBOURS_NEARLY_FULL"})
    void manyNeighbours(int count, @Nullable String expected) {
        for (int i = 1; i < count; i++) {
            sample.neighbours.add(
                    new Running.Neighbour(0, "10.1." + i / 256 + "." + i % 256, "lan", "stale"));
        }
        is(expected);
    }

    @Test
    void lossesOfDevices() {
        Running.Port port = sample.ports.getFirst();
        sample.ports.set(
                0, new Running.Port(port.name(), 1500, 2, true, 1, "", 8, 7, port.details()));
        is("WARNING RECEIVE_MISSED");
        assertThat(sample.only().seen()).isEqualTo("missed +1");
        sample.ports.set(
                0, new Running.Port(port.name(), 1500, 2, true, 1, "", 7, 9, port.details()));
        is("WARNING RECEIVE_ERRORS");
    }

    @Test
    void packetsThatPeersLeaveToBeCut() {
        Running.Port port = sample.ports.getFirst();
        sample.ports.set(
                0,
                new Running.Port(
                        port.name(),
                        1500,
                        2,
                        true,
                        1,
                        "",
                        7,
                        7,
                        Map.of("largePacketsCut", 6L, "checksumsCompleted", 5L)));
        is("HINT OFFLOADS");
        assertThat(sample.only().remedy()).contains("ethtool -K eth0 ");
    }

    @ParameterizedTest
    @CsvSource({"100, 900,", "99, 901, WARNING BUFFERS_LOW", "0, 0,"})
    void buffers(long free, long inUse, @Nullable String expected) {
        sample.pools.set(0, new Running.Pool("wan", free, inUse));
        is(expected);
    }

    @Test
    void faults() {
        sample.after.get(0).put(Counter.FAULTS.name(), 1L);
        is("WARNING FAULTS");
    }

    @Test
    void configurationThatDiffersFromWhatRuns() {
        sample.drift = new Running.Drift(List.of("+ service a", "- service b"), Optional.empty());
        is("WARNING UNSAVED");
        assertThat(sample.only().seen()).isEqualTo("2 differences: + service a; - service b");
        sample.drift = new Running.Drift(List.of("+ a", "+ b", "+ c", "+ d"), Optional.empty());
        assertThat(sample.only().seen()).isEqualTo("4 differences: + a; + b; + c; ...");
        sample.drift =
                new Running.Drift(List.of(), Optional.of("workers.count: 1 -> 2 needs a restart"));
        is("WARNING RESTART_NEEDED");
    }
}
