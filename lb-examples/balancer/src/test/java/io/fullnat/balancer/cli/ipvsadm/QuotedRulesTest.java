// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.CommandRig;
import org.junit.jupiter.api.Test;

/// Words of the lines that `ipvsadm -R` reads may stand in quotes, as those that `-S` writes.
final class QuotedRulesTest {
    @Test
    void wordsMayStandInQuotes() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("ipvsadm -R", "-A -t '192.0.2.80:80' \"-s\" r\\r\n");

            assertThat(rig.done("ipvsadm -S")).isEqualTo("-A -t 192.0.2.80:80 -s rr\n");
            CommandRig.Result open = rig.run("ipvsadm -R", "-A -t 192.0.2.81:80 -s 'rr\n");
            assertThat(open.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
            assertThat(open.err())
                    .isEqualTo("ipvsadm: line 1: a quote (') is not closed; nothing was changed\n");
        }
    }
}
