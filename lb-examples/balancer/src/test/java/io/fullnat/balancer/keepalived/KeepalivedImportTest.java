// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.Required;
import io.fullnat.balancer.config.ConfigurationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of keepalived and DPVS become ones of fullnat, and what does not is told.
final class KeepalivedImportTest {
    private static final String DPVS =
            """
            ! of DPVS
            local_address_group laddr_g1 {
                192.168.100.200-201 dpdk0   # two of them
                2001:db8::200 dpdk0
            }
            deny_address_group black {
                198.51.100.0/24
                198.51.101.7
            }
            virtual_server 192.168.100.254 80 {
                delay_loop 3
                lb_algo wrr
                lb_kind FNAT
                protocol TCP
                laddr_group_name laddr_g1
                daddr_group_name black
                establish_timeout 600
                syn_proxy
                persistence_timeout
                persistence_granularity 255.255.255.0
                quorum 2
                hysteresis 1
                bps 100
                expire_quiescent_conn
                inhibit_on_failure
                vip_bind_dev dpdk1
                alpha
                sorry_server 192.168.102.9
                retry 2
                delay_before_retry 3
                real_server 192.168.102.1 8080 {
                    weight 100
                    uthreshold 10
                    TCP_CHECK {
                        connect_timeout 0.5
                        connect_port 8081
                    }
                }
                real_server 192.168.102.2 8080
                {
                    uthreshold 100
                    lthreshold 60
                    HTTP_GET {
                        url {
                            path "/health#it"
                            status_code 200 301-302
                            virtualhost www.example.org
                        }
                        url {
                        }
                    }
                    SSL_GET { enable_sni
                        virtualhost secure.example.org
                        url { path /s }
                    }
                }
            }
            """;

    @TempDir Path folder;

    private KeepalivedImport read(String text, String... ports) throws IOException {
        Map<String, String> devices = new java.util.LinkedHashMap<>();
        for (String port : ports) {
            String[] parts = port.split("=", 2);
            devices.put(parts[0], parts[1]);
        }
        return KeepalivedImport.read(file("keepalived.conf", text), devices);
    }

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private List<String> told(KeepalivedImport imported) {
        return imported.findings().stream()
                .map(line -> line.replace(folder + "/keepalived.conf:", ""))
                .toList();
    }

    @Test
    void aServiceOfDpvs() throws IOException {
        KeepalivedImport imported = read(DPVS, "dpdk0=0000:03:00.0", "dpdk1=0000:03:00.1");

        assertThat(imported.yaml())
                .isEqualTo(
                        """
                        ports:
                          - {name: dpdk0, device: '0000:03:00.0'}
                          - {name: dpdk1, device: '0000:03:00.1'}

                        addresses:
                          - {address: 192.168.100.254/32, device: dpdk1}

                        services:
                          - protocol: tcp
                            address: '192.168.100.254:80'
                            scheduler: wrr
                            timeout: 600
                            syn-proxy: always
                            persistence: 360
                            persistence-mask: '255.255.255.0'
                            max-bandwidth: '100M'
                            expire-quiescent: true
                            last-server: 'sorry=192.168.102.9:80'
                            quorum: '2,1'
                            deny: [198.51.100.0/24, 198.51.101.7]
                            servers:
                              - {address: '192.168.102.1:8080', weight: 100, max-connections: 10, resume-below: 8, checks: ['tcp port=8081 interval=3 timeout=0.5 fall=3 initial=down']}
                              - {address: '192.168.102.2:8080', max-connections: 100, resume-below: 60, checks: ['http path=''/health#it'' status=200,301-302 host=www.example.org interval=3 timeout=5 fall=3 initial=down', 'http path=/ status=200-299 interval=3 timeout=5 fall=3 initial=down', 'https path=/s status=200-299 host=secure.example.org sni=secure.example.org interval=3 timeout=5 fall=3 initial=down']}
                            locals:
                              - {address: 192.168.100.200, device: dpdk0}
                              - {address: 192.168.100.201, device: dpdk0}
                              - {address: '2001:db8::200', device: dpdk0}
                        """);
        assertThat(told(imported)).isEmpty();
        assertThat(imported.complete()).isTrue();
    }

