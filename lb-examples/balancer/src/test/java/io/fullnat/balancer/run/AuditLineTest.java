// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

/// What a line of the audit log leaves out of what somebody has typed.
final class AuditLineTest {
    @Test
    void keysAreLeftOut() {
        String key = "8f95f09245765f80256934e50c66207f";
        String line =
                new AuditLine()
                        .text(
                                "what",
                                "ipvsadm -A -u 192.0.2.80:443 --quic 'config 0 server-id 1 nonce 4"
                                        + " key "
                                        + key
                                        + " ; config 1 server-id 1 nonce 4 key "
                                        + key.toUpperCase(Locale.ROOT)
                                        + "'")
                        .toString();
        assertThat(line)
                .isEqualTo(
                        "what=\"ipvsadm -A -u 192.0.2.80:443 --quic 'config 0 server-id 1 nonce 4"
                                + " key ... ; config 1 server-id 1 nonce 4 key ...'\"");
    }
}
