// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.CommandRig;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Names of connections, and what they find among those of a balancer in memory.
final class NamedConnectionTest {
    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp:192.0.2.7:40000:192.0.2.80:80",
                "udp:[2001:db8::7]:4:[2001:db8::80]:53",
                "192.0.2.7:40000",
                "tcp:192.0.2.7:40000",
                "[2001:db8::7]:4",
                "udp:[2001:db8::7]:4"
            })
    void isReadAsItIsWritten(String text) {
        assertThat(NamedConnection.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        "'[1]tcp 90s    ESTABLISHED 198.51.100.7:40000 192.0.2.80:80      10.0.1.100:1025"
                + "    10.0.1.11:8080', tcp:198.51.100.7:40000:192.0.2.80:80",
        "' [12]udp 300s   UDP_NORM    [2001:db8::7]:4 [2001:db8::80]:53 10.0.1.100:1025"
                + " 10.0.1.11:53 ', udp:[2001:db8::7]:4:[2001:db8::80]:53"
    })
    void aLineOfTheListNamesItsTuple(String line, String tuple) {
        assertThat(NamedConnection.parse(line)).isEqualTo(NamedConnection.parse(tuple));
    }

    @ParameterizedTest
    @CsvSource({
        "'', is not PROTO:ADDRESS",
        "192.0.2.7, is not PROTO:ADDRESS",
        "192.0.2.7:65536, 65536",
        "192.0.2.777:1, 192.0.2.777",
        "sctp:192.0.2.7:1, is not PROTO:ADDRESS",
        "'[1]tcp 90s ESTABLISHED 198.51.100.7:40000 192.0.2.80:80', is no line of",
        "tcp:192.0.2.7:1:192.0.2.80, is not PROTO:ADDRESS"
    })
    void anythingElseIsRefused(String text, String why) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> NamedConnection.parse(text))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .withMessageContaining(why);
    }

    private void serveDatagrams() {
        rig.done("ipvsadm -A -u 192.0.2.80:53 -s rr");
        rig.done("ipvsadm -a -u 192.0.2.80:53 -r 10.0.1.11:53 -b");
        rig.done("ipvsadm -P -z 10.0.1.100 -u 192.0.2.80:53 -F lan");
        rig.exchangeDatagrams();
    }

    @Test
    void theListOfABalancerIsRead() {
        rig.connect(40_000);
        serveDatagrams();
        assertThat(
                        rig.done("connection list")
                                .lines()
                                .map(line -> NamedConnection.parse(line).toString()))
                .containsExactlyInAnyOrder(
                        "tcp:192.0.2.7:40000:192.0.2.80:80", "udp:192.0.2.7:40000:192.0.2.80:53");
    }

    private String found(String text) {
        return NamedConnection.of(NamedConnection.parse(text).in(rig.control())).toString();
    }

    @Test
    void aClientWithOneConnectionIsEnough() {
        rig.connect(40_000);
        rig.connect(40_001);
        assertThat(found("192.0.2.7:40000")).isEqualTo("tcp:192.0.2.7:40000:192.0.2.80:80");
        assertThat(found("tcp:192.0.2.7:40001")).isEqualTo("tcp:192.0.2.7:40001:192.0.2.80:80");
        for (String none : List.of("udp:192.0.2.7:40000", "192.0.2.7:40002", "192.0.2.8:40000")) {
            assertThatExceptionOfType(BalancerException.class)
                    .isThrownBy(() -> found(none))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_CONNECTION))
                    .withMessage(
                            "no connection of client "
                                    + none
                                    + "; one that is still to come is captured by its tuple,"
                                    + " PROTO:ADDRESS:PORT:ADDRESS:PORT, or with --client");
        }
    }

    @Test
    void aClientWithSeveralIsAskedWhich() {
        rig.connect(40_000);
        serveDatagrams();
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> found("192.0.2.7:40000"))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .withMessageStartingWith(
                        "client 192.0.2.7:40000 has several connections; name one by its tuple: ")
                .withMessageContaining("tcp:192.0.2.7:40000:192.0.2.80:80")
                .withMessageContaining("udp:192.0.2.7:40000:192.0.2.80:53");
        assertThat(found("udp:192.0.2.7:40000")).isEqualTo("udp:192.0.2.7:40000:192.0.2.80:53");
    }

    /// What a tuple names need not be there.
    @Test
    void aTupleIsTakenAsItIs() {
        assertThat(found("tcp:192.0.2.9:1:192.0.2.80:80"))
                .isEqualTo("tcp:192.0.2.9:1:192.0.2.80:80");
    }
}