    /// Wherever something stands that is not known, it is told with its line.
    @Test
    void nothingIsDroppedInSilence() throws IOException {
        List<String> lines = DPVS.lines().toList();
        for (int at = 0; at < lines.size(); at++) {
            String line = lines.get(at).strip();
            boolean next = at + 1 < lines.size() && lines.get(at + 1).strip().equals("{");
            if (next || (at >= 1 && at < 9)) {
                continue; // a word would come between a keyword and its brace, or into a list of
                // addresses
            }
            List<String> with = new ArrayList<>(lines);
            with.add(at + 1, "xyzzy 1");
            KeepalivedImport imported = read(String.join("\n", with), "dpdk0=null:", "dpdk1=null:");

            assertThat(told(imported))
                    .as("after line %s: %s", at + 1, line)
                    .anyMatch(told ->
                            told.startsWith((at(with) + 1) + ": ") && told.contains("xyzzy 1"));
            assertThat(imported.complete()).isFalse();
        }
    }

    private static int at(List<String> lines) {
        return lines.indexOf("xyzzy 1");
    }

    @Test
    void includesAreFoundFromTheFileThatNamesThem() throws IOException {
        file("conf.d/b.conf", "virtual_server 192.0.2.2 80 {\n include ../parts/*.inc\n}\n");
        file("conf.d/a.conf", "virtual_server 192.0.2.1 80 { protocol UDP }\n");
        file("conf.d/.hidden.conf", "nonsense\n");
        file("parts/one.inc", "lb_algo rr\n");
        KeepalivedImport imported =
                read(
                        "include conf.d/*.conf\ninclude none.d/*.conf\ninclude absent.conf\n",
                        "eth0=null:");

        assertThat(imported.yaml())
                .containsSubsequence(
                        "address: '192.0.2.1:80'", "address: '192.0.2.2:80'", "scheduler: rr");
        assertThat(told(imported))
                .contains(
                        "2: no file is called none.d/*.conf: nothing is included",
                        "3: no file is called absent.conf: nothing is included");
    }

    @Test
    void includesThatGoRoundAreAnError() throws IOException {
        assertThatThrownBy(() -> read("include keepalived.conf\n", "eth0=null:"))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("files include each other");
    }

    private static String group(int second) {
        return """
        local_address_group l { 10.0.0.100 eth0 }
        virtual_server_group g {
            192.0.2.1 80
            192.0.2.1 %d
        }
        virtual_server group g {
            lb_kind FNAT
            laddr_group_name l
            real_server 10.0.0.11 0 {
                weight 1
            }
        }
        """
                .formatted(second);
    }

    @Test
    void ofAGroupThatChangesOnlyTheDifferenceIsOther() throws IOException {
        VirtualService before = service(read(group(443)));
        VirtualService after = service(read(group(2333)));

        assertThat(before.frontends())
                .containsExactly(Frontend.parse("192.0.2.1:80"), Frontend.parse("192.0.2.1:443"));
        assertThat(after.frontends())
                .containsExactly(Frontend.parse("192.0.2.1:80"), Frontend.parse("192.0.2.1:2333"));
        assertThat(after.key()).isEqualTo(before.key());
        assertThat(after.realServers()).isEqualTo(before.realServers());
        assertThat(after.realServers().getFirst().endpoint().port())
                .as("the port that the client asked for")
                .isZero();
        assertThat(service(read(group(443)))).isEqualTo(before);
    }

    private static VirtualService service(KeepalivedImport imported) {
        return ConfigurationFile.parse("imported", imported.yaml()).services().getFirst();
    }

