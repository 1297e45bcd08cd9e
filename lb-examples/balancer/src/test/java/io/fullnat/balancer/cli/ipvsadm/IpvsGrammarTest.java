// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.Commands;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The grammar of `ipvsadm`: DPVS's table of allowed combinations, cell by cell, and what stands
/// around it.
final class IpvsGrammarTest {
    private static final int OPS = 2;

    /// The columns of the table, each with lines of options that stand for it.
    private static final List<List<String>> COLUMNS =
            List.of(
                    List.of("-t 10.0.0.1:80", "-u 10.0.0.1:80", "--tcp-service=10.0.0.1:80"),
                    List.of("-s rr", "-p 30", "-p 30 -M 255.255.255.0", "--scheduler wrr"),
                    List.of("--ops", "-o"),
                    List.of("-j enable"),
                    List.of("-s conhash --hash-target sip", "-s mh --sched-flags mh-port"),
                    List.of("--expire-quiescent"),
                    List.of("-r 10.0.1.1:80"),
                    List.of("-b", "-g", "-i", "-m", "-J", "-w 5", "-x 5", "-y 5"),
                    List.of("-z 10.0.2.1"),
                    List.of("-F lan"),
                    List.of("-k 10.0.3.1"),
                    List.of("-2 10.0.3.1"),
                    List.of("-n"),
                    List.of("-c"),
                    List.of("--stats", "--rate", "--thresholds", "--persistent-conn", "-X"),
                    List.of("--cpu 1"),
                    List.of("--timeout", "--daemon"),
                    List.of("--syncid 1"),
                    List.of("--mcast-interface lan"));

