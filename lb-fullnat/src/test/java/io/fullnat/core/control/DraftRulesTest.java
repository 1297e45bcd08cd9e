// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.NO_PORT;
import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.refused;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [DraftRules]: what objects of a draft forbid each other, whichever came first.
class DraftRulesTest {
    private final Drafting drafting = new Drafting();

    @AfterEach
    void close() {
        drafting.close();
    }

    /// Checks what changes make of what is in force.
    private void check(Change... changes) {
        StateEditor editor = drafting.editor();
        for (Change change : changes) {
            editor.apply(change);
        }
        editor.check(drafting.before(), drafting.draining);
    }

    private void right(Change... changes) {
        assertThatCode(() -> check(changes)).doesNotThrowAnyException();
    }

    private void wrong(ErrorCode code, String word, Change... changes) {
        refused(code, word, () -> check(changes));
    }

    private static Change remove(String prefix, boolean force) {
        return new Change.RemoveAddress(InterfaceAddress.of(prefix, "wan"), force);
    }

    @Test
    void theAddressOfAServiceGoesAfterItsServicesOrByForce() {
        drafting.inForce(address("192.0.2.80/32", "wan"), added(service(WEB)));
        wrong(ADDRESS_IN_USE, "virtual address of " + WEB, remove("192.0.2.80/32", false));
        right(remove("192.0.2.80/32", true));
        right(new Change.RemoveService(WEB, false), remove("192.0.2.80/32", false));
        right(remove("192.0.2.80/32", false), new Change.RemoveService(WEB, false));
    }

    private static Change server(String address) {
        return new Change.AddRealServer(WEB, RealServer.of(address, 8080));
    }

    @Test
    void aRealServerIsNoneOfTheBalancersOwnAddresses() {
        drafting.inForce(
                address("10.0.1.1/24", "lan"),
                added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        right(server("10.0.1.11"));
        wrong(ADDRESS_IN_USE, "an address of the balancer", server("10.0.1.1"));
        wrong(ADDRESS_IN_USE, "a local address", server(LOCAL));
        wrong(ADDRESS_IN_USE, "the virtual address of " + WEB, server("192.0.2.80"));
        drafting.draining.put(ip("10.0.1.101"), "lan");
        wrong(ADDRESS_IN_USE, "a local address that drains", server("10.0.1.101"));
    }

    /// What was there before is looked at as far as something new could conflict with it.
    @Test
    void anOwnAddressIsNoRealServerThatIsThere() {
        drafting.inForce(added(service(WEB)), server("10.0.1.11"));
        wrong(ADDRESS_IN_USE, "10.0.1.11", address("10.0.1.11/24", "lan"));
        wrong(
                ADDRESS_IN_USE,
                "10.0.1.11",
                added(service(TLS).withLocalAddress(local("10.0.1.11", "lan"))));
        right(address("10.0.1.12/24", "lan"));
    }

    private static Change neighbour(String address) {
        return new Change.SetNeighbour(
                new Neighbour(ip(address), MacAddress.parse("02:00:00:00:00:51"), "lan"));
    }

    @Test
    void aNeighbourIsNoneOfThemEither() {
        drafting.inForce(address("10.0.1.1/24", "lan"));
        wrong(ADDRESS_IN_USE, "10.0.1.1", neighbour("10.0.1.1"));
        right(neighbour("10.0.1.11"));
        drafting.inForce(neighbour("10.0.1.11"));
        wrong(ADDRESS_IN_USE, "10.0.1.11", address("10.0.1.11/24", "lan"));
    }

    @Test
    void aGatewayIsNoneOfThemEither() {
        drafting.inForce(address("10.0.1.1/24", "lan"));
        wrong(
                ADDRESS_IN_USE,
                "10.0.1.1",
                new Change.AddRoute(Route.via("10.9.0.0/16", "10.0.1.1", "lan")));
        drafting.inForce(new Change.AddRoute(Route.via("10.9.0.0/16", "10.0.1.254", "lan")));
        wrong(ADDRESS_IN_USE, "10.0.1.254", address("10.0.1.254/24", "lan"));
    }

    private static IpSet set(String name) {
        return IpSet.builder(name, SetType.HASH_NET).build();
    }

    private static Change denies(String name) {
        return new Change.AddAccessRule(WEB, AccessRule.deny("ipset:" + name));
    }

    @Test
    void aSetThatRulesNameStays() {
        drafting.inForce(added(service(WEB)), new Change.CreateSet(set("bots")), denies("bots"));
        wrong(ErrorCode.SET_IN_USE, "bots", new Change.DestroySet("bots"));
        right(
                new Change.DestroySet("bots"),
                new Change.RemoveAccessRule(WEB, AccessRule.deny("ipset:bots")));
    }

    @Test
    void aRuleNamesASetThatIsThere() {
        drafting.inForce(added(service(WEB)));
        wrong(ErrorCode.NO_SET, "bots", denies("bots"));
        right(denies("bots"), new Change.CreateSet(set("bots")));
        wrong(
                ErrorCode.NO_SET,
                "bots",
                added(service(TLS).withAccessRules(List.of(AccessRule.deny("ipset:bots")))));
    }

    @Test
    void anEntryNamesADeviceThatIsThere() {
        IpSet.Builder builder = IpSet.builder("by-device", SetType.HASH_NET_PORT_IFACE);
        builder.add(SetMember.of("10.0.0.0/8,tcp:80,dmz"), false);
        wrong(NO_PORT, "dmz", new Change.CreateSet(builder.build()));
        IpSet.Builder right = IpSet.builder("by-device", SetType.HASH_NET_PORT_IFACE);
        right.add(SetMember.of("10.0.0.0/8,tcp:80,lan"), false);
        right(new Change.CreateSet(right.build()));
    }

    /// It would be refused as it is now, but nobody has touched it.
    @Test
    void aServiceThatWasNotTouchedIsNotAskedAgain() {
        drafting.inForce(added(service(WEB).withScheduler("rr")), added(service(TLS)));
        right(new Change.AddRealServer(TLS, RealServer.of("10.0.1.11", 8080)));
    }
}