    @Test
    void otherWaysOfForwardingAreTold() throws IOException {
        KeepalivedImport imported =
                read(
                        """
                        global_defs {
                            router_id LVS
                        }
                        vrrp_instance VI_1 {
                            interface eth0
                            virtual_ipaddress {
                                192.0.2.1/24 dev eth1
                            }
                        }
                        virtual_server 192.0.2.1 443 {
                            lb_algo lblc
                            lb_kind DR
                            real_server 10.0.0.11 443 {
                                MISC_CHECK {
                                    misc_path "/usr/local/bin/check.sh 1"
                                }
                            }
                        }
                        virtual_server fwmark 3 {
                        }
                        virtual_server 192.0.2.1 53 {
                            protocol SCTP
                        }
                        """);

        assertThat(imported.yaml()).contains("{address: 192.0.2.1/32, device: eth1}", "locals: []");
        assertThat(told(imported))
                .anySatisfy(line -> assertThat(line).startsWith("1: left out: global_defs"))
                .anySatisfy(line ->
                        assertThat(line).startsWith("4: left out: vrrp_instance VI_1: keepalived"))
                .anySatisfy(line -> assertThat(line).startsWith("11: left out: the scheduler lblc"))
                .anySatisfy(line ->
                        assertThat(line).startsWith("12: left out: lb_kind DR: it is FullNAT"))
                .anySatisfy(line ->
                        assertThat(line)
                                .startsWith("14: left out: MISC_CHECK /usr/local/bin/check.sh 1"))
                .anySatisfy(line ->
                        assertThat(line).startsWith("19: left out: virtual_server fwmark 3"))
                .anySatisfy(line ->
                        assertThat(line)
                                .startsWith(
                                        "21: left out: virtual_server 192.0.2.1 53: the protocol sctp"))
                .anySatisfy(line ->
                        assertThat(line)
                                .startsWith(
                                        "10: left out: virtual_server 192.0.2.1 443 has no local addresses"))
                .anySatisfy(line ->
                        assertThat(line).startsWith("1: the port eth1 is the kernel's interface"));
        assertThat(imported.complete()).isFalse();
    }

    @Test
    void definitionsAreReplaced() throws IOException {
        KeepalivedImport imported =
                read(
                        "$VIP=192.0.2.7\n$PORT=80\nvirtual_server $VIP ${PORT} {\n$NONE\n}\n@one lb_algo rr\n",
                        "eth0=null:");

        assertThat(imported.yaml()).contains("'192.0.2.7:80'");
        assertThat(told(imported))
                .anySatisfy(line -> assertThat(line).startsWith("4: left out: $NONE"))
                .anySatisfy(
                        line -> assertThat(line).startsWith("6: left out: a line for @one alone"));
    }

    @Test
    void checksOfOtherKinds() throws IOException {
        KeepalivedImport imported =
                read(
                        """
                        virtual_server 2001:db8::1 53 {
                            protocol UDP
                            ops
                            syn_proxy
                            hash_target cid
                            real_server 2001:db8::11 53 {
                                inhibit_on_failure
                                DNS_CHECK {
                                    name example.org
                                    type a
                                }
                                UDP_CHECK {
                                    payload Ab12f 3
                                    retry 0
                                }
                                PING_CHECK {
                                    retry 0
                                }
                                SMTP_CHECK {
                                    retry 0
                                }
                            }
                        }
                        """,
                        "eth0=null:");

        assertThat(imported.yaml())
                .contains(
                        "one-packet: true",
                        "'dns name=example.org type=A interval=60 timeout=5 fall=4'",
                        "'udp send=''\\xAB\\x12\\x0F\\x03'' silence=up interval=60 timeout=5 fall=1'",
                        "'ping interval=60 timeout=5 fall=1'",
                        "'tcp expect=220 interval=60 timeout=5 fall=1 port=25'");
        assertThat(told(imported))
                .contains(
                        "4: left out: syn_proxy: it is of TCP alone",
                        "5: left out: hash_target cid: it is neither sip nor qid")
                .anySatisfy(line ->
                        assertThat(line)
                                .contains("DNS_CHECK is asked again after delay_loop (60 s)"));
    }

    @Test
    void bracesThatDoNotMatchAreAnError() {
        assertThatThrownBy(() -> read("virtual_server 192.0.2.1 80 {\n", "eth0=null:"))
                .hasMessageContaining("keepalived.conf:1: this brace is not closed");
        assertThatThrownBy(() -> read("}\n", "eth0=null:"))
                .hasMessageContaining("keepalived.conf:1: a brace closes nothing");
        assertThatThrownBy(() -> read("{\n", "eth0=null:"))
                .hasMessageContaining("a brace that nothing stands before");
        assertThatThrownBy(() -> read("a {\n".repeat(100), "eth0=null:"))
                .hasMessageContaining("blocks 32 deep");
        assertThatThrownBy(() -> read("virtual_server 192.0.2.1 80 {\n}\n"))
                .hasMessageContaining("the file names no interface; say --port NAME=DEVICE");
    }

