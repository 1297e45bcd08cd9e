// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Routes that announce addresses, by a program in place of `ip` which says what a test has it say
/// and notes what it is asked.
class KernelRoutesTest {
    private static final String PROGRAM =
            """
            cd "$(dirname "$0")"
            if [ "$2" = route ]; then
                echo "$*" >> asked
                cat "shown$1"
                exit $(cat status)
            fi
            echo "$*" >> batches
            cat >> batches
            cat errors >&2
            [ ! -s errors ]
            """;

    @TempDir Path folder;

    @BeforeEach
    void build() throws IOException {
        write("ip", PROGRAM);
        write("shown-4", "");
        write("shown-6", "");
        write("errors", "");
        write("status", "0");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private KernelRoutes routes(Optional<String> device) {
        return new KernelRoutes(new IpCommand("sh", folder.resolve("ip").toString()), device);
    }

    private static Set<IpAddress> addresses(String... all) {
        return Arrays.stream(all).map(IpAddress::parse).collect(Collectors.toSet());
    }

    private List<String> batches() throws IOException {
        Path batches = folder.resolve("batches");
        if (!Files.exists(batches)) {
            return List.of();
        }
        List<String> lines = Files.readAllLines(batches);
        Files.delete(batches);
        return lines;
    }

    @Test
    void bothFamiliesAreAddedToTheInterfaceOrAsBlackholes() throws Exception {
        Set<IpAddress> both = addresses("192.0.2.80", "2001:db8::80");
        assertThat(routes(Optional.of("kwan")).announce(both)).isEmpty();
        assertThat(batches())
                .containsExactly(
                        "-4 -force -batch -",
                        "route add 192.0.2.80 dev kwan proto 158",
                        "-6 -force -batch -",
                        "route add 2001:db8::80 dev kwan proto 158");
        assertThat(Files.readAllLines(folder.resolve("asked")))
                .containsExactly("-4 route show proto 158", "-6 route show proto 158");

        routes(Optional.empty()).announce(both);
        assertThat(batches())
                .contains(
                        "route add blackhole 192.0.2.80 proto 158",
                        "route add blackhole 2001:db8::80 proto 158");
    }

    @Test
    void onlyWhatDiffersIsChanged() throws Exception {
        write(
                "shown-4",
                """
                192.0.2.80 dev kwan scope link
                192.0.2.81 dev kwan scope link linkdown
                198.51.100.0/24 dev kwan scope link
                default via 192.0.2.1 dev kwan
                """);
        write("shown-6", "2001:db8::80 dev kwan metric 1024 pref medium\n");
        KernelRoutes routes = routes(Optional.of("kwan"));
        routes.announce(addresses("192.0.2.80", "192.0.2.81", "2001:db8::80"));
        assertThat(batches()).isEmpty();

        routes.announce(addresses("192.0.2.80"));
        assertThat(batches())
                .containsExactly(
                        "-4 -force -batch -",
                        "route del 192.0.2.81 dev kwan proto 158",
                        "-6 -force -batch -",
                        "route del 2001:db8::80 dev kwan proto 158");
    }

    @Test
    void whatAnEarlierRunLeftGoesAndAnothersInterfaceStays() throws Exception {
        write(
                "shown-4",
                """
                blackhole 192.0.2.80
                192.0.2.90 dev other scope link
                """);
        write("shown-6", "blackhole 2001:db8::81 dev lo metric 1024 pref medium\n");
        routes(Optional.of("kwan")).announce(addresses("192.0.2.80"));
        assertThat(batches())
                .containsExactly(
                        "-4 -force -batch -",
                        "route del blackhole 192.0.2.80 proto 158",
                        "route add 192.0.2.80 dev kwan proto 158",
                        "-6 -force -batch -",
                        "route del blackhole 2001:db8::81 proto 158");
    }

    @Test
    void theOneThatFailsIsNamedWithItsReason() throws Exception {
        write("shown-4", "192.0.2.79 dev kwan scope link\n");
        write("errors", "RTNETLINK answers: File exists\nCommand failed -:2\n");
        assertThat(routes(Optional.of("kwan")).announce(addresses("192.0.2.80")))
                .isEqualTo(Map.of(IpAddress.parse("192.0.2.80"), "File exists"));
        write("errors", "Cannot find device \"kwan\"\nCommand failed -:1\n");
        assertThat(routes(Optional.of("kwan")).announce(addresses()))
                .isEqualTo(Map.of(IpAddress.parse("192.0.2.79"), "Cannot find device \"kwan\""));
    }

    @Test
    void whatFailsAsAWholeIsThrown() throws Exception {
        write("errors", "no batches today\n");
        assertThatThrownBy(() -> routes(Optional.empty()).announce(addresses("192.0.2.80")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no batches today");
        write("status", "2");
        assertThatThrownBy(() -> routes(Optional.empty()).announce(addresses()))
                .isInstanceOf(IOException.class)
                .hasMessage("the kernel's routes cannot be read: exit 2");
        assertThatThrownBy(() ->
                        new KernelRoutes(new IpCommand("/no/such/ip"), Optional.empty())
                                .announce(addresses()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("/no/such/ip", "install iproute2");
    }
}
