// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The words that IPVS and DPVS have for what schedulers are told.
class SchedulerFlagsTest {
    private static Map<String, String> options(String scheduler, String flags, String target) {
        VirtualService service =
                VirtualService.of(ServiceKey.tcp("192.0.2.80", 80)).withScheduler(scheduler);
        return new SchedulerFlags(
                        Optional.of(flags).filter(text -> !text.isEmpty()),
                        Optional.of(target).filter(text -> !text.isEmpty()))
                .apply(
                        service.withPolicy(
                                service.policy().withSchedulerOptions(Map.of("prefix", "24"))))
                .policy()
                .schedulerOptions();
    }

    @Test
    void theyAreAddedToTheOptions() {
        assertThat(options("mh", "mh-port,mh-fallback", ""))
                .isEqualTo(Map.of("prefix", "24", "hash", "source-port", "fallback", "yes"));
        assertThat(options("sh", "sh-fallback", ""))
                .isEqualTo(Map.of("prefix", "24", "fallback", "yes"));
        assertThat(options("conhash", "", "sip"))
                .isEqualTo(Map.of("prefix", "24", "hash", "source"));
        assertThat(options("conhash", "", "qid")).isEqualTo(Map.of("prefix", "24", "hash", "quic"));
        assertThat(options("rr", "", "")).isEqualTo(Map.of("prefix", "24"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mh      | sh-port  | ''  | sh-port is for the scheduler sh, not for mh",
                "wlc     | mh-port  | ''  | mh-port is for the scheduler mh, not for wlc",
                "mh      | port     | ''  | \"port\" is none of sh-port,",
                "sh      | sh-port, | ''  | \"\" is none of sh-port,",
                "mh      | ''       | sip | is for the scheduler conhash, not for mh",
                "conhash | ''       | dip | \"dip\" is neither sip nor qid",
                "sh      | ''       | qid | is for the scheduler conhash, not for sh"
            })
    void whatIsNotForTheSchedulerIsRefused(
            String scheduler, String flags, String target, String message) {
        assertThatThrownBy(() -> options(scheduler, flags, target)).hasMessageContaining(message);
    }
}
