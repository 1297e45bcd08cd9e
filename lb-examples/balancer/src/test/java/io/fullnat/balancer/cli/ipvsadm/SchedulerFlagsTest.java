// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
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
        assertThat(options("mh", "flag-1,flag-2", ""))
                .isEqualTo(Map.of("prefix", "24", "hash", "source-port", "fallback", "yes"));
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
                "wlc     | flag-1   | ''  | flag-1 means nothing to the scheduler wlc",
                "conhash | flag-2   | ''  | flag-2 means nothing to the scheduler conhash",
                "sh      | flag-3   | ''  | flag-3 means nothing to the scheduler sh",
                "sh      | flag-4   | ''  | mh-fallback, flag-1, flag-2, flag-3",
                "mh      | ''       | sip | is for the scheduler conhash, not for mh",
                "conhash | ''       | dip | \"dip\" is neither sip nor qid",
                "sh      | ''       | qid | is for the scheduler conhash, not for sh"
            })
    void whatIsNotForTheSchedulerIsRefused(
            String scheduler, String flags, String target, String message) {
        assertThatThrownBy(() -> options(scheduler, flags, target)).hasMessageContaining(message);
    }

    /// As a letter it is that of IPVS for services, that of DPVS for real servers.
    @Test
    void theLetterIsThatOfTheCommand() {
        String[] service = {"-A", "-t", "192.0.2.80:80", "-s", "sh", "-b", "sh-port,sh-fallback"};
        assertThat(IpvsWords.parse(List.of(service)).value(IpvsOption.SCHED_FLAGS))
                .hasValue("sh-port,sh-fallback");
        String[] edit = {"-E", "-t", "192.0.2.80:80", "-bsh-port"};
        assertThat(IpvsWords.parse(List.of(edit)).value(IpvsOption.SCHED_FLAGS))
                .hasValue("sh-port");
        String[] server = {"-a", "-t", "192.0.2.80:80", "-r", "10.0.1.11:80", "-b", "-w", "2"};
        assertThat(IpvsWords.parse(List.of(server)).has(IpvsOption.FULLNAT)).isTrue();
        String[] none = {"-A", "-t", "192.0.2.80:80", "-b"};
        assertThatThrownBy(() -> IpvsWords.parse(List.of(none)))
                .hasMessageContaining("--sched-flags needs a value");
    }
}
