// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What configurations of QUIC-LB and ids of servers can be, and that no text but a line has a key.
class QuicRoutingTest {
    private static final String KEY = "8f95f09245765f80256934e50c66207f";

    @Test
    void linesComeBack() {
        for (List<String> lines :
                List.of(
                        List.of("dpvs"),
                        List.of("config 6 server-id 15 nonce 4"),
                        List.of(
                                "config 0 server-id 1 nonce 18 key " + KEY,
                                "config 1 server-id 8 nonce 8"))) {
            assertThat(QuicRouting.parse(lines).orElseThrow().lines()).isEqualTo(lines);
        }
        assertThat(QuicRouting.parse(List.of())).isEmpty();
        assertThat(
                        QuicConfig.parse(
                                "config 0 server-id 1 nonce 4 key " + KEY.toUpperCase(Locale.ROOT)))
                .isEqualTo(new QuicConfig(0, 1, 4, Optional.of(KEY)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config 7 server-id 1 nonce 4 | config 7 of QUIC-LB is not 0-6",
                "config 0 server-id 0 nonce 4 | server-id 0 of config 0 is not 1-15 bytes",
                "config 0 server-id 16 nonce 4 | server-id 16 of config 0 is not 1-15 bytes",
                "config 0 server-id 1 nonce 3 | nonce 3 of config 0 is not 4-18 bytes",
                "config 0 server-id 15 nonce 5 | nonce 5 of config 0 is not 4-4 bytes",
                "config 0 server-id 1 nonce 4 key 00 | the key of config 0 is not 32",
                "config 0 server-id 1 | not a configuration of QUIC-LB",
                "DPVS | not a configuration of QUIC-LB",
            })
    void wrongOnesAreRefused(String line, String message) {
        assertRefused(message, () -> QuicRouting.parse(List.of(line)));
    }

    @Test
    void aNumberIsGivenOnceAndDpvsStandsAlone() {
        String line = "config 2 server-id 1 nonce 4";
        assertRefused(
                "config 2 of QUIC-LB is there twice", () -> QuicRouting.parse(List.of(line, line)));
        assertRefused("not a configuration", () -> QuicRouting.parse(List.of("dpvs", line)));
        assertRefused("needs a configuration", () -> new QuicRouting.QuicLb(List.of()));
    }

    @Test
    void noTextHasAKey() {
        QuicRouting routing =
                QuicRouting.parse(List.of("config 0 server-id 1 nonce 4 key " + KEY)).orElseThrow();
        ServicePolicy policy = ServicePolicy.DEFAULT.withQuic(Optional.of(routing));
        VirtualService service =
                VirtualService.of(ServiceKey.udp("192.0.2.80", 443)).withPolicy(policy);
        assertThat(service.toString()).contains("key sha256:2700dc41").doesNotContain(KEY);
        assertThat(routing.toString()).doesNotContain(KEY);
        assertRefused(
                "the key of config 0 is not 32 hexadecimal digits",
                () -> QuicRouting.parse(List.of("config 0 server-id 1 nonce 4 key " + KEY + "00")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "0a0", "0A", "xy", "000102030405060708090a0b0c0d0e0f", " 0a"})
    void whatIsNoIdIsRefused(String id) {
        assertRefused("is not 1-15 bytes", () -> QuicRouting.requireIds(List.of(id)));
    }

    @Test
    void anIdIsGivenOnce() {
        assertThat(QuicRouting.requireIds(List.of("0a", "000a"))).hasSize(2);
        assertRefused("is there twice", () -> QuicRouting.requireIds(List.of("0a", "0a")));
    }

    private static void assertRefused(String message, Runnable wrong) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(wrong::run)
                .matches(refusal -> refusal.code() == ErrorCode.INVALID_ARGUMENT)
                .withMessageContaining(message)
                .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain(KEY));
    }
}
