// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// The options of `./fullnat bench`.
class BenchTest {
    private static final int USAGE = 2;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String line) {
        CommandLine command = Bench.command();
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(Pattern.compile(" +").split(line));
    }

    private List<String> listed(String line) {
        out.getBuffer().setLength(0);
        assertThat(run(line)).as(err.toString()).isZero();
        return out.toString().lines().toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--device net_tap                       | --device net_tap is not one of net_null,",
                "--device net_ring --device NET_NULL    | --device NET_NULL is not one of",
                "--device                               | --device",
                "--device all --case udp-both           | --case chooses among the cases of the whole",
                "--rounds 3                             | --rounds: only for devices",
                "--case udp-both --seconds 1 --cpu 0    | --seconds, --cpu: only for devices",
                "--list --flows 9                       | --flows: only for devices",
                "--list --json results.json             | --list measures nothing",
                "--device all --rounds 0                | --rounds 0 is not 1-1000",
                "--device all --seconds 3601            | --seconds 3601 is not 1-3600",
                "--device all --flows 1                 | --flows 1 is not 2-10000",
                "--device all --cpu 4096                | --cpu 4096 is not 0-",
                "--device all --rounds x                | '--rounds': 'x' is not an int",
                "--device all --json /nowhere/at/all    | --json /nowhere/at/all cannot be written",
                "--case nosuch                          | no case has [nosuch]; --list shows all",
                "net_null                               | net_null"
            })
    void saysWhatIsWrong(String line, String reason) {
        assertThat(run(line)).isEqualTo(USAGE);

        assertThat(err.toString().lines().findFirst().orElseThrow()).contains(reason);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void listsEverythingOrWhatIsChosen() {
        assertThat(listed("--list"))
                .contains(
                        "udp-both 10000 random steady",
                        "net_null dpdk-testpmd rxonly",
                        "net_pcap fullnat udp-in 10000");
        assertThat(listed("--list --device net_ring --flows 77"))
                .containsExactly(
                        "net_ring dpdk-testpmd io",
                        "net_ring dpdk-testpmd macswap",
                        "net_ring fullnat udp-both 1",
                        "net_ring fullnat udp-both 77");
        assertThat(listed("--list --case churn")).containsExactly("udp-in 8388608 ordered churn");
    }

    @Test
    void measuresEachDeviceOnceInTheOrderGiven() {
        List<String> two = listed("--list --device net_ring --device net_null --device net_ring");

        assertThat(two).hasSize(4 + 6).startsWith("net_ring dpdk-testpmd io");
        assertThat(two.getLast()).startsWith("net_null");
        assertThat(listed("--list --device net_ring --device all"))
                .isEqualTo(listed("--list --device all"))
                .startsWith("net_null dpdk-testpmd rxonly");
    }

    @Test
    void explainsItself() {
        assertThat(run("--help")).isZero();

        assertThat(out.toString())
                .contains("--case", "over net_null, net_pcap, net_ring or all", "quick 1");
    }
}
