// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.capture.BpfInstruction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CaptureRequestTest {
    @Test
    void whatIsAskedForArrives() {
        CaptureRequest request =
                new CaptureRequest(
                        CaptureRequest.Format.PCAPNG,
                        List.of(
                                new BpfInstruction(40, 1, 255, -1),
                                new BpfInstruction(6, 0, 0, 262144)),
                        List.of(
                                NamedConnection.parse("tcp:192.0.2.7:40000:192.0.2.80:80"),
                                NamedConnection.parse("udp:[2001:db8::7]:4:[2001:db8::80]:53"),
                                NamedConnection.parse("192.0.2.7:40000"),
                                NamedConnection.parse("udp:[2001:db8::7]:4")),
                        List.of(IpPrefix.parse("198.51.100.0/24"), IpPrefix.parse("::/0")),
                        List.of(Outcome.NO_SERVICE, Outcome.FAULT),
                        List.of("wan", "lan"),
                        7,
                        96);

        assertThat(CaptureRequest.parse(request.words())).isEqualTo(request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "capture", "filter=", "filter=1 2 3", "filter=1 2 3 x", "connection=x",
                "client=1", "outcome=no", "count=-1", "snap=13", "snap=262145", "count=x"
            })
    void wrongWordsAreRefused(String word) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> CaptureRequest.parse(List.of(word)));
    }

    @Test
    void outcomesAreFoundByAnyoneWhoMeansThem() {
        assertThat(CaptureRequest.outcome("no-service")).isEqualTo(Outcome.NO_SERVICE);
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> CaptureRequest.outcome("NO_SERVIC"))
                .withMessageContaining("did you mean \"NO_SERVICE\"?");
    }
}
