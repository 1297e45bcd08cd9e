// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProbeSpecTest {
    private static final String SEPARATOR = "\\|";

    private static ProbeSpec spec(String line) {
        String[] parts = line.split(SEPARATOR, -1);
        Map<String, String> options = new LinkedHashMap<>();
        for (String part : List.of(parts).subList(1, parts.length)) {
            int equals = part.indexOf('=');
            options.put(part.substring(0, equals), part.substring(equals + 1));
        }
        return ProbeSpec.of(parts[0], options);
    }

    private static String line(ProbeSpec spec) {
        StringBuilder line = new StringBuilder(spec.word());
        spec.options()
                .forEach((name, value) -> line.append('|').append(name).append('=').append(value));
        return line.toString();
    }

    /// Each change of the balancer looks probes up by what they are made of.
    @Test
    void anHttpProbeIsToldOnce() {
        HttpProbe probe = HttpProbe.builder().path("/health").header("X-Token", "a").build();
        assertThat(probe.options()).isSameAs(probe.options()).isUnmodifiable();
        HttpProbe same = HttpProbe.builder().path("/health").header("X-Token", "a").build();
        assertThat(same).isEqualTo(probe).hasSameHashCodeAs(probe);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp",
                "tcp|send=PING\\r\\n|expect=+PONG",
                "tls",
                "tls|verify=yes|sni=www.example.org|trust=/etc/ssl/own.pem",
                "http",
                "http|version=2|method=HEAD|host=www.example.org:8080|path=/a?b=c|status=200,204-299",
                "http|contains=fine here|matches=^ok$|header.X-Token=a b",
                "https|verify=yes|sni=www.example.org",
                "udp|send=\\x00\\xff",
                "udp|send=x|silence=up",
                "dns|name=example.org|type=AAAA|rcode=NXDOMAIN",
                "ping",
                "command|run=/usr/bin/check -H {address} two\\ words '' it\\'s \\\\",
                "mine|depth=3",
            })
    void saysWhatItIsMadeOf(String line) {
        ProbeSpec spec = spec(line);

        assertThat(line(spec)).isEqualTo(line);
        assertThat(ProbeSpec.of(spec.word(), spec.options()))
                .isEqualTo(spec)
                .hasSameHashCodeAs(spec)
                .hasToString(spec.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "tcp|sent=x; check tcp has no option \"sent\"; it has send, expect",
                "ping|count=3; check ping has no option \"count\"; it has none",
                "tcp|send=\\q; \"\\q\" has a backslash that means nothing",
                "tls|sni=192.0.2.1; sni \"192.0.2.1\" is not the name of a host",
                "tls|verify=maybe; verify \"maybe\" of check tls is neither yes nor no",
                "tls|trust=/etc/own.pem; without verify=yes is not used",
                "tls|verify=yes|trust=own.pem; trust \"own.pem\" is not an absolute path",
                "http|version=3; \"3\" is neither 1.1 nor 2",
                "http|verify=yes; check http has no option \"verify\"",
                "http|path=index; path \"index\" does not begin with /",
                "http|path=/a b; path has the character U+0020",
                "http|method=get; method \"get\" is not one in capitals",
                "http|method=CONNECT; method \"CONNECT\" is not one",
                "http|host=a b; host \"a b\" is not a host",
                "http|status=20; \"20\" is not a status",
                "http|status=399-200; \"399-200\" is not a status",
                "http|status=100-199; \"100-199\" is not a status",
                "http|matches=(; matches \"(\" is not a regular expression",
                "http|method=HEAD|contains=x; method HEAD brings no body",
                "http|header.Host=x; header \"Host\" is the connection's own; say host=...",
                "http|header.A B=x; header \"A B\" is not the name of a field",
                "udp|expect=x; check udp sends nothing; say send=...",
                "udp|send=x|silence=up|expect=x; which nobody would miss",
                "udp|send=x|silence=no; \"no\" is neither up nor down",
                "dns; check dns has no name; say name=...",
                "dns|name=a..b; name \"a..b\" is not a name of DNS",
                "dns|name=a|type=HINFO; \"HINFO\" is none of A, NS",
                "command|run=check; program \"check\" of a check is not an absolute path",
                "command|run=/bin/x 'a; has a quote that does not end",
                "TCP; \"TCP\" is no name of a probe",
            })
    void namesWhatIsWrongAndWhatWouldNotBe(String line, String message) {
        assertThatThrownBy(() -> spec(line))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aHeaderCannotEndItsLine() {
        assertThatThrownBy(() -> HttpProbe.builder().header("X-A", "1\r\nHost: other"))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("printed ASCII");
        assertThatThrownBy(() -> HttpProbe.builder().path("/\r\nX-B:"))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("U+000D");
    }

    @Test
    void anApplicationsNameIsNoneOfThose() {
        assertThatThrownBy(() -> NamedProbe.of("tcp"))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("choose another");
    }

    @Test
    void acceptsStatusesInRanges() {
        StatusRanges ranges = StatusRanges.parse("401,200-202,203,299-300");

        assertThat(ranges).hasToString("200-203,299-300,401");
        assertThat(ranges.contains(203)).isTrue();
        assertThat(ranges.contains(204)).isFalse();
        assertThat(ranges.contains(-1)).isFalse();
    }

    @Test
    void payloadsAreBounded() {
        assertThat(Payload.parse("x".repeat(Payload.MAX_LENGTH)).bytes())
                .hasSize(Payload.MAX_LENGTH);
        assertThatThrownBy(() -> Payload.parse("x".repeat(Payload.MAX_LENGTH + 1)))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("1025 bytes");
        assertThat(Payload.parse("ü\\t").bytes()).containsExactly(0xC3, 0xBC, '\t');
    }

    @Test
    void theBuilderOfAnHttpProbeGoesOn() {
        HttpProbe.Builder builder = HttpProbe.builder().header("X-A", "1");
        HttpProbe first = builder.build();
        HttpProbe second = builder.header("X-B", "2").build();

        assertThat(first.headers()).containsOnlyKeys("X-A");
        assertThat(second.headers()).containsOnlyKeys("X-A", "X-B");
    }
}