    @Test
    void rangesAreBounded() throws IOException {
        KeepalivedImport imported =
                read(
                        """
                        local_address_group l {
                            10.0.0.0-10.255.255.255 eth0
                            10.0.0.9-1 eth0
                            10.0.0.0/8 eth0
                            10.0.0.x eth0
                            10.0.0.250-256 eth0
                            10.0.0.1/33 eth0
                            10.0.0.1/-1 eth0
                            2001:db8::fe-10000 eth0
                            10.0.1.254-10.0.2.1 eth0
                            2001:db8::fe-101 eth0
                        }
                        virtual_server 192.0.2.1 80 {
                            laddr_group_name l
                        }
                        """);

        assertThat(told(imported))
                .filteredOn(line -> line.matches("[2-9]: left out: .*"))
                .hasSize(8)
                .contains("7: left out: \"10.0.0.1/33\" is no network");
        assertThat(imported.yaml())
                .contains("10.0.1.254,", "10.0.2.1,", "'2001:db8::fe'", "'2001:db8::101'")
                .doesNotContain("10.0.2.2");
    }

    @Test
    void aResultThatIsNoConfigurationIsAnError() {
        assertThatThrownBy(() ->
                        read(
                                "virtual_server 192.0.2.1 80 {\nreal_server 10.0.0.11 80 {\nweight many\n}\n}\n",
                                "eth0=null:"))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("what comes of it is no configuration:")
                .hasMessageContaining("weight");
    }

    @Test
    void routesThatAreMoreThanAGatewayAreTold() throws IOException {
        KeepalivedImport imported =
                read(
                        """
                        static_ipaddress {
                            10.0.0.1/24 dev eth0
                            2001:db8::1/64 dev eth0
                        }
                        static_routes {
                            192.0.2.0/24 via 10.0.0.254 dev eth0
                            198.51.100.0/24 gw 10.0.0.253 dev eth0
                            203.0.113.0/24 dev eth0 scope link
                            2001:db8:1::/48 via 2001:db8::fe dev eth0
                            default via 10.0.0.252 dev eth0
                            src 10.0.0.1 198.18.0.0/24 via 10.0.0.254 dev eth0
                            198.18.1.0/24 via 10.0.0.254 dev eth0 table 100
                            198.18.2.0/24 via 10.0.0.254 or 10.0.0.253 dev eth0
                            blackhole 198.18.3.0/24 dev eth0
                            198.18.4.0/24 dev eth0 via
                        }
                        """,
                        "eth0=null:");

        assertThat(ConfigurationFile.parse("imported", imported.yaml()).routes())
                .extracting(route -> route.destination() + " " + route.gateway())
                .containsExactlyInAnyOrder(
                        "192.0.2.0/24 Optional[10.0.0.254]",
                        "198.51.100.0/24 Optional[10.0.0.253]",
                        "203.0.113.0/24 Optional.empty",
                        "2001:db8:1::/48 Optional[2001:db8::fe]",
                        "0.0.0.0/0 Optional[10.0.0.252]");
        assertThat(told(imported))
                .filteredOn(line -> line.contains(": it takes ADDRESS/LENGTH [via GATEWAY]"))
                .extracting(line -> line.replaceAll(":.*", ""))
                .containsExactly("11", "12", "13", "14", "15");
    }

    /// Those that keepalived brings; all but what they do not have is told. Of some no
    /// configuration comes: those are named.
    @Test
    void theSamplesOfKeepalivedAreRead() throws IOException {
        Path samples = Required.folder("/usr/share/doc/keepalived/samples");
        List<Path> files;
        try (Stream<Path> all = Files.list(samples)) {
            files =
                    all.filter(file -> file.getFileName().toString().startsWith("keepalived.conf"))
                            .toList();
        }
        assertThat(files).hasSizeGreaterThan(20);
        List<String> refused = new ArrayList<>();
        for (Path file : files) {
            try {
                KeepalivedImport imported = KeepalivedImport.read(file, Map.of("eth9", "null:"));
                assertThat(imported.findings()).as("%s", file).isNotEmpty();
                ConfigurationFile.parse("imported", imported.yaml());
            } catch (BalancerException e) {
                // what is wrong is said of a sample, with a line of what would come of it
                assertThat(e.getMessage()).as("%s", file).containsPattern("imported:[0-9]+: ");
                refused.add(file.getFileName().toString());
            }
        }
        assertThat(refused)
                .as("routes over networks that keepalived alone knows, a server at its own service")
                .isSubsetOf(
                        "keepalived.conf.track_interface",
                        "keepalived.conf.virtual_server_group",
                        "keepalived.conf.vrrp.routes");
    }
}
