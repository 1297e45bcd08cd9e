// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.INVALID_ARGUMENT;
import static io.fullnat.api.ErrorCode.NO_REAL_SERVER;
import static io.fullnat.api.ErrorCode.NO_SCHEDULER;
import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.SERVER;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.refused;
import static io.fullnat.core.control.Drafting.service;
import static io.fullnat.core.control.Resources.ServerName.real;
import static io.fullnat.core.control.Resources.ServerName.sorry;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [ServiceEdits]: what else a change of a service, its servers or rules brings about.
class ServiceEditsTest {
    private static final RealServer FORMER = RealServer.of("10.0.1.12", 8080);

    private final Drafting drafting = new Drafting();

    @AfterEach
    void close() {
        drafting.close();
    }

    private static Change.RemoveRealServer remove(RealServer server, boolean ends) {
        return new Change.RemoveRealServer(WEB, server.endpoint(), ends);
    }

    @Test
    void aServiceComesWithItsAddresses() {
        drafting.services().addService(added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        assertThat(drafting.draft.services()).containsOnlyKeys(WEB);
        assertThat(drafting.draft.fresh).containsExactlyInAnyOrder(ip("192.0.2.80"), ip(LOCAL));
        assertThat(drafting.draft.changed).containsExactly(WEB);
        assertThat(drafting.draft.locals).containsOnlyKeys(ip(LOCAL));
        assertThat(drafting.draft.access).isEmpty();
    }

    @Test
    void aServiceHasASchedulerThatIsThere() {
        refused(
                NO_SCHEDULER,
                "fifo",
                () -> drafting.services().addService(added(service(WEB).withScheduler("fifo"))));
        drafting.inForce(added(service(WEB)));
        refused(
                NO_SCHEDULER,
                "fifo",
                () ->
                        drafting.services()
                                .editService(
                                        new Change.EditService(WEB, "fifo", Optional.empty())));
    }

    @Test
    void aLocalAddressIsNoVirtualOne() {
        drafting.inForce(added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        ServiceKey key = ServiceKey.udp(LOCAL, 53);
        refused(
                ADDRESS_IN_USE,
                "is a local address, it cannot be that of " + key,
                () -> drafting.services().addService(added(service(key))));
    }

    @Test
    void onlyAHostIsAVirtualAddress() {
        ServiceKey key = ServiceKey.udp("224.0.0.5", 53);
        refused(
                INVALID_ARGUMENT,
                "virtual address of " + key,
                () -> drafting.services().addService(added(service(key))));
    }

    @Test
    void aServiceThatGoesLetsGoOfItsLocalAddressesAndMayEndItsConnections() {
        VirtualService web =
                service(WEB).withRealServer(SERVER).withLocalAddress(local(LOCAL, "lan"));
        drafting.inForce(added(web), added(service(TLS)));
        drafting.drains(real(WEB, FORMER.endpoint()));
        drafting.drains(real(TLS, FORMER.endpoint()));
        drafting.services().removeService(new Change.RemoveService(WEB, true));
        assertThat(drafting.draft.ended)
                .containsExactlyInAnyOrder(
                        real(WEB, SERVER.endpoint()), real(WEB, FORMER.endpoint()));
        assertThat(drafting.draft.locals).isEmpty();
        drafting.draft = new Draft(drafting.before(), drafting.devices, 0);
        drafting.services().removeService(new Change.RemoveService(WEB, false));
        assertThat(drafting.draft.ended).isEmpty();
    }

    @Test
    void anotherStateOfAServiceHasItsOwnAddresses() {
        drafting.inForce(added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        drafting.services()
                .replaceService(
                        new Change.ReplaceService(
                                service(WEB).withLocalAddress(local("10.0.1.101", "lan"))));
        assertThat(drafting.draft.locals).containsOnlyKeys(ip("10.0.1.101"));
        assertThat(drafting.draft.changed).containsExactly(WEB);
        assertThat(drafting.draft.access).isEmpty();
    }

    @Test
    void whoMayConnectIsLookedAtAnewWhenRulesChange() {
        AccessRule rule = AccessRule.deny("198.51.100.0/24");
        drafting.inForce(added(service(WEB)), added(service(TLS)));
        drafting.services()
                .replaceService(
                        new Change.ReplaceService(service(WEB).withAccessRules(List.of(rule))));
        assertThat(drafting.draft.access).containsExactly(WEB);
        drafting.services().changeRules(TLS, new Change.AddAccessRule(TLS, rule));
        assertThat(drafting.draft.access).containsExactlyInAnyOrder(WEB, TLS);
        assertThat(drafting.draft.service(TLS).accessRules()).containsExactly(rule);
    }

    @Test
    void aServerThatComesChangesItsService() {
        drafting.inForce(added(service(WEB)));
        drafting.services().addServer(new Change.AddRealServer(WEB, SERVER));
        assertThat(drafting.draft.changed).containsExactly(WEB);
        assertThat(drafting.draft.service(WEB).realServers()).containsExactly(SERVER);
    }

    @Test
    void connectionsOfAServerEndIfSoSaid() {
        drafting.inForce(added(service(WEB).withRealServers(List.of(SERVER, FORMER))));
        drafting.services().removeServer(remove(FORMER, false));
        assertThat(drafting.draft.ended).isEmpty();
        drafting.services().removeServer(remove(SERVER, true));
        assertThat(drafting.draft.ended).containsExactly(real(WEB, SERVER.endpoint()));
        assertThat(drafting.draft.service(WEB).realServers()).isEmpty();
    }

    /// One that only drains is none of the service's any more; its connections can be ended.
    @Test
    void connectionsOfAServerThatDrainsCanBeEnded() {
        drafting.inForce(added(service(WEB)));
        refused(
                NO_REAL_SERVER,
                "10.0.1.12",
                () -> drafting.services().removeServer(remove(FORMER, true)));
        drafting.drains(real(WEB, FORMER.endpoint()));
        refused(
                NO_REAL_SERVER,
                "10.0.1.12",
                () -> drafting.services().removeServer(remove(FORMER, false)));
        drafting.services().removeServer(remove(FORMER, true));
        assertThat(drafting.draft.ended).containsExactly(real(WEB, FORMER.endpoint()));
    }

    @Test
    void aFormerSorryServerEndsItsConnectionsAsOne() {
        drafting.inForce(added(service(WEB)));
        drafting.drains(sorry(WEB, FORMER.endpoint()));
        drafting.services().removeServer(remove(FORMER, true));
        assertThat(drafting.draft.ended)
                .containsExactlyInAnyOrder(
                        real(WEB, FORMER.endpoint()), sorry(WEB, FORMER.endpoint()));
    }

    /// Services that were there are not asked again.
    @Test
    void schedulersAreAskedForTheOptionsOfWhatHasChanged() {
        ServicePolicy wrong = ServicePolicy.DEFAULT.withSchedulerOptions(Map.of("turns", "3"));
        drafting.draft.apply(added(service(WEB).withScheduler("rr").withPolicy(wrong)));
        refused(
                INVALID_ARGUMENT,
                "turns",
                () -> drafting.services().checkOptions(drafting.before().desired()));
        drafting.services().checkOptions(drafting.draft.state().desired());
    }
}
