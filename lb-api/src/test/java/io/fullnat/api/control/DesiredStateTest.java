// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What each change makes of a state, and which it refuses.
final class DesiredStateTest {
    private static final ServiceKey KEY = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey OTHER = ServiceKey.tcp("192.0.2.81", 80);
    private static final RealServer SERVER = RealServer.of("10.0.1.11", 8080);
    private static final LocalAddress LOCAL = LocalAddress.of("10.0.1.100", "lan");
    private static final AccessRule RULE = AccessRule.deny("203.0.113.0/24");
    private static final InterfaceAddress ADDRESS = InterfaceAddress.of("10.0.1.1/24", "lan");
    private static final Route ROUTE = Route.via("0.0.0.0/0", "10.0.1.254", "lan");
    private static final Neighbour NEIGHBOUR =
            new Neighbour(
                    IpAddress.parse("10.0.1.254"), MacAddress.parse("02:00:00:00:00:01"), "lan");
    private static final DesiredState STATE =
            after(
                    DesiredState.EMPTY,
                    new Change.AddService(VirtualService.of(KEY)),
                    new Change.AddRealServer(KEY, SERVER),
                    new Change.AddLocalAddress(KEY, LOCAL),
                    new Change.AddAccessRule(KEY, RULE),
                    new Change.AddAddress(ADDRESS),
                    new Change.AddRoute(ROUTE),
                    new Change.SetNeighbour(NEIGHBOUR));

    private static DesiredState after(DesiredState before, Change... changes) {
        DesiredState state = before;
        for (Change change : changes) {
            state = state.with(change);
        }
        return state;
    }

    @Test
    void addsWhatIsNotThere() {
        assertThat(STATE.services())
                .containsExactly(
                        Map.entry(
                                KEY,
                                VirtualService.builder(KEY)
                                        .realServers(List.of(SERVER))
                                        .localAddresses(List.of(LOCAL))
                                        .accessRules(List.of(RULE))
                                        .build()));
        assertThat(STATE.addresses().values()).containsExactly(ADDRESS);
        assertThat(STATE.routes().values()).containsExactly(ROUTE);
        assertThat(STATE.neighbours()).containsExactly(NEIGHBOUR);
        assertThat(DesiredState.EMPTY.services()).isEmpty();
    }

    @Test
    void editsWhatIsThere() {
        ServicePolicy silent = ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP);
        Timeouts timeouts = Timeouts.NONE.with(TimedState.CLOSE, Duration.ofSeconds(3));
        MacAddress mac = MacAddress.parse("02:00:00:00:00:02");
        Neighbour moved = new Neighbour(NEIGHBOUR.address(), mac, "lan");
        Optional<Duration> minute = Optional.of(Duration.ofMinutes(1));

        DesiredState edited =
                after(
                        STATE,
                        new Change.EditService(KEY, "rr", minute),
                        new Change.SetPolicy(KEY, silent),
                        new Change.EditRealServer(KEY, SERVER.withWeight(5)),
                        new Change.SetTimeouts(timeouts),
                        new Change.SetNeighbour(moved));

