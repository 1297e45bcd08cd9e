// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.CommandRig;
import io.fullnat.balancer.cli.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The plain verbs, their help, JSON, and completion.
final class VerbsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Test
    void buildAServiceFromNothing() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("service add tcp 192.0.2.80:80 --scheduler wrr --timeout 60");
            rig.done("server add tcp 192.0.2.80:80 10.0.1.11:8080 --weight 5");
            rig.done("server add tcp 192.0.2.80:80 10.0.1.12:8080");
            rig.done("laddr add tcp 192.0.2.80:80 10.0.1.100 lan");
            rig.done("deny add tcp 192.0.2.80:80 203.0.113.0/24");
            rig.done("allow add tcp 192.0.2.80:80 192.0.2.0/24");
            assertThat(rig.done("ipvsadm -S"))
                    .isEqualTo(
                            """
                            -A -t 192.0.2.80:80 -s wrr --conn-timeout 60
                            -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 5
                            -a -t 192.0.2.80:80 -r 10.0.1.12:8080 -b -w 1
                            -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan
                            -U -t 192.0.2.80:80 -k 203.0.113.0/24
                            -O -t 192.0.2.80:80 -2 192.0.2.0/24
                            """);

            rig.done("service edit tcp 192.0.2.80:80 --timeout 0");
            rig.done("server edit tcp 192.0.2.80:80 10.0.1.12:8080 --weight 0");
            rig.done("server remove tcp 192.0.2.80:80 10.0.1.11:8080");
            rig.done("deny remove tcp 192.0.2.80:80 203.0.113.0/24");
            rig.done("allow remove tcp 192.0.2.80:80 192.0.2.0/24");
            rig.done("laddr flush tcp 192.0.2.80:80");
            rig.done("service zero tcp 192.0.2.80:80");
            assertThat(rig.done("ipvsadm -S"))
                    .isEqualTo(
                            """
                            -A -t 192.0.2.80:80 -s wrr
                            -a -t 192.0.2.80:80 -r 10.0.1.12:8080 -b -w 0
                            """);
            rig.done("service remove tcp 192.0.2.80:80");
            assertThat(rig.done("ipvsadm -S")).isEmpty();
        }
    }

    @Test
    void sayWhatAClientHearsThatCannotBeServed() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("service add udp 192.0.2.80:53 --refusal drop");
            rig.done("ipvsadm -A -u 192.0.2.80:54 --refusal=drop");
            assertThat(rig.done("ipvsadm -S"))
                    .isEqualTo(
                            """
                            -A -u 192.0.2.80:53 -s wlc --refusal drop
                            -A -u 192.0.2.80:54 -s wlc --refusal drop
                            """);
            assertThat(rig.done("ipvsadm -Ln")).contains("UDP  192.0.2.80:53 wlc refusal drop\n");
            assertThat(rig.done("service show udp 192.0.2.80:53"))
                    .contains("\nrefusal drop, removal drain\n");
            assertThat(rig.done("service list --json")).contains("\"refusal\"", "\"drop\"");

            rig.done("service edit udp 192.0.2.80:53 --scheduler rr");
            rig.done("service edit udp 192.0.2.80:54 --refusal reject");
            rig.done("ipvsadm -E -u 192.0.2.80:54 -s rr");
            assertThat(rig.done("ipvsadm -S"))
                    .isEqualTo(
                            """
                            -A -u 192.0.2.80:53 -s rr --refusal drop
                            -A -u 192.0.2.80:54 -s rr
                            """);
            String wrong = "\"DROP\" is neither reject nor drop";
            int invalid = ErrorCode.INVALID_ARGUMENT.exitStatus();
            rig.refused(invalid, "service edit udp 192.0.2.80:53 --refusal DROP", wrong);
            rig.refused(invalid, "ipvsadm -E -u 192.0.2.80:53 --refusal DROP", wrong);
        }
    }

    @Test
    void setTimeoutsOfTheBalancerAndOfServices() {
        try (CommandRig rig = CommandRig.open()) {
            assertThat(rig.done("ipvsadm -L --timeout"))
                    .isEqualTo("Timeout (tcp tcpfin udp): 7440 300 300\n");
            rig.done("ipvsadm --set 900 0 60");
            assertThat(rig.done("ipvsadm -L --timeout"))
                    .isEqualTo("Timeout (tcp tcpfin udp): 900 300 60\n");
            rig.done("timeout set udp-normal=7,time-wait=5,established=0");
            assertThat(rig.done("timeout list").lines())
                    .contains(
                            "established      7440     7440",
                            "time-wait           5       60",
                            "udp-oneway         60      120",
                            "udp-normal          7       30");
            assertThat(rig.done("timeout list --json")).contains("\"time-wait\" : 5");
            rig.done("timeout set none");
            assertThat(rig.done("ipvsadm -Ln --timeout"))
                    .isEqualTo("Timeout (tcp tcpfin udp): 7440 300 300\n");

            rig.done("service add udp 192.0.2.80:53 --timeouts dns,udp-normal=7");
            rig.done("ipvsadm -A -t 192.0.2.80:80 -s rr --timeouts fin-wait=600");
            rig.done("ipvsadm -E -t 192.0.2.80:80 --timeouts close-wait=900,fin-wait=0");
            rig.done("service edit tcp 192.0.2.80:80 --scheduler wrr");
            String saved =
                    """
                    -A -t 192.0.2.80:80 -s wrr --timeouts close-wait=900
                    -A -u 192.0.2.80:53 -s wlc --timeouts udp-oneway=15,udp-normal=7,udp-stream=30
                    """;
            assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);
            rig.done("ipvsadm -C");
            rig.done("ipvsadm -R", saved);
            assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);
        }
    }

    @Test
    void setWhatBecomesOfPacketsThatNothingExplains() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("leftover set defence-udp-drop=yes,host-rate=2000,unused-ports=drop");
            assertThat(rig.done("leftover list").lines())
                    .containsExactly(
                            "NAME                   VALUE   DEFAULT",
                            "unused-ports            drop    reject",
                            "virtual-addresses       keep      keep",
                            "defence-tcp-drop          no        no",
                            "defence-udp-drop         yes        no",
                            "routing-rate           10000     10000",
                            "host-rate               2000     50000",
                            "other-rate             10000     10000");
            rig.done("leftover set unused-ports=reject,virtual-addresses=punt");
            assertThat(rig.done("leftover list --json"))
                    .contains("\"virtual-addresses\" : \"punt\"")
                    .contains("\"unused-ports\" : \"reject\"")
                    .contains("\"defence-udp-drop\" : true")
                    .contains("\"host-rate\" : 2000");
            rig.refused(2, "leftover set defence-tcpdrop=yes", "did you mean");
            rig.refused(2, "leftover set host-rate=0", "host-rate \"0\" is not a number 1-");
            rig.refused(2, "leftover set unused-ports", "not NAME=VALUE");
            rig.refused(2, "leftover set defence-tcp-drop=true", "neither yes nor no");
            assertThat(rig.done("leftover list --json")).contains("\"host-rate\" : 2000");
        }
    }

    @Test
    void showTheTimeoutsOfServices() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("service add tcp 192.0.2.80:80 -s rr --timeouts close-wait=900,fin-wait=600");
            rig.done("service add udp 192.0.2.80:53 --refusal drop --timeouts dns");
            rig.done("service add udp 192.0.2.80:54");

            assertThat(rig.done("ipvsadm -Ln").lines())
                    .contains(
                            "TCP  192.0.2.80:80 rr timeouts fin-wait=600,close-wait=900",
                            "UDP  192.0.2.80:53 wlc refusal drop timeouts"
                                    + " udp-oneway=15,udp-normal=5,udp-stream=30",
                            "UDP  192.0.2.80:54 wlc");
            assertThat(rig.done("service show tcp 192.0.2.80:80"))
                    .contains(
                            "\nrefusal reject, removal drain, timeouts fin-wait=600,close-wait=900\n");
            for (String command : List.of("service show tcp 192.0.2.80:80", "ipvsadm -Ln")) {
                assertThat(rig.done(command + " --json"))
                        .contains("\"fin-wait\" : 600,", "\"close-wait\" : 900\n");
            }
        }
    }

    @Test
    void aDefaultRouteIsOfTheFamilyThatTheLineSays() {
        try (CommandRig rig = CommandRig.open()) {
            rig.refused(2, "route add default wan", "add --via GATEWAY, -4 or -6");
            rig.done("route add default wan --via fe80::1");
            assertThat(rig.done("route list")).contains("::/0").doesNotContain("0.0.0.0/0");
            rig.done("route remove default");
            assertThat(rig.done("route list")).doesNotContain("::/0");

            rig.done("route add default wan -6");
            rig.done("route add default wan --via 192.0.2.254");
            rig.refused(2, "route remove default", "a route to each: add -4 or -6");
            rig.refused(2, "route remove default -4 -6", "exclude each other");
            rig.refused(2, "route remove 10.0.0.0/8 -6", "10.0.0.0/8 is IPv4");
            rig.done("route remove default -6");
            assertThat(rig.done("route list")).contains("0.0.0.0/0").doesNotContain("::/0");
            rig.done("route remove default");
            rig.refused(24, "route remove default", "0.0.0.0/0");
            rig.refused(2, "address add default wan", "default");
        }
    }

    @Test
    void generatedLinkLocalAddressesAreListed() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("address add 2001:db8:7::1/64 lan");
            String mac = "fe80::";
            assertThat(rig.done("address list --device lan").lines())
                    .anyMatch(line -> line.startsWith(mac) && line.contains("/64"));
            assertThat(rig.done("dpip -6 addr show dev lan"))
                    .contains("scope link ", "generated lan\n");
            assertThat(rig.done("address list --json")).contains("\"generated\" : true");
            rig.done("address add fe80::7/64 lan");
            assertThat(rig.done("dpip -6 addr show dev lan")).doesNotContain("generated");
            assertThat(rig.done("dpip -6 addr show dev wan")).doesNotContain("generated");
        }
    }

    @Test
    void buildTheNetwork() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("address add 10.0.7.1/24 lan");
            rig.done("route add default wan --via 192.0.2.254");
            rig.done("route add 10.9.0.0/16 lan");
            rig.done("neighbour add 10.0.1.13 02:00:00:00:00:53 lan");
            assertThat(rig.done("address list --device lan")).contains("10.0.7.1/24");
            assertThat(rig.done("route list").lines())
                    .contains("0.0.0.0/0     192.0.2.254  wan     1500  static");
            assertThat(rig.done("link list")).contains("wan", "lan", "up");
            rig.done("neighbour flush");
            rig.done("neighbour flush --device lan");
            rig.refused(20, "neighbour flush --device dmz", "dmz");
            rig.done("neighbour remove 10.0.1.13 lan");
            rig.done("route remove default");
            rig.done("route flush lan");
            rig.done("address remove 10.0.7.1/24 lan");
            rig.done("address flush wan");
            assertThat(rig.done("ipvsadm -S")).isEmpty();
            assertThat(rig.control().desired().routes()).isEmpty();
        }
    }

    @Test
    void aLinkThatIsDownIsListedAsSuch() {
        try (CommandRig rig = CommandRig.bare()) {
            rig.link("lan", false);
            assertThat(rig.done("link list").lines())
                    .satisfiesExactly(
                            head -> assertThat(head).startsWith("PORT  LINK  MAC"),
                            row -> assertThat(row).startsWith("wan   up    02:00:00:00:00:01  "),
                            row -> assertThat(row).startsWith("lan   down  02:00:00:00:00:02  "));

            rig.link("lan", true);
            assertThat(rig.done("link list lan").lines())
                    .last()
                    .asString()
                    .startsWith("lan   up    ");
        }
    }

    @Test
    void tablesShowTraffic() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.connect(40001);
            assertThat(rig.done("service list").lines())
                    .last()
                    .asString()
                    .matches("TCP 192.0.2.80:80 +rr +1 +1 +0 +1 +.*");
            assertThat(rig.done("server list tcp 192.0.2.80:80").lines())
                    .last()
                    .asString()
                    .matches("TCP 192.0.2.80:80 +10.0.1.11:8080 +1 +0 +1 +1 +.*");
            assertThat(rig.done("laddr list")).contains("10.0.1.100", "in use");
            assertThat(rig.done("service show tcp 192.0.2.80:80"))
                    .contains("SCHED", "WEIGHT", "FULL", "CLIENTS");
            assertThat(rig.done("connection list tcp 192.0.2.80:80"))
                    .contains("SYN_RECV", "192.0.2.7:40001");
            assertThat(rig.done("connection list tcp 192.0.2.80:80 --worker 0 --json"))
                    .startsWith("{");
            assertThat(rig.done("neighbour list")).contains("10.0.1.11", "static");
            assertThat(rig.done("counters")).contains("FORWARDED_IN").doesNotContain("FAULT ");
            rig.done("laddr remove tcp 192.0.2.80:80 10.0.1.100");
            assertThat(rig.done("laddr list")).contains("draining");
            assertThat(rig.done("address list")).contains("draining");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2  | service                                              | no verb given",
                "2  | service walk                                         | walk",
                "2  | service add tcp                                      | SERVICE",
                "2  | service add tcp 192.0.2.80                           | an address and a port",
                "2  | service add tls 192.0.2.80:80                        | tcp or udp",
                "3  | service add sctp 192.0.2.80:80                       | sctp",
                "2  | service add tcp 2001:db8::1:80                       | brackets",
                "2  | service add tcp 192.0.2.80:80 -s mh --scheduler-options x | \"x\" is not",
                "2  | service add tcp 192.0.2.81:80 -s mh --scheduler-options size=65536 | 65537 is",
                "2  | service add tcp 192.0.2.81:80 -s rr --scheduler-options size=251 | no option",
                "16 | service add tcp 192.0.2.81:80 -s none                | \"none\"",
                "2  | service add tcp 192.0.2.81:80 --timeout x            | --timeout \"x\"",
                "2  | service add tcp 192.0.2.81:80 --timeouts udp=3       | udp-normal",
                "2  | service edit tcp 192.0.2.80:80 --timeouts close=x    | close \"x\"",
                "2  | timeout set established                              | STATE=SECONDS",
                "2  | timeout set established=31536000                     | 31535999",
                "2  | ipvsadm --set 1 2                                    | three timeouts",
                "2  | ipvsadm --set 0 0 0                                  | changes nothing",
                "2  | ipvsadm --set 1 2 x                                  | --set \"x\"",
                "2  | service list --bogus                                 | --bogus",
                "2  | server edit tcp 192.0.2.80:80 10.0.1.11:8080         | give --weight, --inhibited",
                "2  | service edit tcp 192.0.2.80:80                       | nothing to change; give",
                "2  | server add tcp 192.0.2.80:80 10.0.1.13:80 -w 70000   | \"70000\"",
                "10 | server add tcp 192.0.2.99:80 10.0.1.13:80            | 192.0.2.99:80",
                "10 | server list tcp 192.0.2.99:80                        | 192.0.2.99:80",
                "10 | connection list tcp 192.0.2.99:80                    | 192.0.2.99:80",
                "12 | server edit tcp 192.0.2.80:80 10.0.1.99:80 -w 1      | 10.0.1.99:80",
                "14 | laddr remove tcp 192.0.2.80:80 10.0.1.99             | 10.0.1.100",
                "2  | laddr list tcp                                       | two words",
                "18 | deny remove tcp 192.0.2.80:80 203.0.113.1            | 203.0.113.1",
                "19 | connection list --tuple tcp:1.2.3.4:5:6.7.8.9:10     | 1.2.3.4:5",
                "2  | connection list --worker 2                           | --worker 2 is not 0-1",
                "2  | ipvsadm -Lnc --cpu 3                                 | --cpu 3 is not 0-2: the",
                "2  | counters --worker 2                                  | --worker 2 is not 0-1",
                "20 | link list dmz                                        | dmz",
                "20 | address list --device dmz                            | dmz",
                "3  | completion tcsh                                      | tcsh",
                "2  | house list                                           | unknown command",
                "2  | service add @/etc/hostname                           | @/etc/hostname"
            })
    void sayWhatIsWrong(int status, String line, String reason) {
        try (CommandRig rig = CommandRig.withService()) {
            rig.refused(status, line, reason);
        }
    }

    @Test
    void explainThemselvesWithExamples() {
        try (CommandRig rig = CommandRig.open()) {
            for (String word : Commands.words()) {
                assertThat(Commands.isKnown(word)).isTrue();
                assertThat(rig.done(word + " --help"))
                        .startsWith("Usage: fullnat " + word)
                        .contains("Example", "fullnat " + (word.equals("allow") ? "deny" : word));
            }
            assertThat(rig.done("service help")).startsWith("Usage: fullnat service");
            assertThat(rig.done("service add --help"))
                    .startsWith("Usage: fullnat service add")
                    .contains("--scheduler");
            assertThat(rig.done("service --version")).matches("fullnat \\d+\\.\\d+\\.\\d+.*\\R");
            assertThat(Commands.isKnown("run")).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ipvsadm -L --json",
                "ipvsadm -L -c --json",
                "ipvsadm -G --json",
                "ipvsadm -B --json",
                "ipvsadm -W --json",
                "dpip addr show -j",
                "dpip route show --json",
                "dpip neigh show --json",
                "dpip link show --json",
                "service list --json",
                "service show tcp 192.0.2.80:80 --json",
                "server list --json",
                "laddr list --json",
                "deny list --json",
                "allow list --json",
                "connection list --json",
                "address list --json",
                "route list --json",
                "neighbour list --json",
                "link list --json"
            })
    void listsAreJsonWithOneField(String line) throws IOException {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("deny add tcp 192.0.2.80:80 203.0.113.0/24");
            rig.done("allow add tcp 192.0.2.80:80 192.0.2.0/24");
            rig.connect(40001);
            rig.connect(40002);
            JsonNode root = MAPPER.readTree(rig.done(line));
            assertThat(root.size()).isEqualTo(1);
            assertThat(root.elements().next().isArray()).isTrue();
            assertThat(root.elements().next()).isNotEmpty();
        }
    }

    @Test
    void jsonHasStableNames() throws IOException {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("deny add tcp 192.0.2.80:80 203.0.113.0/24");
            rig.connect(40001);
            JsonNode service = MAPPER.readTree(rig.done("ipvsadm -L --json")).at("/services/0");
            assertThat(service.at("/protocol").asText()).isEqualTo("tcp");
            assertThat(service.at("/address").asText()).isEqualTo("192.0.2.80");
            assertThat(service.at("/port").asInt()).isEqualTo(80);
            assertThat(service.at("/connectionTimeoutSeconds").isNull()).isTrue();
            assertThat(service.at("/traffic/connections").asInt()).isEqualTo(1);
            assertThat(service.at("/realServers/0/inactiveConnections").asInt()).isEqualTo(1);
            assertThat(service.at("/localAddresses/0/ports/inUse").asInt()).isEqualTo(1);
            assertThat(service.at("/accessRules/0/clients").asText()).isEqualTo("203.0.113.0/24");
            assertThat(MAPPER.readTree(rig.done("counters --json")).at("/outcomes/FORWARDED_IN"))
                    .hasToString("1");
            assertThat(MAPPER.readTree(rig.done("ipvsadm -G --json")).at("/localAddresses/0"))
                    .asString()
                    .contains("\"draining\":false", "\"connections\":1");
        }
    }

    @Test
    void completionKnowsEachWord(@TempDir Path directory) throws Exception {
        try (CommandRig rig = CommandRig.open()) {
            Path script = directory.resolve("completion.bash");
            Files.writeString(script, rig.done("completion bash"));
            assertThat(complete(script, "fullnat", ""))
                    .contains("ipvsadm", "dpip", "service", "run");
            assertThat(complete(script, "fullnat", "ser")).containsExactly("server", "service");
            assertThat(complete(script, "fullnat", "service", ""))
                    .contains("list", "add", "remove", "--help");
            assertThat(complete(script, "fullnat", "service", "add", "tcp", "x", "--sc"))
                    .containsExactly("--scheduler", "--scheduler-options");
            assertThat(complete(script, "fullnat", "ipvsadm", "--add-l"))
                    .containsExactly("--add-laddr");
            assertThat(complete(script, "fullnat", "ipvsadm", "-P", "--fo"))
                    .containsExactly("--force");
            assertThat(complete(script, "fullnat", "dpip", "")).contains("addr", "route");
            assertThat(complete(script, "fullnat", "dpip", "addr", "")).contains("flush");
            assertThat(complete(script, "fullnat", "dpip", "addr", "add", "10.0.0.1", "d"))
                    .containsExactly("dev");
        }
    }

    private static List<String> complete(Path script, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("bash", "-c"));
        command.add(
                "source \"$0\"; COMP_LINE=\"$*\"; COMP_POINT=${#COMP_LINE}; _fullnat;"
                        + " printf '%s\\n' \"${COMPREPLY[@]}\"");
        command.add(script.toString());
        command.addAll(List.of(words));
        Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    @Test
    void areAllKnownByName() {
        for (String word : VerbWords.ALL) {
            assertThat(Verbs.commandLine(word).getCommandName()).isEqualTo("fullnat " + word);
        }
    }
}
