// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.JavaText;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.dpdk.DeviceSpec;
import io.fullnat.dpdk.Hugepages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ConfigurationFileTest {
    /// Seven lines that are right; what a case adds starts in line 8.
    private static final String BASE =
            """
            ports:
              - {name: out, device: "af_packet:eth0"}
              - {name: in, device: "af_packet:eth1"}
            addresses:
              - {address: 198.51.100.2/24, device: out}
              - {address: 192.0.2.80/32, device: out}
              - {address: 203.0.113.2/24, device: in}
            """;

    @Test
    void leavesOutWhatHasADefault() {
        Configuration configuration =
                ConfigurationFile.parse("f", "ports: [{name: out, device: 'null:'}]");

        assertThat(configuration.workers())
                .isEqualTo(
                        new WorkerSettings(
                                1,
                                List.of(),
                                BalancerBuilder.DEFAULT_CONNECTIONS,
                                262_144,
                                Optional.empty(),
                                Optional.empty(),
                                ClientNetworks.DEFAULT,
                                Optional.empty()));
        assertThat(configuration.memory())
                .isEqualTo(
                        new MemorySettings(
                                OptionalInt.empty(), Hugepages.AUTO, OptionalInt.empty()));
        assertThat(configuration.ports())
                .containsExactly(
                        new PortSettings(
                                "out",
                                DeviceSpec.parse("null:"),
                                OptionalInt.empty(),
                                false,
                                Optional.empty(),
                                ReversePath.OFF,
                                Optional.empty()));
        assertThat(configuration.api())
                .isEqualTo(
                        new ApiSettings(
                                Optional.of(Path.of("/run/fullnat.sock")), Optional.empty()));
        assertThat(configuration.changes()).isEmpty();
    }

    @Test
    void tellsTheBalancerAddressesBeforeWhatNeedsThem() {
        String services =
                """
                routes: [{to: 0.0.0.0/0, via: 198.51.100.1, device: out}]
                services:
                  - protocol: tcp
                    address: 192.0.2.80:80
                    locals: [{address: 203.0.113.101, device: in}]
                """;

        assertThat(ConfigurationFile.parse("f", BASE + services).changes())
                .extracting(Object::getClass)
                .isEqualTo(
                        List.of(
                                Change.AddAddress.class,
                                Change.AddAddress.class,
                                Change.AddAddress.class,
                                Change.AddRoute.class,
                                Change.AddService.class));
    }

    static Stream<Arguments> wrongAdditions() {
        return Stream.of(
                arguments("route: []", "8: unknown key \"route\", did you mean \"routes\"?"),
                arguments(
                        "banana: 1",
                        "8: unknown key \"banana\"; known keys: workers, memory, ports, api,"
                                + " metrics, events, kernel-path, arp, addresses, routes, neighbours, timeouts, sets, services, unused-ports, log"),
                arguments("ports: []", "8: key \"ports\" is there twice, first in line 1"),
                arguments("[a]: 1", "8: a key is a list"),
                arguments(
                        "workers: 2",
                        "8: workers is 2, not a mapping with the keys count, cpus,"
                                + " connections, templates, idle, modified-connections, client-networks,"
                                + " cookie-secrets-file"),
                arguments("workers: {count: 0}", "8: workers.count: 0 is not 1-64"),
                arguments(
                        "workers: {templates: 67108865}",
                        "8: workers.templates: 67108865 is not 1-67108864"),
                arguments(
                        "workers: {count: \"2\"}",
                        "8: workers.count: the text \"2\" is not a whole number"),
                arguments("workers: {count: 1.5}", "8: workers.count: 1.5 is not a whole number"),
                arguments(
                        "workers: {count: 99999999999999999999}",
                        "8: workers.count: 99999999999999999999 is not 1-64"),
                arguments("workers: {count: }", "8: workers.count is empty, not one value"),
                arguments(
                        "workers:\n  count: 2\n  cpus: [1]",
                        "10: workers.cpus: 1 CPUs for 2 workers; give each one"),
                arguments(
                        "workers: {count: 2, cpus: [1, 1]}",
                        "8: workers.cpus: a CPU is there twice; two workers on one would halve"
                                + " both"),
                arguments(
                        "workers: {cpus: [x]}",
                        "8: workers.cpus[0]: the text \"x\" is not a whole number"),
                arguments(
                        "workers: {idle: sleep}",
                        "8: workers.idle: the text \"sleep\" is none of back-off, park, spin"),
                arguments("workers: {cpus: 1}", "8: workers.cpus is 1, not a list (\"- ...\")"),
                arguments(
                        "memory: {hugepages: yes}",
                        "8: memory.hugepages: the text \"yes\" is none of auto, none, required"),
                arguments("memory: {megabytes: 1}", "8: memory.megabytes: 1 is not 64-1048576"),
                arguments("memory: {buffers: 1}", "8: memory.buffers: 1 is not 1024-16777216"),
                arguments(
                        "routes:\n  - {to: 10.0.0.0/8, device: middle}",
                        "9: routes[0].device: there is no port \"middle\"; ports: out, in"),
                arguments(
                        "routes:\n  - {to: 10.0.0.0/8, device: out.4095}",
                        "9: routes[0].device: VLAN \"4095\" of \"out.4095\" is not 1-4094"),
                arguments(
                        "routes:\n  - {to: 10.0.0.1/8, device: out}",
                        "9: routes[0].to: 10.0.0.1/8 has bits beyond its length; write"
                                + " 10.0.0.0/8"),
                arguments(
                        "routes:\n  - {to: 0.0.0.0/0, via: 10.0.0.1, device: out}",
                        "9: routes[0].via: 10.0.0.1 is on no network of out; give out an address"
                                + " there first"),
                arguments(
                        "routes:\n  - {to: 10.0.0.0/8, device: out}\n"
                                + "  - {to: 10.0.0.0/8, device: in}",
                        "10: routes[1].to: there are two routes to 10.0.0.0/8"),
                arguments("routes: [{device: out}]", "8: routes[0]: key \"to\" is missing"),
                arguments(
                        "routes: [7]",
                        "8: routes[0] is 7, not a mapping with the keys to, via," + " device"),
                arguments(
                        "neighbours: [{address: 10.0.0.1, mac: 01:00:00:00:00:01, device: in}]",
                        "8: neighbours[0].mac: MAC address 01:00:00:00:00:01 is not that of one"
                                + " host"),
                arguments(
                        "neighbours: [{address: 10.0.0.1, mac: 02:0:0:0:0:1, device: in}]",
                        "8: neighbours[0].mac: \"02:0:0:0:0:1\" is not a MAC address (as in"
                                + " 02:00:00:00:00:01)"));
    }

    @Test
    void takesAServiceThatIsRoutedHereAndHasNoLocalAddressYet() {
        String service =
                "services: [{protocol: tcp, address: 10.7.7.7:80, routed: true, locals: []}]";

        assertThat(ConfigurationFile.parse("f", BASE + service).services())
                .containsExactly(VirtualService.of(ServiceKey.tcp("10.7.7.7", 80)));
    }

    @Test
    void knowsAliasesAndWhereTheyFail() {
        String services =
                """
                services:
                  - {protocol: tcp, address: 192.0.2.80:80, locals: &l [{address: 10.0.0.1, device: in}]}
                  - {protocol: udp, address: 192.0.2.80:80, locals: *l}
                """;

        assertThat(ConfigurationFile.parse("f", BASE + services).services())
                .extracting(VirtualService::localAddresses)
                .containsExactly(
                        List.of(LocalAddress.of("10.0.0.1", "in")),
                        List.of(LocalAddress.of("10.0.0.1", "in")));
        assertThat(problems(BASE + "routes: *nowhere"))
                .contains("f:8: not YAML: there is no anchor &nowhere");
        assertThat(problems("a: " + "[".repeat(100)))
                .containsExactly("f:1: nested deeper than 32 levels");
    }

    @Test
    void readsTwentyThousandServices() {
        StringBuilder yaml = new StringBuilder(BASE).append("services:\n");
        for (int port = 1; port <= 20_000; port++) {
            yaml.append("  - protocol: tcp\n    address: 192.0.2.80:").append(port);
            yaml.append("\n    servers: [{address: 10.0.0.1:80}, {address: 10.0.0.2:80}]");
            yaml.append("\n    locals:\n      - {address: 10.0.0.9, device: in}\n");
        }

        assertThat(ConfigurationFile.parse("f", yaml.toString()).services())
                .allMatch(service -> service.realServers().size() == 2)
                .extracting(service -> service.key().endpoint().port())
                .isEqualTo(IntStream.rangeClosed(1, 20_000).boxed().toList());
        yaml.append("    speed: 1\n");
        assertThat(problems(yaml.toString()))
                .singleElement()
                .asString()
                .startsWith("f:100009: services[19999]: unknown key \"speed\"");
    }

    static Stream<Arguments> wrongServices() {
        return Stream.of(
                arguments("address: 192.0.2.80:80", "10: services[0]: key \"protocol\" is missing"),
                arguments(
                        "protocol: sctp",
                        "10: services[0].protocol: the text \"sctp\" is none of tcp, udp, did you"
                                + " mean \"tcp\"?"),
                arguments(
                        "protocol: tcp\n    address: 192.0.2.81:80",
                        "11: services[0].address: no entry of addresses is 192.0.2.81; add it there"
                                + " as 192.0.2.81/32 with the device that clients reach it on, or"
                                + " say \"routed: true\" if a router sends packets for it here"
                                + " anyway"),
                arguments(
                        "address: 192.0.2.80",
                        "10: services[0].address: \"192.0.2.80\" is not an address and a port (as"
                                + " in 192.0.2.1:80 or [2001:db8::1]:80)"),
                arguments(
                        "scheduler: randoms",
                        "10: services[0].scheduler: the text \"randoms\" is none of conhash, dh, fo, lc,"
                                + " ll, mh, nq, ovf, p2c, random, rr, sed, sh, wlc, wrr, did you mean \"random\"?"),
                arguments(
                        "timeout: 90s",
                        "10: services[0].timeout: the text \"90s\" is not a whole" + " number"),
                arguments(
                        "sheduler: rr",
                        "10: services[0]: unknown key \"sheduler\", did you mean"
                                + " \"scheduler\"?"),
                arguments(
                        "servers: [{address: 10.0.0.1:80, weight: 65536}]",
                        "10: services[0].servers[0].weight: 65536 is not 0-65535"),
                arguments(
                        "servers:\n      - {address: 10.0.0.1:80}\n      - {address: 10.0.0.1:80}",
                        "12: services[0].servers[1].address: 10.0.0.1:80 is there twice"),
                arguments(
                        "servers: [{address: 224.0.0.1:80}]",
                        "10: services[0].servers[0].address: 224.0.0.1 is not an address of one"
                                + " host"),
                arguments(
                        "deny: [192.0.2.1/24]",
                        "10: services[0].deny[0]: 192.0.2.1/24 has bits beyond its length; write"
                                + " 192.0.2.0/24"),
                arguments(
                        "allow: [192.0.2.0/24, 192.0.2.0/24]",
                        "10: services[0].allow[1]: 192.0.2.0/24 is there twice"),
                arguments(
                        "allow: 192.0.2.0/24",
                        "10: services[0].allow is the text \"192.0.2.0/24\", not a list (\"- ...\")"),
                arguments(
                        "routed: yes",
                        "10: services[0].routed: the text \"yes\" is neither true nor false"),
                arguments(
                        "locals: [{address: 10.0.0.1, device: in}]\n"
                                + "  - locals: [{address: 10.0.0.1, device: out}]",
                        "11: services[1].locals[0].device: 10.0.0.1 is a local address of another"
                                + " service on in"),
                arguments("timeout: 90", "10: services[0]: key \"locals\" is missing"),
                arguments(
                        "locals: [{address: 203.0.113.2, device: out}]",
                        "10: services[0].locals[0].device: 203.0.113.2 is an address of in"
                                + " already"),
                arguments(
                        "protocol: tcp\n    address: 192.0.2.80:80\n"
                                + "    locals: [{address: 192.0.2.80, device: out}]",
                        "12: services[0].locals[0].address: 192.0.2.80 is a service's virtual"
                                + " address; a local address must be another one"));
    }

    static Stream<Arguments> wrongFiles() {
        return Stream.of(
                arguments(
                        "",
                        "1: the file is empty; known keys: workers, memory, ports,"
                                + " api, metrics, events, kernel-path, arp, addresses, routes, neighbours, timeouts, sets, services, unused-ports, log"),
                arguments(
                        "hello",
                        "1: the file is the text \"hello\", not a mapping with the keys"
                                + " workers, memory, ports, api, metrics, events, kernel-path, arp, addresses, routes,"
                                + " neighbours, timeouts, sets, services, unused-ports, log"),
                arguments("workers: {}", "1: key \"ports\" is missing"),
                arguments("ports: []", "1: ports: at least one port is needed"),
                arguments(
                        "ports: [{name: 7up, device: 'null:'}]",
                        "1: ports[0].name: \"7up\" is no port name: a letter, then up to 14"
                                + " letters, digits, \"-\" or \"_\""),
                arguments(
                        "ports: [{name: a, device: 'null:'}, {name: a, device: 'null:'}]",
                        "1: ports[1].name: there are two ports \"a\""),
                arguments(
                        "ports: [{name: 8, device: 'null:'}]",
                        "1: ports[0].name: 8 is not text; put it in quotes if it is meant so"),
                arguments(
                        "ports: [{name: a, device: 'null:', mtu: 70000}]",
                        "1: ports[0].mtu: 70000 is not 576-9600"),
                arguments(
                        "ports: [{name: a, device: 'null:', promiscuous: 1}]",
                        "1: ports[0].promiscuous: 1 is neither true nor false"),
                arguments(
                        "ports: [{name: a, device: 'null:', reverse-path: tight}]",
                        "1: ports[0].reverse-path: the text \"tight\" is none of loose, off, strict"),
                arguments(
                        "ports: [{name: a, device: 'null:'}]\naddresses:\n"
                                + "  - {address: 10.0.0.1, device: a}",
                        "3: addresses[0].address: \"10.0.0.1\" has no prefix length; write"
                                + " 10.0.0.1/32 for the address alone, or the length of its"
                                + " network"),
                arguments(
                        """
                        ports: [{name: a, device: 'null:'}]
                        addresses:
                          - {address: 10.0.0.1/24, device: a}
                          - {address: 10.0.0.1/32, device: a}
                        """,
                        "4: addresses[1].address: 10.0.0.1 is there twice"),
                arguments(
                        "ports: [{name: a, device: 'null:'}]\naddresses:\n"
                                + "  - {address: \"2001:db8::1\", device: a}",
                        "3: addresses[0].address: \"2001:db8::1\" has no prefix length; write"
                                + " 2001:db8::1/128 for the address alone, or the length of its"
                                + " network"),
                arguments(
                        """
                        a: 1
                        ---
                        b: 2
                        """,
                        "2: not YAML: there is a second document"));
    }

    @ParameterizedTest
    @MethodSource("wrongAdditions")
    void namesFileLineAndReason(String addition, String expected) {
        assertThat(problems(BASE + addition)).contains("f:" + expected);
    }

    @ParameterizedTest
    @MethodSource("wrongServices")
    void namesWhatIsWrongInAService(String keys, String expected) {
        assertThat(problems(BASE + "services:\n\n  - " + keys)).contains("f:" + expected);
    }

    @ParameterizedTest
    @MethodSource("wrongFiles")
    void namesWhatIsWrongInTheWholeFile(String yaml, String expected) {
        assertThat(problems(yaml)).contains("f:" + expected);
    }

    @Test
    void listsAllProblemsInTheOrderOfTheFile() {
        assertThat(
                        problems(
                                """
                                services:
                                  - {protocol: tcp, address: 192.0.2.80:80, locals: [], x: 1}
                                ports:
                                  - {name: out, device: "af_packet:eth0", mtu: huge}
                                addresses:
                                  - {address: 192.0.2.80/32, device: inn}
                                """))
                .containsExactly(
                        "f:2: services[0]: unknown key \"x\"; known keys: protocol, address,"
                                + " group, routed, scheduler, scheduler-options, frontends, persistence, persistence-mask, persistence-quiesced, one-packet, quic, timeout, refusal, removal, expire-quiescent, end-with, reset-on-expiry, out-of-window, timeouts, proxy-protocol, proxy-tlvs, isn, tcp-timestamps, mss, syn-proxy, checks, passive,"
                                + " slow-start, max-ejected, last-server, quorum, end-connections,"
                                + " announce, max-connections, max-per-client, max-per-network, max-half-open,"
                                + " max-rate, max-rate-per-network, max-packets, max-bandwidth, limit-proportion, table-share, toa, toa-kind, uoa, uoa-packets, description, deny, allow,"
                                + " servers, locals",
                        "f:4: ports[0].mtu: the text \"huge\" is not a whole number",
                        "f:6: addresses[0].device: there is no port \"inn\"; ports: out");
    }

    @Test
    void doesNotBlameReferencesToAPortThatCouldNotBeRead() {
        assertThat(
                        problems(
                                """
                                ports:
                                  - {name: out, device: "floppy:a"}
                                addresses:
                                  - {address: 192.0.2.80/32, device: out}
                                """))
                .hasSize(1)
                .allSatisfy(line -> assertThat(line).startsWith("f:2: ports[0].device: "));
    }

    @Test
    void saysWhereYamlIsBroken() {
        assertThat(problems("ports:\n  - {name: out\n"))
                .hasSize(1)
                .allSatisfy(line -> assertThat(line).matches("f:[23]: not YAML: .+"));
    }

    @Test
    void instantiatesNothing() {
        assertThat(problems("ports: [{name: !!java.lang.Object a, device: 'null:'}]"))
                .containsExactly(
                        "f:1: ports[0].name: a is not text; put it in quotes if it is meant so");
    }

    @Test
    void saysThatAFileIsMissing(@TempDir Path folder) {
        Path file = folder.resolve("none.yaml");

        assertThatThrownBy(() -> ConfigurationFile.read(file))
                .isInstanceOf(BalancerException.class)
                .hasMessage("there is no file " + file);
    }

    @Test
    void saysThatAFileIsNoText(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("latin1.yaml");
        Files.write(file, "# Jürgen".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> ConfigurationFile.read(file))
                .isInstanceOf(BalancerException.class)
                .hasMessage(file + ":1: the file is not UTF-8 text");
    }

    private static List<String> problems(String yaml) {
        try {
            Configuration configuration = ConfigurationFile.parse("f", yaml);
            throw new AssertionError("was read as " + configuration);
        } catch (BalancerException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
            assertThat(JavaText.in(String.valueOf(e.getMessage()))).isEmpty();
            return String.valueOf(e.getMessage()).lines().toList();
        }
    }
}