        VirtualService service = edited.service(KEY);
        assertThat(service)
                .isEqualTo(
                        STATE.service(KEY).toBuilder()
                                .scheduler("rr")
                                .connectionTimeout(minute)
                                .policy(silent)
                                .realServers(List.of(SERVER.withWeight(5)))
                                .build());
        assertThat(edited.timeouts()).isEqualTo(timeouts);
        assertThat(edited.neighbours()).containsExactly(moved);
        assertThat(after(edited, new Change.ReplaceService(STATE.service(KEY))).services())
                .isEqualTo(STATE.services());
    }

    @Test
    void removesWhatIsThere() {
        DesiredState bare =
                after(
                        STATE,
                        new Change.RemoveRealServer(KEY, SERVER.endpoint(), true),
                        new Change.RemoveLocalAddress(KEY, LOCAL.address(), true),
                        new Change.RemoveAccessRule(KEY, RULE),
                        new Change.RemoveAddress(ADDRESS),
                        new Change.RemoveRoute(IpPrefix.parse("0.0.0.0/0")),
                        new Change.RemoveNeighbour(NEIGHBOUR.address(), "lan"));

        assertThat(bare.service(KEY)).isEqualTo(VirtualService.of(KEY));
        assertThat(after(bare, new Change.RemoveService(KEY))).isEqualTo(DesiredState.EMPTY);
        assertThat(after(STATE, new Change.FlushLocalAddresses(KEY, false)).service(KEY))
                .isEqualTo(STATE.service(KEY).withLocalAddresses(List.of()));
    }

    @Test
    void leavesTheStateWhereAChangeIsAboutSomethingElse() {
        assertThat(
                        after(
                                STATE,
                                new Change.ZeroCounters(Optional.of(KEY)),
                                new Change.EndConnections(ConnectionFilter.ALL),
                                new Change.FlushNeighbours(Optional.empty())))
                .isEqualTo(STATE);
    }

    @Test
    void refusesWhatIsThereAlready() {
        refused(
                new Change.AddService(VirtualService.of(KEY)),
                ErrorCode.SERVICE_EXISTS,
                "service TCP 192.0.2.80:80 already exists");
        refused(
                new Change.AddRealServer(KEY, SERVER.withWeight(7)),
                ErrorCode.REAL_SERVER_EXISTS,
                "real server 10.0.1.11:8080 of TCP 192.0.2.80:80 already exists");
        refused(
                new Change.AddLocalAddress(KEY, LocalAddress.of("10.0.1.100", "wan")),
                ErrorCode.LOCAL_ADDRESS_EXISTS,
                "local address 10.0.1.100 of TCP 192.0.2.80:80 already exists");
        refused(
                new Change.AddAccessRule(KEY, RULE),
                ErrorCode.ACCESS_RULE_EXISTS,
                "access rule \"deny 203.0.113.0/24\" of TCP 192.0.2.80:80 already exists");
        refused(
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/32", "wan")),
                ErrorCode.ADDRESS_EXISTS,
                "address 10.0.1.1 already exists, as " + ADDRESS);
        refused(
                new Change.AddRoute(Route.onLink("0.0.0.0/0", "wan")),
                ErrorCode.ROUTE_EXISTS,
                "route 0.0.0.0/0 already exists: " + ROUTE);
    }

    @Test
    void refusesWhatIsNotThere() {
        Endpoint absent = Endpoint.of("10.0.1.12", 80);
        IpAddress nobody = IpAddress.parse("10.0.1.101");
        for (Change change :
                List.of(
                        new Change.ReplaceService(VirtualService.of(OTHER)),
                        new Change.EditService(OTHER, "rr", Optional.empty()),
                        new Change.SetPolicy(OTHER, ServicePolicy.DEFAULT),
                        new Change.RemoveService(OTHER),
                        new Change.AddRealServer(OTHER, SERVER),
                        new Change.AddLocalAddress(OTHER, LOCAL),
                        new Change.FlushLocalAddresses(OTHER, true),
                        new Change.AddAccessRule(OTHER, RULE),
                        new Change.ZeroCounters(Optional.of(OTHER)))) {
            refused(change, ErrorCode.NO_SERVICE, "no service TCP 192.0.2.81:80");
        }
        refused(
                new Change.EditRealServer(KEY, RealServer.of(absent)),
                ErrorCode.NO_REAL_SERVER,
                "10.0.1.12:80 is not a real server of TCP 192.0.2.80:80; it has 10.0.1.11:8080");
        refused(
                new Change.RemoveRealServer(KEY, absent, true),
                ErrorCode.NO_REAL_SERVER,
                "10.0.1.12:80 is not a real server of TCP 192.0.2.80:80; it has 10.0.1.11:8080");
        refused(
                new Change.RemoveLocalAddress(KEY, nobody, true),
                ErrorCode.NO_LOCAL_ADDRESS,
                "10.0.1.101 is not a local address of TCP 192.0.2.80:80; it has 10.0.1.100");
        refused(
                new Change.RemoveAccessRule(KEY, AccessRule.allow("203.0.113.0/24")),
                ErrorCode.NO_ACCESS_RULE,
                "TCP 192.0.2.80:80 has no access rule \"allow 203.0.113.0/24\"; it has deny"
                        + " 203.0.113.0/24");
        refused(
                new Change.RemoveAddress(InterfaceAddress.of("10.0.1.1/32", "lan")),
                ErrorCode.NO_ADDRESS,
                "lan has no address 10.0.1.1/32");
        refused(
                new Change.RemoveRoute(IpPrefix.parse("10.9.0.0/16")),
                ErrorCode.NO_ROUTE,
                "no static route to 10.9.0.0/16");
        refused(
                new Change.RemoveNeighbour(NEIGHBOUR.address(), "wan"),
                ErrorCode.NO_NEIGHBOUR,
                "wan has no static neighbour 10.0.1.254");
    }

    /// The change is refused, and a draft that refused it is as before.
    private static void refused(Change change, ErrorCode code, String message) {
        StateDraft draft = STATE.draft();
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> draft.apply(change))
                .withMessage(message)
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
        assertThat(draft.state(STATE.revision())).isEqualTo(STATE);
    }

    @Test
    void aDraftEndsWithItsState() {
        StateDraft draft = STATE.draft();
        draft.apply(new Change.RemoveRealServer(KEY, SERVER.endpoint()));
        DesiredState taken = draft.state(9);

        assertThat(taken.revision()).isEqualTo(9);
        assertThat(taken.service(KEY).realServers()).isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> draft.apply(new Change.RemoveService(KEY)));
        assertThat(taken.services()).containsKey(KEY);
        assertThat(STATE.service(KEY).realServers()).containsExactly(SERVER);
    }
}
