// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.AccessRule;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Whom a service admits: rules hold for new connections and for those that are there.
class AccessRuleTest {
    private static final String GUEST = "198.51.100.20";
    private static final String NEIGHBOUR = "198.51.100.200";

    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private boolean isAdmitted(String client, int port) {
        return !rig.connect(client, port).isEmpty();
    }

    private void deny(String clients) {
        rig.apply(new Change.AddAccessRule(WEB, AccessRule.deny(clients)));
    }

    private void allow(String clients) {
        rig.apply(new Change.AddAccessRule(WEB, AccessRule.allow(clients)));
    }

    @Test
    void aDeniedClientIsKeptOutAndCounted() {
        deny(GUEST);

        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();
        assertThat(rig.balancer.counters().total(Outcome.ACCESS_DENIED)).isOne();
    }

    @Test
    void aDeniedNetworkIsKeptOut() {
        deny("198.51.100.0/25");

        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();
    }

    @Test
    void onceAnyoneIsAllowedNobodyElseIs() {
        allow(GUEST);

        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isFalse();
    }

    @Test
    void denialsComeBeforeAllowances() {
        allow("198.51.100.0/24");
        deny(GUEST);

        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();
    }

    @Test
    void everybodyCanBeKeptOut() {
        deny("0.0.0.0/0");

        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isFalse();
    }

    @Test
    void aRemovedRuleHoldsNoLonger() {
        deny(GUEST);
        allow(NEIGHBOUR);

        rig.apply(
                new Change.RemoveAccessRule(WEB, AccessRule.deny(GUEST)),
                new Change.RemoveAccessRule(WEB, AccessRule.allow(NEIGHBOUR)));

        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        assertThat(rig.service().service().accessRules()).isEmpty();
    }

    @Test
    void connectionsOfAClientWhoIsKeptOutEndWithTheTransaction() {
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();

        deny(GUEST);

        assertThat(rig.connections())
                .singleElement()
                .extracting(ConnectionInfo::client)
                .hasToString(NEIGHBOUR + ":40000");
        assertThat(rig.balancer.counters().total(Counter.CONNECTIONS_PURGED)).isOne();
    }

    @Test
    void anAllowanceEndsTheConnectionsOfAllOthers() {
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        assertThat(isAdmitted(NEIGHBOUR, 40_000)).isTrue();

        allow(NEIGHBOUR);

        assertThat(rig.connections()).hasSize(1);
    }

    @Test
    void connectionsOnADrainingLocalAddressEndToo() {
        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
        rig.apply(new Change.FlushLocalAddresses(WEB, false));

        deny(GUEST);

        assertThat(rig.connections()).isEmpty();
    }

    @Test
    void theRulesOfOneServiceAreNotThoseOfAnother() {
        List<AccessRule> rules = List.of(AccessRule.deny(GUEST));
        rig.apply(new Change.AddService(service(TLS).withAccessRules(rules)));

        assertThat(isAdmitted(GUEST, 40_000)).isTrue();
    }

    @Test
    void aRuleIsThereOnceAndNamedWhenItIsNot() {
        deny("198.51.100.0/24");

        rig.refuses(
                ErrorCode.ACCESS_RULE_EXISTS,
                List.of("deny 198.51.100.0/24", "TCP 192.0.2.80:80"),
                new Change.AddAccessRule(WEB, AccessRule.deny("198.51.100.77/24")));
        rig.refuses(
                ErrorCode.NO_ACCESS_RULE,
                List.of("allow 198.51.100.0/24", "TCP 192.0.2.80:80"),
                new Change.RemoveAccessRule(WEB, AccessRule.allow("198.51.100.0/24")));
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service TCP 192.0.2.80:443"),
                new Change.AddAccessRule(TLS, AccessRule.deny(GUEST)));
    }
}
