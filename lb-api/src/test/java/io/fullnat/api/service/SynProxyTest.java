// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SynProxyTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "off",
                "always",
                "1",
                "1000000000",
                "always,mss=536",
                "5000,mss=65495,scale=0",
                "always,scale=14,sack=no",
                "always,scale=no,timestamps=no",
                "always,mss=1400,scale=9,sack=no,timestamps=no"
            })
    void textsComeBack(String text) {
        assertThat(SynProxy.parse(text).text()).isEqualTo(text);
        assertThat(SynProxy.parse(text)).hasToString(text);
    }

    @Test
    void whatIsAsUsualIsNotWritten() {
        assertThat(SynProxy.parse("always,scale=7,sack=yes,timestamps=yes"))
                .isEqualTo(SynProxy.ALWAYS);
        assertThat(SynProxy.parse("always").text()).isEqualTo("always");
        assertThat(SynProxy.from(7).with(SynProxy.Mode.OFF, 0)).isEqualTo(SynProxy.OFF);
    }

    /// C3: there is no window of 0 to wait behind, so nothing that asks for one is taken.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "on                 | neither off, always nor",
                "0                  | not 1-1000000000",
                "1000000001         | neither off, always nor",
                "''                 | neither off, always nor",
                "always,            | none of mss=BYTES",
                "always,mss         | has no number",
                "always,mss=535     | not 536-65495",
                "always,mss=65496   | not 536-65495",
                "always,mss=123456  | has no number",
                "always,scale=15    | neither 0-14 nor no",
                "always,scale=-1    | has no number",
                "always,sack=maybe  | neither yes nor no",
                "always,tfo=no      | none of mss=BYTES",
                "always,window=0    | none of mss=BYTES",
                "always,defer=yes   | none of mss=BYTES",
                "always,zero-window | none of mss=BYTES",
                "always mss=1400    | neither off, always nor"
            })
    void refusesOthersByName(String text, String reason) {
        assertThatThrownBy(() -> SynProxy.parse(text))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(reason);
    }

    /// C6: a service that cannot have it says so.
    @Test
    void datagramsHaveNoSyns() {
        VirtualService udp = VirtualService.of(ServiceKey.udp("192.0.2.80", 53));
        TcpPolicy tcp = TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS);
        assertThatThrownBy(() -> udp.withPolicy(udp.policy().withTcp(tcp)))
                .hasMessageContaining("syn-proxy of")
                .hasMessageContaining("only services of TCP can have it; leave it out");
    }

    @Test
    void secretsAreReadAndNotShown() {
        CookieSecrets secrets =
                CookieSecrets.parse(
                        List.of(
                                "00112233445566778899aabbccddeeff",
                                "FFEEDDCCBBAA99887766554433221100"));
        assertThat(secrets.secrets().getFirst().high()).isEqualTo(0x0011_2233_4455_6677L);
        assertThat(secrets.secrets().getLast().low()).isEqualTo(0x7766_5544_3322_1100L);
        assertThat(secrets.toString()).doesNotContainIgnoringCase("0011").doesNotContain("4822");
        assertThat(CookieSecrets.random()).isNotEqualTo(CookieSecrets.random());
    }

    @Test
    void secretsThatAreNoneAreRefusedWithoutShowingThem() {
        String good = "00112233445566778899aabbccddeeff";
        for (List<String> wrong :
                List.of(
                        List.<String>of(),
                        List.of("0011"),
                        List.of(good + "0"),
                        List.of("0x112233445566778899aabbccddeef"),
                        List.of("00112233445566778899aabbccddeefg"),
                        List.of("00000000000000000000000000000000"),
                        List.of(good, good),
                        List.of(
                                good.replace('0', '1'),
                                good.replace('0', '2'),
                                good.replace('0', '3'),
                                good.replace('0', '4'),
                                good.replace('0', '5')))) {
            assertThatThrownBy(() -> CookieSecrets.parse(wrong))
                    .isInstanceOf(BalancerException.class)
                    .message()
                    .contains("of SYN cookies")
                    .doesNotContain("2233445566");
        }
    }
}
