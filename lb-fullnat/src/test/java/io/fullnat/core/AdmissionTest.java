// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// An application decides who may connect: asked for each new connection and for nothing else, and
/// whom it keeps out counts and hears the same as if an access rule had.
class AdmissionTest {
    private static final byte[] NO_OPERATION = {1, 1, 1, 1};

    private final List<String> asked = new ArrayList<>();
    private boolean open = true;
    private @Nullable Supplier<Throwable> fault;
    private final Rig rig =
            Rig.with(options -> options.admission(worker -> admission())).configured();

    private Admission admission() {
        return (service, request) -> {
            asked.add(
                    service
                            + " from "
                            + request.protocol()
                            + " "
                            + IpAddress.of(request.clientAddressHigh(), request.clientAddressLow())
                            + ":"
                            + request.clientPort());
            FaultyIo.<RuntimeException>sneak(fault);
            return open;
        };
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /// A first packet, plain and with IP options: these take different ways.
    private static Stream<PacketBuilder> firstPackets() {
        return Stream.<UnaryOperator<PacketBuilder>>of(
                        frame -> frame, frame -> frame.ipOptions(NO_OPERATION))
                .flatMap(way ->
                        Stream.of(
                                way.apply(Rig.fromClient()).tcp(40_000, 80).flags(Tcp.SYN),
                                way.apply(Rig.fromClient()).udp(40_000, 53).payload("?")));
    }

    @ParameterizedTest
    @EnumSource
    void whomItKeepsOutHearsWhatARuleWouldSay(ServicePolicy.Refusal refusal) {
        open = false;
        try (Rig ruled = new Rig().configured()) {
            for (ServiceKey key : List.of(Rig.TCP, Rig.UDP)) {
                Change silent =
                        new Change.SetPolicy(key, ServicePolicy.DEFAULT.withRefusal(refusal));
                ruled.apply(
                        silent, new Change.AddAccessRule(key, AccessRule.deny("198.51.100.0/24")));
                rig.apply(silent);
            }
            firstPackets()
                    .forEach(frame -> {
                        List<byte[]> out = rig.clientSends(frame);
                        assertThat(out).hasSize(refusal == ServicePolicy.Refusal.REJECT ? 1 : 0);
                        assertThat(out).containsExactlyElementsOf(ruled.clientSends(frame));
                    });
        }
        assertThat(rig.count(Outcome.ACCESS_DENIED)).isEqualTo(4);
        assertThat(rig.balancer.control().counters(Rig.TCP).connections()).isZero();
    }

    @Test
    void itIsAskedOnceForAConnection() {
        TcpFlow flow = TcpFlow.established(rig, 40_000);
        flow.exchange();
        rig.clientSends(Rig.fromClient().udp(40_001, 53).payload("?"));
        rig.clientSends(Rig.fromClient().udp(40_001, 53).payload("?"));
        open = false; // what is known is not asked about
        flow.exchange();

        assertThat(asked)
                .containsExactly(
                        Rig.TCP + " from " + Protocol.TCP + " 198.51.100.7:40000",
                        Rig.UDP + " from " + Protocol.UDP + " 198.51.100.7:40001");
        assertThat(rig.count(Outcome.ACCESS_DENIED)).isZero();
    }

    @Test
    void itIsNotAskedAboutWhatOpensNothing() {
        rig.clientSends(Rig.fromClient().tcp(40_000, 80).flags(Tcp.ACK));
        rig.clientSends(Rig.fromClient().tcp(40_000, 81).flags(Tcp.SYN));
        rig.apply(new Change.AddAccessRule(Rig.TCP, AccessRule.deny("198.51.100.0/24")));
        rig.clientSends(Rig.fromClient().tcp(40_000, 80).flags(Tcp.SYN));

        assertThat(asked).isEmpty();
    }

    @Test
    void itIsAskedWhenAClientUsesItsTupleAgain() {
        TcpFlow flow = TcpFlow.established(rig, 40_000);
        flow.clientCloses();
        flow.serverCloses();
        flow.clientNext += 100_000;
        flow.syn();
        assertThat(asked).hasSize(2);
        assertThat(rig.balancer.control().counters(Rig.TCP).connections()).isEqualTo(2);

        flow.synReceived();
        flow.acknowledgeFromClient();
        flow.clientCloses();
        flow.serverCloses();
        open = false;
        List<byte[]> refused =
                rig.clientSends(flow.client().flags(Tcp.SYN).sequence(flow.clientNext + 100_000));
        assertThat(refused).as("a reset").hasSize(1);
        assertThat(rig.count(Outcome.ACCESS_DENIED)).isOne();
    }

    private static Stream<Throwable> faults() {
        return Stream.of(
                new IllegalStateException("an exception"),
                new AssertionError("an error"),
                new StackOverflowError("a deep one"),
                new IOException("an undeclared one"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void oneThatThrowsLetsNobodyInAndHarmsNothingElse(Throwable thrown) {
        List<BalancerEvent> events = new ArrayList<>();
        rig.balancer.control().listen(events::add);
        TcpFlow known = TcpFlow.established(rig, 39_999);
        try (LogCapture log = new LogCapture()) {
            fault = () -> thrown;
            for (int i = 0; i < 10; i++) {
                rig.clientSends(Rig.fromClient().tcp(40_000 + i, 80).flags(Tcp.SYN));
            }
            known.exchange();

            assertThat(rig.count(Counter.FAULTS)).isEqualTo(10);
            assertThat(rig.count(Outcome.ACCESS_DENIED)).isEqualTo(10);
            assertThat(rig.count(Outcome.FAULT)).isZero();
            assertThat(log.with("the admission to TCP 192.0.2.80:80 failed"))
                    .as("told once")
                    .hasSize(1);
            assertThat(events)
                    .singleElement()
                    .asString()
                    .contains("the admission to TCP 192.0.2.80:80", thrown.toString());
        }
        fault = null;
        TcpFlow.established(rig, 40_000).exchange();
    }

    private static InMemoryIo ports() {
        return InMemoryIo.builder()
                .buffers(64)
                .wire(
                        PortSettings.of("wan", Rig.WAN_MAC).withQueues(2),
                        PortSettings.of("client", Rig.CLIENT_MAC))
                .open();
    }

    @Test
    void eachWorkerHasItsOwn() {
        List<Integer> made = new ArrayList<>();
        try (InMemoryIo io = ports();
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io)
                                .workers(2)
                                .connections(64)
                                .admission(worker -> {
                                    made.add(worker);
                                    return admission();
                                })
                                .build()) {
            assertThat(balancer.workers()).isEqualTo(2);
        }
        assertThat(made).containsExactly(0, 1);
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void noneIsRefusedAtTheStart() {
        try (InMemoryIo io = ports()) {
            BalancerBuilder builder =
                    FullNatBalancer.builder(io)
                            .workers(2)
                            .connections(64)
                            .admission(worker -> worker == 0 ? admission() : null);
            assertThatThrownBy(builder::build)
                    .isInstanceOf(BalancerException.class)
                    .hasMessage("the admission of worker 1 is null");

            builder.admission(worker -> admission()).build().close();
        }
    }
}
