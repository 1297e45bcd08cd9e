// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Removal;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The table of docs/draining.md, a cell a row: what becomes of live connections, and of senders of
/// UDP that never change their port, when their server gets no new ones. The servers are two ports
/// of one host.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class DrainingTest {
    private static final int GOING = 8080;
    private static final int STAYING = 8081;
    private static final int SENDER = 5_000;

    private final FamilyPair families;
    private final Rig rig;

    DrainingTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families).configured();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /// What happens to the server.
    enum Happening {
        WEIGHT_0,
        INHIBITED,
        DOWN,
        REMOVED,
        SERVICE_REMOVED,
        COMMAND
    }

    /// What the service says of it.
    enum Option {
        NONE,
        REMOVAL_END,
        END_CONNECTIONS,
        EXPIRE_QUIESCENT
    }

    private static ServicePolicy policy(Option option) {
        ServicePolicy usual = ServicePolicy.DEFAULT;
        return switch (option) {
            case NONE -> usual;
            case REMOVAL_END -> usual.withRemoval(Removal.END);
            case END_CONNECTIONS ->
                    usual.withHealth(HealthPolicy.builder().endConnections(true).build());
            case EXPIRE_QUIESCENT -> usual.withExpiresQuiescent(true);
        };
    }

    private RealServer server(int port) {
        return RealServer.of(families.servers().getFirst(), port);
    }

    private Endpoint going() {
        return server(GOING).endpoint();
    }

    /// Both services have one server, so that their connections are its; the other one comes then.
    private void begin(Option option) {
        for (ServiceKey key : List.of(rig.tcp, rig.udp)) {
            rig.apply(
                    new Change.ReplaceService(
                            VirtualService.of(key)
                                    .withScheduler("rr")
                                    .withPolicy(policy(option))
                                    .withRealServer(server(GOING))
                                    .withLocalAddress(
                                            LocalAddress.of(families.locals().getFirst(), "lan"))));
        }
    }

    private void staying() {
        rig.apply(
                new Change.AddRealServer(rig.tcp, server(STAYING)),
                new Change.AddRealServer(rig.udp, server(STAYING)));
    }

    private void happen(Happening happening) {
        List<Change> changes = new ArrayList<>();
        for (ServiceKey key : List.of(rig.tcp, rig.udp)) {
            switch (happening) {
                case WEIGHT_0 ->
                        changes.add(new Change.EditRealServer(key, server(GOING).withWeight(0)));
                case INHIBITED ->
                        changes.add(
                                new Change.EditRealServer(key, server(GOING).withInhibited(true)));
                case DOWN -> {
                    var done = rig.balancer.control().reportHealth(key, going(), false, "off", 1);
                    rig.run();
                    assertThat(done).isCompleted();
                }
                case REMOVED -> changes.add(new Change.RemoveRealServer(key, going()));
                case SERVICE_REMOVED -> changes.add(new Change.RemoveService(key));
                case COMMAND -> {
                    changes.add(new Change.EditRealServer(key, server(GOING).withWeight(0)));
                    changes.add(
                            new Change.EndConnections(
                                    new ConnectionFilter(
                                            Optional.of(key),
                                            Optional.empty(),
                                            Optional.of(going()),
                                            Optional.empty(),
                                            Optional.empty())));
                }
            }
        }
        if (!changes.isEmpty()) {
            rig.apply(changes.toArray(Change[]::new));
        }
        rig.run();
        rig.out(); // what is told to routers of addresses that go
    }

    /// Where a datagram goes of a sender that never changes its port: a server's port, or 0.
    private int datagram() {
        List<byte[]> out = rig.clientSends(rig.request().udp(SENDER, 53));
        return out.stream()
                .mapToInt(IpFrame::destinationPort)
                .filter(port -> port == GOING || port == STAYING)
                .findFirst()
                .orElse(0);
    }

    /// What becomes of the next segment of a live connection.
    private String segment(TcpFlow flow) {
        List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK));
        if (out.size() != 1) {
            return "nothing";
        }
        byte[] frame = out.getFirst();
        if (IpFrame.destinationPort(frame) == GOING) {
            return "goes on";
        }
        return (IpFrame.tcpFlags(frame) & Tcp.RST) != 0 ? "reset" : "elsewhere";
    }

    @ParameterizedTest
    @CsvSource({
        "WEIGHT_0, NONE, goes on, 8080",
        "WEIGHT_0, REMOVAL_END, goes on, 8080",
        "WEIGHT_0, END_CONNECTIONS, goes on, 8080",
        "WEIGHT_0, EXPIRE_QUIESCENT, reset, 8081",
        "INHIBITED, NONE, goes on, 8080",
        "INHIBITED, REMOVAL_END, goes on, 8080",
        "INHIBITED, END_CONNECTIONS, goes on, 8080",
        "INHIBITED, EXPIRE_QUIESCENT, reset, 8081",
        "DOWN, NONE, goes on, 8080",
        "DOWN, REMOVAL_END, goes on, 8080",
        "DOWN, END_CONNECTIONS, reset, 8081",
        "DOWN, EXPIRE_QUIESCENT, reset, 8081",
        "REMOVED, NONE, goes on, 8080",
        "REMOVED, REMOVAL_END, reset, 8081",
        "REMOVED, END_CONNECTIONS, goes on, 8080",
        "REMOVED, EXPIRE_QUIESCENT, reset, 8081",
        "SERVICE_REMOVED, NONE, goes on, 8080",
        "SERVICE_REMOVED, REMOVAL_END, reset, 0",
        "SERVICE_REMOVED, END_CONNECTIONS, goes on, 8080",
        "SERVICE_REMOVED, EXPIRE_QUIESCENT, reset, 0",
        "COMMAND, NONE, reset, 8081",
        "COMMAND, REMOVAL_END, reset, 8081",
        "COMMAND, END_CONNECTIONS, reset, 8081",
        "COMMAND, EXPIRE_QUIESCENT, reset, 8081",
    })
    void eachCellOfTheTable(Happening happening, Option option, String tcp, int udp) {
        begin(option);
        TcpFlow flow = TcpFlow.established(rig, 1_024);
        assertThat(datagram()).isEqualTo(GOING);
        staying();
        assertThat(segment(flow)).isEqualTo("goes on");

        happen(happening);

        assertThat(segment(flow)).as("a live connection of TCP").isEqualTo(tcp);
        for (int packet = 0; packet < 3; packet++) {
            rig.pass(Duration.ofMillis(10)); // one way, and never silent
            assertThat(datagram()).as("a sender of UDP with one port").isEqualTo(udp);
        }
    }

    /// The very SYN is scheduled anew, and reaches the other server.
    @ParameterizedTest
    @CsvSource({"WEIGHT_0", "INHIBITED", "DOWN", "REMOVED"})
    void aSynUnderTheTupleOfAConnectionThatIsOver(Happening happening) {
        begin(Option.NONE);
        TcpFlow flow = TcpFlow.established(rig, 1_024);
        flow.clientCloses();
        flow.serverCloses();
        staying();
        happen(happening);

        List<byte[]> out =
                rig.clientSends(flow.client().flags(Tcp.SYN).sequence(flow.clientNext + 100_000));

        assertThat(out)
                .singleElement()
                .matches(frame -> IpFrame.destinationPort(frame) == STAYING)
                .matches(frame -> IpFrame.tcpFlags(frame) == Tcp.SYN);
    }

    /// From two servers to none is no other case than from two to one.
    @Test
    void theLastServerIsCleanedUpAfterAsWell() {
        begin(Option.EXPIRE_QUIESCENT);
        assertThat(datagram()).isEqualTo(GOING);
        staying();
        rig.apply(
                new Change.RemoveRealServer(rig.udp, going()),
                new Change.RemoveRealServer(rig.udp, server(STAYING).endpoint()));

        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
        assertThat(datagram()).isZero();
        rig.apply(new Change.AddRealServer(rig.udp, server(STAYING)));
        assertThat(datagram()).isEqualTo(STAYING);
    }

    /// Switched on, it holds at once for what gets no new connections already.
    @ParameterizedTest
    @CsvSource({"WEIGHT_0", "INHIBITED", "DOWN", "REMOVED"})
    void switchedOnItHoldsForServersThatAreQuiescentAlready(Happening happening) {
        begin(Option.NONE);
        TcpFlow flow = TcpFlow.established(rig, 1_024);
        staying();
        happen(happening);
        assertThat(segment(flow)).isEqualTo("goes on");

        rig.apply(new Change.SetPolicy(rig.tcp, policy(Option.EXPIRE_QUIESCENT)));

        assertThat(rig.out()).as("a reset for each end").hasSize(2);
        assertThat(segment(flow)).isEqualTo("reset");
    }

    /// An inhibited server with a weight gets none, and gets them again with the weight that it
    /// had.
    @Test
    void anInhibitedServerIsBackWithItsWeight() {
        begin(Option.NONE);
        rig.apply(new Change.EditRealServer(rig.udp, server(GOING).withWeight(3)));
        staying();
        rig.apply(
                new Change.EditRealServer(
                        rig.udp, server(GOING).withWeight(3).withInhibited(true)));
        assertThat(toGoing(8, 10_000)).isZero();
        rig.apply(new Change.EditRealServer(rig.udp, server(GOING).withWeight(3)));
        assertThat(toGoing(8, 20_000)).isEqualTo(4);
        rig.apply(
                new Change.EditRealServer(rig.udp, server(GOING).withInhibited(true)),
                new Change.EditRealServer(rig.udp, server(STAYING).withInhibited(true)));
        assertThat(rig.count(Outcome.NO_REAL_SERVER)).isZero();
        rig.clientSends(rig.request().udp(30_000, 53));
        assertThat(rig.count(Outcome.NO_REAL_SERVER)).isOne();
    }

    private long toGoing(int senders, int firstPort) {
        long count = 0;
        for (int port = firstPort; port < firstPort + senders; port++) {
            List<byte[]> out = rig.clientSends(rig.request().udp(port, 53));
            count += IpFrame.destinationPort(out.getFirst()) == GOING ? 1 : 0;
        }
        return count;
    }

    /// A lighter server is not a quiescent one, and an edit of another server ends nothing.
    @Test
    void onlyTheServerThatIsMeantLosesItsConnections() {
        begin(Option.EXPIRE_QUIESCENT);
        TcpFlow flow = TcpFlow.established(rig, 1_024);
        staying();
        rig.apply(new Change.EditRealServer(rig.tcp, server(GOING).withWeight(7)));
        rig.apply(new Change.EditRealServer(rig.tcp, server(STAYING).withWeight(0)));

        assertThat(segment(flow)).isEqualTo("goes on");
        assertThat(rig.count(Counter.CONNECTIONS_PURGED)).isZero();
    }
}
