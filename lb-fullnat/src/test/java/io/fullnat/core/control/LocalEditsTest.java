// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.INVALID_ARGUMENT;
import static io.fullnat.api.ErrorCode.NO_LOCAL_ADDRESS;
import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.refused;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [LocalEdits]: each local address of a service is a reference to one that all share, and may
/// drain.
class LocalEditsTest {
    private static final String OTHER = "10.0.1.101";
    private static final LocalAddress ON_LAN = local(LOCAL, "lan");

    private final Drafting drafting = new Drafting();

    @AfterEach
    void close() {
        drafting.close();
    }

    private static Change.AddLocalAddress add(ServiceKey key, LocalAddress address) {
        return new Change.AddLocalAddress(key, address);
    }

    private static Change.RemoveLocalAddress remove(ServiceKey key, boolean force) {
        return new Change.RemoveLocalAddress(key, ip(LOCAL), force);
    }

    private static Resources.LocalName name(ServiceKey key, String address) {
        return new Resources.LocalName(key, ip(address));
    }

    private int users() {
        DesiredTables.LocalUse use = drafting.draft.locals.get(ip(LOCAL));
        return use == null ? 0 : use.services();
    }

    @Test
    void servicesShareAnAddressUntilTheLastOneLetsGo() {
        drafting.inForce(added(service(WEB)), added(service(TLS)));
        drafting.locals().addLocal(add(WEB, ON_LAN));
        assertThat(users()).isOne();
        drafting.locals().addLocal(add(TLS, ON_LAN));
        assertThat(users()).isEqualTo(2);
        assertThat(drafting.draft.fresh).containsExactly(ip(LOCAL));
        drafting.locals().removeLocal(remove(WEB, false));
        assertThat(users()).isOne();
        drafting.locals().removeLocal(remove(TLS, false));
        assertThat(users()).isZero();
        assertThat(drafting.draft.locals).isEmpty();
        assertThat(drafting.draft.forced).isEmpty();
    }

    @Test
    void anAddressIsOnOneDevice() {
        drafting.inForce(added(service(WEB).withLocalAddress(ON_LAN)), added(service(TLS)));
        refused(
                ADDRESS_IN_USE,
                "is on lan, not on wan",
                () -> drafting.locals().addLocal(add(TLS, local(LOCAL, "wan"))));
    }

    @Test
    void anInterfaceAddressIsALocalOneOfItsDevice() {
        drafting.inForce(added(service(WEB)), address(LOCAL + "/24", "wan"));
        refused(
                ADDRESS_IN_USE,
                "is on wan, not on lan",
                () -> drafting.locals().addLocal(add(WEB, ON_LAN)));
        drafting.draft = new Draft(drafting.before(), drafting.devices, 0);
        drafting.locals().addLocal(add(WEB, local(LOCAL, "wan")));
        assertThat(users()).isOne();
    }

    @Test
    void aVirtualAddressIsNoLocalOne() {
        drafting.inForce(added(service(WEB)), added(service(TLS)));
        refused(
                ADDRESS_IN_USE,
                "virtual address of " + WEB + ", it cannot be a local one of " + TLS,
                () -> drafting.locals().addLocal(add(TLS, local("192.0.2.80", "wan"))));
    }

    @Test
    void onlyAHostIsALocalAddress() {
        drafting.inForce(added(service(WEB)));
        refused(
                INVALID_ARGUMENT,
                "239.1.1.1",
                () -> drafting.locals().addLocal(add(WEB, local("239.1.1.1", "lan"))));
    }

    @Test
    void connectionsOfAnAddressEndByForce() {
        drafting.inForce(added(service(WEB).withLocalAddress(ON_LAN)));
        drafting.locals().removeLocal(remove(WEB, true));
        assertThat(drafting.draft.forced).containsExactly(name(WEB, LOCAL));
        assertThat(users()).isZero();
    }

    /// One that only drains is none of the service's any more.
    @Test
    void anAddressThatDrainsCanOnlyBeForced() {
        drafting.inForce(added(service(WEB)));
        drafting.drains(name(WEB, LOCAL));
        refused(
                NO_LOCAL_ADDRESS,
                "drains",
                () -> drafting.locals().removeLocal(remove(WEB, false)));
        drafting.locals().removeLocal(remove(WEB, true));
        assertThat(drafting.draft.forced).containsExactly(name(WEB, LOCAL));
    }

    @Test
    void anAddressThatIsNowhereIsNone() {
        drafting.inForce(added(service(WEB)));
        refused(NO_LOCAL_ADDRESS, LOCAL, () -> drafting.locals().removeLocal(remove(WEB, true)));
    }

    @Test
    void allAddressesGoAtOnceAndByForceThoseThatDrainToo() {
        drafting.inForce(
                added(service(WEB).withLocalAddress(ON_LAN)),
                added(service(TLS).withLocalAddress(ON_LAN)));
        drafting.drains(name(WEB, OTHER));
        drafting.drains(name(TLS, "10.0.1.102"));
        drafting.locals().flushLocals(new Change.FlushLocalAddresses(TLS, false));
        assertThat(users()).isOne();
        assertThat(drafting.draft.forced).isEmpty();
        drafting.locals().flushLocals(new Change.FlushLocalAddresses(WEB, true));
        assertThat(users()).isZero();
        assertThat(drafting.draft.forced)
                .containsExactlyInAnyOrder(name(WEB, LOCAL), name(WEB, OTHER));
        assertThat(drafting.draft.service(WEB).localAddresses()).isEmpty();
    }
}