    /// One row a command; `+` needed, `o` allowed, `1` allowed without the other `1`, `.` refused.
    private static final Map<String, String> ROWS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("-A", "+ooooo............."),
                            Map.entry("-E", "+ooooo............."),
                            Map.entry("-D", "+.................."),
                            Map.entry("-C", "..................."),
                            Map.entry("-R", "..................."),
                            Map.entry("-S", "............o......"),
                            Map.entry("-L", "1...........o1oo1o."),
                            Map.entry("-a", "+.....+o..........."),
                            Map.entry("-e", "+.....+o..........."),
                            Map.entry("-d", "+.....+............"),
                            Map.entry("-Z", "o.................."),
                            Map.entry("-P", "+.......++........."),
                            Map.entry("-Q", "+.......++........."),
                            Map.entry("-G", "o..............o..."),
                            Map.entry("-U", "+.........+........"),
                            Map.entry("-V", "+.........+........"),
                            Map.entry("-B", "o.................."),
                            Map.entry("-O", "+..........+......."),
                            Map.entry("-Y", "+..........+......."),
                            Map.entry("-W", "o.................."),
                            Map.entry("--start-daemon", ".................oo"),
                            Map.entry("--stop-daemon", ".................o.")));

    private static Optional<ErrorCode> refusal(String line) {
        List<String> words = line.isEmpty() ? List.of() : List.of(line.split(" ", -1));
        try {
            Ipvsadm.parse(words);
            return Optional.empty();
        } catch (BalancerException refusal) {
            assertThat(refusal.getMessage()).as(line).isNotBlank();
            return Optional.of(refusal.code());
        }
    }

    private static boolean isWellFormed(String line) {
        return refusal(line).filter(ErrorCode.INVALID_ARGUMENT::equals).isEmpty();
    }

    private static String needed(String command, int except) {
        StringBuilder line = new StringBuilder(command);
        String row = Objects.requireNonNull(ROWS.get(command));
        for (int column = 0; column < row.length(); column++) {
            if (row.charAt(column) == '+' && column != except) {
                line.append(' ').append(COLUMNS.get(column).getFirst());
            }
        }
        return line.toString();
    }

    @Test
    void eachCommandTakesWhatTheTableAllowsAndNothingElse() {
        int cells = 0;
        for (Map.Entry<String, String> row : ROWS.entrySet()) {
            for (int column = 0; column < COLUMNS.size(); column++) {
                String table = needed(row.getKey(), column);
                // one-packet scheduling is for UDP
                String base = column == OPS ? table.replace("-t ", "-u ") : table;
                for (String options : COLUMNS.get(column)) {
                    assertThat(isWellFormed(base + " " + options))
                            .as(base + " " + options)
                            .isEqualTo(row.getValue().charAt(column) != '.');
                    cells++;
                }
                if (row.getValue().charAt(column) == '+') {
                    assertThat(isWellFormed(base)).as(base).isFalse();
                }
            }
        }
        assertThat(cells).isEqualTo(ROWS.size() * COLUMNS.stream().mapToInt(List::size).sum());
    }

    @Test
    void aListIsOfAServiceOrOfConnectionsOrOfTimeouts() {
        List<String> alternatives = List.of("-t 10.0.0.1:80", "-c", "--timeout", "--daemon");
        for (String one : alternatives) {
            assertThat(isWellFormed("-L " + one)).as(one).isTrue();
            for (String other : alternatives) {
                assertThat(isWellFormed("-L " + one + " " + other)).as(one + " " + other).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-A -t 10.0.0.1:80 -u 10.0.0.1:80",
                "-A -t 10.0.0.1:80 -t 10.0.0.1:80",
                "-A -t 10.0.0.1:80 -s rr -s rr",
                "-A -t 10.0.0.1:80 --conn-timeout 5 --conn-timeout 5",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -b -m",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -w 1 -w 1",
                "-A -D -t 10.0.0.1:80",
                "-L --stats --rate",
                "-L -c --stats",
                "-L -c --rate",
                "-L --timeout --persistent-conn",
                "-L --sort --nosort",
                "-L --sockpair tcp:10.0.0.1:1:10.0.0.2:2",
                "-A -t 10.0.0.1:80 --json",
                "-D -t 10.0.0.1:80 --force",
                "-A -t 10.0.0.1:80 -6",
                "-L -6",
                "-A -t 2001:db8::1:80",
                "-A -t [10.0.0.1]:80",
                "-a -t [2001:db8::1]:80 -r 2001:db8::2",
                "-P -z [2001:db8::5]:80 -t [2001:db8::1]:80 -F lan",
                "-U -t [2001:db8::1]:80 -k [2001:db8::5]:80",
                "-U -t [2001:db8::1]:80 -k 2001:db8::5/129",
                "-L -c --sockpair tcp:2001:db8::1:1:2001:db8::2:2",
                "-L -c --sockpair tcp:[2001:db8::1]:1:[2001:db8::2]",
                "-P -t 10.0.0.1:80 -z 10.0.2.1 -F lan --force"
            })
    void refusesContradictions(String line) {
        assertThat(refusal(line)).contains(ErrorCode.INVALID_ARGUMENT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "add -t 10.0.0.1:80            | the first word must be a command",
                "-t 10.0.0.1:80 -A             | the first word must be a command",
                "--weight 5                    | the first word must be a command",
                "-                             | the first word must be a command",
                "-A 10.0.0.1:80                | unexpected word \"10.0.0.1:80\"",
                "-A --bogus                    | unknown option --bogus",
                "-A -t 10.0.0.1:80 -3          | unknown option -3",
                "-A -t                         | -t (--tcp-service) needs a value",
                "-L --stats=5                  | --stats takes no value",
                "-A                            | -A (--add-service) needs a service",
                "-a -t 10.0.0.1:80             | -a (--add-server) needs -r (--real-server)",
                "-A -t 10.0.0.1:80 -w 5        | -A (--add-service) does not take -w (--weight)",
                "-A -t 10.0.0.1                | is not an address and a port",
                "-A -t web:http                | is not an address and a port",
                "-A -t www.example.org:80      | is not an IPv4 address",
                "-A -t 80                      | is not an address and a port",
                "-A -t 10.0.0.1:00             | port 0 of 10.0.0.1 is not 1-65535",
                "-A -t 10.0.0.1:9-8            | ports 9-8 of 10.0.0.1 are no range",
                "-A -t 10.0.0.1:0-9            | port 0 of 10.0.0.1 is not 1-65535",
                "-A -t 10.0.0.1:1-70000        | port 70000 of 10.0.0.1 is not 1-65535",
                "-A -t group:-x                | is no name of a group",
                "-Z -t 10.0.0.1                | is not an address and a port",
                "-a -t 10.0.0.1:80 -r 10.0.1   | is not an IPv4 address",
                "-a -t 10.0.0.1:80 -r 10.0.1.1: | is not an address and a port",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -w 65536 | weight \"65536\" is not a number"
                        + " 0-65535",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -w -1    | weight \"-1\" is not a number"
                        + " 0-65535",
                "-A -t 10.0.0.1:80 --conn-timeout 31536000 | is not a number 0-31535999",
                "-U -t 10.0.0.1:80 -k 10.0.0.0/33          | prefix length 33",
                "-U -t 10.0.0.1:80 -k 10.0.0.7:80          | has a port",
                "-L -c --sockpair tcp:10.0.0.1:1           | is not PROTO:ADDRESS:PORT",
                "-A -t 10.0.0.1:80 -M 255.255.255.0        | needs persistence",
                "-A -t 10.0.0.1:80 -p 30 -M 255.0.255.0    | is no mask",
                "-A -t 10.0.0.1:80 -p 30 -M 33             | IPv4 has lengths 1-32",
                "-A -t 10.0.0.1:80 -p 30 -M 0.0.0.0        | is no mask",
                "-A -t [2001:db8::1]:80 -p -M 255.255.0.0  | no dotted masks",
                "-A -t 10.0.0.1:80 -p 2678401              | is not a number 0-2678400",
                "-A -t 10.0.0.1:80 --ops                   | only services of UDP",
                "-A -u 10.0.0.1:80 --ops maybe             | neither yes nor no",
                "-A -t 10.0.0.1:80 -p 1h                   | is not a number 0-2678400"
            })
    void saysWhatIsWrong(String line, String reason) {
        assertThatThrownBy(() -> Ipvsadm.parse(List.of(line.split(" ", -1))))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-A -t 10.0.0.1:80 --pe sip                | --pe",
                "-A -t 10.0.0.1:80 --proxy-protocol v2     | --proxy-protocol",
                "-A --sctp-service 10.0.0.1:80             | --sctp-service",
                "-A -q 10.0.0.1:80                         | --icmp-service",
                "-A -1 10.0.0.1:80                         | --icmpv6-service",
                "-A -H proto=tcp,af=ipv4                   | --match",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g       | --gatewaying",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -i       | --ipip",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -J       | --snat",
                "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m       | --masquerading",
                "-L --daemon                               | --daemon",
                "-L --syncid 1                             | --syncid",
                "--start-daemon master                     | --start-daemon",
                "--stop-daemon backup                      | --stop-daemon"
            })
    void refusesByNameWhatIsNotBuilt(String line, String name) {
        assertThatThrownBy(() -> Ipvsadm.parse(List.of(line.split(" ", -1))))
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessageContaining(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-At 10.0.0.1:80",
                "-At10.0.0.1:80 -swrr",
                "-at10.0.0.1:80 -r=10.0.1.1:80 -bw5",
                "--add-service --udp-service 10.0.0.1:53 --scheduler=wlc --conn-timeout=60",
                "-Ln",
                "-A -t [2001:db8::1]:80 -s rr",
                "-A -6 -t [2001:db8::1]:80",
                "-L -6 -t [2001:db8::1]:80",
                "-a -t [2001:db8::1]:80 -r [2001:db8::2] -b",
                "-a -t [2001:db8::1]:80 -r [2001:db8::2]:8080 -b",
                "-a -t [2001:db8::1]:80 -r 10.0.0.1:8080 -b",
                "-a -t 10.0.0.1:80 -r [2001:db8::2]:8080 -b",
                "-P -z 2001:db8::5 -t [2001:db8::1]:80 -F lan",
                "-P -z [2001:db8::5] -t [2001:db8::1]:80 -F lan",
                "-U -t [2001:db8::1]:80 -k 2001:db8::/32",
                "-U -t [2001:db8::1]:80 -k ::/0",
                "-Lc --sockpair tcp:[2001:db8::1]:1:[2001:db8::2]:2",
                "-lnX --stats",
                "-Lnc --cpu 0",
                "-L --stats --cpu 1",
                "-L -t 10.0.0.1:80 --rate --cpu 2",
                "-Lc --sockpair tcp:10.0.0.1:1:10.0.0.2:2 --json",
                "-Ln --sort --thresholds",
                "-Sn",
                "-Ut 10.0.0.1:80 -k 10.0.0.0/8",
                "-Q -z 10.0.2.1 -t 10.0.0.1:80 -F lan.100 --force",
                "--flush-laddr -u 10.0.0.1:53 --force",
                "-A --help",
                "-h",
                "-v"
            })
    void readsLettersTogetherAndAttachedValues(String line) {
        assertThat(refusal(line)).isEmpty();
    }

    @Test
    void onlyRestoreReadsStandardInput() {
        List<String> reading = new ArrayList<>();
        for (String command : ROWS.keySet()) {
            if (Commands.readsInput(List.of("ipvsadm", command))) {
                reading.add(command);
            }
        }
        assertThat(reading).containsExactly("-R");
        assertThat(Commands.readsInput(List.of("ipvsadm", "--restore"))).isTrue();
    }
}
