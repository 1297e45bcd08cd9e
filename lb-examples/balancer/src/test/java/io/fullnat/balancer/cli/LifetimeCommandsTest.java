// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Lifetimes of interface addresses, by `dpip` and the plain verbs.
final class LifetimeCommandsTest {
    private final CommandRig rig = CommandRig.open();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void dpipAddsShowsAndReplaces() {
        rig.done("dpip addr add 10.0.7.1/24 dev lan valid_lft 60 preferred_lft 30");
        assertThat(rig.done("dpip addr show dev lan"))
                .contains(
                        "inet 10.0.7.1/24 scope global lan\n     valid_lft 60 preferred_lft 30\n");
        rig.pass(Duration.ofSeconds(31));
        assertThat(rig.done("dpip addr show dev lan"))
                .contains(
                        """
                        inet 10.0.7.1/24 scope global deprecated lan
                             valid_lft 29 preferred_lft 0
                        """);
        assertThat(rig.answersFor("10.0.7.1")).isTrue();
        assertThat(rig.done("address list")).contains("VALID", "PREFERRED", "deprecated");
        assertThat(rig.done("address list --json"))
                .contains("\"validLifetime\" : 29", "\"deprecated\" : true");

        rig.done("dpip addr replace 10.0.7.1/24 dev lan valid_lft 90");
        assertThat(rig.done("dpip addr show dev lan"))
                .contains("     valid_lft 90 preferred_lft 90\n");
        rig.done("dpip addr replace 10.0.7.1/24 dev lan valid_lft forever preferred_lft 9");
        assertThat(rig.done("dpip addr show dev lan"))
                .contains("     valid_lft forever preferred_lft 9\n");
        rig.done("dpip addr add 10.0.7.1/24 dev lan valid_lft 5");
        rig.pass(Duration.ofSeconds(5));
        assertThat(rig.done("dpip addr show dev lan")).doesNotContain("10.0.7.1");
        rig.done("dpip addr replace 10.0.7.1/24 dev lan");
        rig.done("dpip addr replace 10.0.7.1/24 dev lan");
        assertThat(rig.done("address list")).doesNotContain("PREFERRED");
    }

    @Test
    void theVerbAdds() {
        rig.done("address add 2001:db8:7::1/64 lan --valid-lifetime 60 --preferred-lifetime 30");
        assertThat(rig.done("dpip -6 addr show dev lan"))
                .contains("     valid_lft 60 preferred_lft 30\n");
        rig.done("address add 2001:db8:7::1/64 lan --valid-lifetime 70");
        assertThat(rig.done("dpip -6 addr show dev lan"))
                .contains("     valid_lft 70 preferred_lft 70\n");
    }

    @Test
    void refusesWhatIsNoLifetime() {
        String add = "dpip addr add 10.0.7.1/24 dev lan ";
        String[] longer = {"preferred lifetime 61", "valid lifetime 60"};
        rig.refused(2, add + "valid_lft 60 preferred_lft 61", longer);
        rig.refused(2, add + "valid_lft 60 preferred_lft forever", "preferred lifetime forever");
        rig.refused(2, add + "valid_lft 1h", "\"1h\" is no lifetime");
        rig.refused(2, add + "valid_lft 0", "valid lifetime of 0");
        rig.refused(3, add + "valid_lft 9 preferred_lft 6 prefered_lft 5", "prefered_lft");
        rig.refused(3, "dpip addr del 10.0.1.1/24 dev lan valid_lft 6", "lifetime");
        String verb = "address add 10.0.7.1/24 lan --valid-lifetime 60 --preferred-lifetime 61";
        rig.refused(2, verb, longer);
    }
}
