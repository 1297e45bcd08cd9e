// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fullnat.api.BalancerException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The section `events`.
final class WebhookFileTest {
    private static final String BASE =
            """
            ports: [{name: out, device: "af_packet:eth0"}]
            events:
              webhooks:
            """;

    private static String webhook(String keys) {
        return BASE + "    - {" + keys + "}\n";
    }

    static Stream<Arguments> wrong() {
        String rest = ", url: 'https://hooks.example/'";
        return Stream.of(
                arguments("name: a", ": key \"url\" is missing"),
                arguments("url: 'https://hooks.example/'", ": key \"name\" is missing"),
                arguments(
                        "name: 'a b'" + rest,
                        ".name: \"a b\" is no name: 1-32 of a-z, 0-9, \"_\", \".\" and \"-\", a letter or"
                                + " digit first"),
                arguments(
                        "name: a, url: 'htps://hooks.example/'",
                        ".url: begins neither with https:// nor with http://, did you mean"
                                + " \"https\"?"),
                arguments(
                        "name: a, url: hooks",
                        ".url: begins neither with https:// nor with http://"),
                arguments(
                        "name: a, url: 'https://h/%zz'",
                        ".url: is no URL, from its character 11 on"),
                arguments(
                        "name: a, url: 'https:///in'",
                        ".url: has no host, or none that a certificate could name"),
                arguments(
                        "name: a, url: 'https://hook_s/'",
                        ".url: has no host, or none that a certificate could name"),
                arguments(
                        "name: a, url: 'https://hooks.example./'",
                        ".url: has no host, or none that a certificate could name"),
                arguments(
                        "name: a, url: 'https://[fe80::1%25eth0]/'",
                        ".url: has no host, or none that a certificate could name"),
                arguments(
                        "name: a, url: 'https://h:70000/'", ".url: has a port that is not 1-65535"),
                arguments("name: a, url: 'https://h:0/'", ".url: has a port that is not 1-65535"),
                arguments(
                        "name: a, url: 'https://192.0.2.300/'",
                        ".url: has no host, or none that a certificate could name"),
                arguments(
                        "name: a, url: 'https://127.1/'",
                        ".url: has no host, or none that a certificate could name"),
                arguments(
                        "name: a, url: 'https://me:secret@h/'",
                        ".url: has a user or a password; a token stands in a file, named by"
                                + " token-file"),
                arguments(
                        "name: a, url: 'https://h/#x'",
                        ".url: has a fragment (#...), which is not sent"),
                arguments(
                        "name: a, url: 'https://h/ä'",
                        ".url: is longer than 2048 characters, or has some that are not ASCII"),
                arguments(
                        "name: a, kinds: [fualt]" + rest,
                        ".kinds[0]: the text \"fualt\" is none of address_draining,"
                                + " address_released, announcement_changed, applied,"
                                + " capture_began, capture_ended, condition_began,"
                                + " condition_ended, configuration_refused,"
                                + " configuration_reloaded, fault, neighbour_moved,"
                                + " server_health_changed, did you mean \"fault\"?"),
                arguments("name: a, timeout: 61" + rest, ".timeout: 61 is not 1-60"),
                arguments(
                        "name: a, token-file: token" + rest,
                        ".token-file: \"token\" is not an absolute path (as in"
                                + " /etc/fullnat/token)"),
                arguments(
                        "name: a, token-file: /t, url: 'http://192.0.2.1/'",
                        ".token-file: anyone on the way could read the token; use https, or sign"
                                + " by secret-file instead"),
                arguments(
                        "name: a, ca-file: /c, url: 'http://192.0.2.1/'",
                        ".ca-file: a URL of http has no certificate"),
                arguments(
                        "name: a, networks: [10.0.0.0/8], url: 'https://10.0.0.1/'",
                        ".networks: the URL has an address, not a name that leads to one"),
                arguments("name: a, networks: [10.0.0.0/33]" + rest, ".networks[0]: "),
                arguments(
                        "name: a, tokn-file: x" + rest,
                        ": unknown key \"tokn-file\", did you mean \"token-file\"?"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void namesWhatIsWrong(String keys, String expected) {
        assertThatThrownBy(() -> ConfigurationFile.parse("f", webhook(keys)))
                .isInstanceOf(BalancerException.class)
                .satisfies(e ->
                        assertThat(String.valueOf(e.getMessage()).lines())
                                .singleElement()
                                .asString()
                                .startsWith("f:4: events.webhooks[0]" + expected)
                                .doesNotContain("secret@"));
    }

    @Test
    void namesAreUniqueAndFew() {
        String one = "    - {name: a, url: 'https://hooks.example/'}\n";
        assertThatThrownBy(() -> ConfigurationFile.parse("f", BASE + one + one))
                .hasMessage("f:5: events.webhooks[1].name: another webhook has the name a");
        StringBuilder many = new StringBuilder(BASE);
        for (int i = 0; i <= EventSection.MOST; i++) {
            many.append(one.replace("name: a", "name: a" + i));
        }
        assertThatThrownBy(() -> ConfigurationFile.parse("f", many.toString()))
                .hasMessage("f:4: events.webhooks: there may be 8 webhooks");
    }

    @Test
    void littleNeedsToBeSaid() {
        assertThat(
                        ConfigurationFile.parse(
                                        "f", webhook("name: a, url: 'http://[::1]:8080/in'"))
                                .webhooks())
                .containsExactly(
                        new WebhookSettings(
                                "a",
                                URI.create("http://[::1]:8080/in"),
                                List.of(),
                                Duration.ofSeconds(10),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                List.of()));
        assertThat(ConfigurationFile.parse("f", "ports: [{name: out, device: 'null:'}]").webhooks())
                .isEmpty();
    }

    /// A token in the clear goes no further than this machine.
    @Test
    void aTokenOverHttpIsForLoopback() {
        assertThat(
                        ConfigurationFile.parse(
                                        "f",
                                        webhook(
                                                "name: a, url: 'http://127.0.0.1/', token-file: /t"))
                                .webhooks())
                .hasSize(1);
    }

    @Test
    void isWrittenAsItIsRead() {
        Configuration read =
                ConfigurationFile.parse(
                        "f",
                        webhook("name: a, url: 'http://192.0.2.1/?x=''1'''")
                                + "    - {name: b, url: 'https://h/', kinds: [fault, applied],"
                                + " timeout: 3, token-file: /t, secret-file: /s, ca-file: /c,"
                                + " networks: [10.0.0.0/8, '2001:db8::/32']}\n");
        assertThat(ConfigurationFile.parse("g", ConfigurationWriter.write(read))).isEqualTo(read);
    }
}
