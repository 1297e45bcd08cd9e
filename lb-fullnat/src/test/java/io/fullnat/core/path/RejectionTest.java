// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What a client is told whose connection could not be opened, for each reason that there may be.
@ParameterizedClass
@EnumSource(Families.class)
class RejectionTest {
    private final Families families;
    private PathBench bench;
    private StageBench stages;

    RejectionTest(Families families) {
        this.families = families;
        use(ServicePolicy.DEFAULT);
    }

    private void use(ServicePolicy policy) {
        bench = new PathBench(families, OpenBench.TCP, policy);
        stages = new StageBench(bench, INBOUND);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void unserved(PacketBuilder packet, Outcome outcome) {
        Frame frame = bench.receive(INBOUND, packet);
        stages.rejection.unserved(frame, service(frame.l3()), outcome);
        assertThat(bench.received()).as("as it came").isEqualTo(packet.toBytes());
        bench.free();
    }

    private ServiceEntry service(long ip) {
        Family family = stages.family;
        return requireNonNull(
                bench.context
                        .services()
                        .find(
                                family.destinationHigh(ip),
                                family.destinationLow(ip),
                                80,
                                Ipv4.PROTOCOL_TCP));
    }

    private PacketBuilder syn() {
        return bench.from(INBOUND).tcp(StageBench.OTHER_PORT, 80).flags(Tcp.SYN);
    }

    private PacketBuilder datagram() {
        return bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
    }

    @ParameterizedTest
    @CsvSource({
        "ACCESS_DENIED, PROHIBITED",
        "NO_ROUTE, ROUTE",
        "SERVICE_FULL, PORT",
        "CLIENT_FULL, PORT",
        "NETWORK_FULL, PORT",
        "CLIENT_TABLE_FULL, PORT",
        "SERVERS_FULL, PORT",
        "HALF_OPEN_FULL, PORT",
        "RATE_LIMITED, PORT",
        "NETWORK_RATE_LIMITED, PORT",
        "NO_REAL_SERVER, PORT",
        "NO_LOCAL_ADDRESS, PORT",
        "NO_LOCAL_PORT, PORT",
        "TABLE_FULL, PORT",
        "MODIFIERS_FULL, PORT"
    })
    void aClientIsToldAtOnceUnlessItsServiceIsSilent(Outcome outcome, String what) {
        unserved(syn(), outcome);
        assertThat(bench.told).containsExactly("reset 80");
        bench.told.clear();
        unserved(datagram(), outcome);
        assertThat(bench.told).containsExactly("unreachable " + what + " 80");

        bench.close();
        use(ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP));
        unserved(syn(), outcome);
        unserved(datagram(), outcome);
        assertThat(bench.told).isEmpty();
    }

    /// What is over in a second.
    @ParameterizedTest
    @EnumSource(value = Outcome.class, names = "LOCAL_ADDRESS_NOT_READY")
    void aClientTriesAgainByItself(Outcome outcome) {
        unserved(syn(), outcome);
        unserved(datagram(), outcome);
        assertThat(bench.told).isEmpty();
    }
}
