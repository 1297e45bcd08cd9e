// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `dpip ipset` and `fullnat ipset`.
final class SetCommandsTest {
    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private void refuses(ErrorCode code, String line, String... words) {
        CommandRig.Result result = rig.run(line);
        assertThat(result.status()).as(line).isEqualTo(code.exitStatus());
        assertThat(result.err()).contains(words);
    }

    /// The sequences of DPVS's own test (test/ipset/dpip.sh), `create`, `add`, and what is in the
    /// set then: what is in it, and `!` before what is not. What DPVS takes and never finds is left
    /// out: entries without a protocol, which here stand for any.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bitmap:ip range 192.168.0.0/16 | 192.168.1.0/26 | 192.168.1.32 !192.168.2.1",
                "bitmap:ip range 192.168.0.0/16 | 192.168.2.1 | 192.168.2.1 !10.100.100.100",
                "bitmap:port range 0-1024 | tcp:80; udp:80 | tcp:80 udp:80 !tcp:8080",
                "bitmap:ip,mac range 192.168.0.0/16 | 192.168.1.1,12:34:56:78:9A:BC; 192.168.2.2"
                        + " | 192.168.1.1,12:34:56:78:9A:BC !192.168.1.1,12:34:56:78:A9:BC"
                        + " 192.168.1.1,0:0:0:0:0:0 192.168.1.1 192.168.2.2"
                        + " 192.168.2.2,1:2:3:4:5:6 !192.168.2.1",
                "hash:ip comment | 10.100.100.100 comment a-single-address; 192.168.1.0/24"
                        + " | 10.100.100.100 192.168.1.12 !192.168.2.0 !0.0.0.0",
                "-6 hash:ip hashsize 128 maxelem 4096 | 2001::1; 2001::2:1; ::"
                        + " | 2001::2:1 !::1 ::",
                "hash:ip,port | 192.168.1.0/30,tcp:80-82; 192.168.1.0/30,udp:80-82;"
                        + " 172.27.1.3-172.27.1.5; 172.27.20.20-172.27.20.21,80-82"
                        + " | 192.168.1.1,tcp:81 172.27.1.5 172.27.1.4,0 172.27.20.20,81",
                "-6 hash:ip,port | 2001::1,tcp:8080-8082; 2001::1,udp:80; 2001::2,0"
                        + " | 2001::1,tcp:8081 !2001::1,udp:8081 2001::1,udp:80 2001::2",
                "hash:net | 192.168.0.0/24; 10.1.0.0/16; 192.168.0.100/30 nomatch"
                        + " | 10.1.100.100 192.168.0.104 !192.168.0.102",
                "-6 hash:net | 2001::/64; 2001::/120 nomatch"
                        + " | 2001::4:3:2:1 !2001:1::4:3:2:1 !2001::1",
                "hash:ip,port,ip comment | 192.168.1.16/30,tcp:8080-8082,192.168.2.100-192.168.2.105"
                        + " comment a-test-range"
                        + " | 192.168.1.18,tcp:8081,192.168.2.101 192.168.1.16,tcp:8080,192.168.2.105"
                        + " !192.168.1.20,tcp:8081,192.168.2.101 !192.168.1.18,tcp:8081,192.168.2.106"
                        + " !192.168.1.18,udp:8081,192.168.2.101 !192.168.1.19,8081,192.168.2.101",
                "-6 hash:ip,port,ip | 2001::1,udp:80-82,2002::2; 2001::1,tcp:80-82,2002::2;"
                        + " 2001::1,80-82,2002::2"
                        + " | 2001::1,udp:81,2002::2 2001::1,tcp:80,2002::2 2001::1,82,2002::2"
                        + " !2001::2,81,2002::2 !2001::1,tcp:8080,2002::2 !2001::1,udp:80,2002::1",
                "hash:net,port,net,port | 192.168.10.0/24,0,192.168.20.0/24,0;"
                        + " 192.168.10.64/26,0,192.168.20.64/26,0 nomatch"
                        + " | 192.168.10.23,0,192.168.20.123,0 !192.168.10.123,0,192.168.20.123,0",
                "-6 hash:net,port,net,port comment"
                        + " | 2001::a:b:c:d/64,udp:8080-8081,2002::/64,udp:6000-6001;"
                        + " 2001::/64,udp:8080,2002::1:2:0:0/96,udp:6000-6001 nomatch comment bad-guys"
                        + " | !2001::1:2:3:4,udp:8080,2002::1:2:3:4,udp:6001"
                        + " 2001::1:2:3:4,udp:8081,2002::1:2:3:4,udp:6001"
                        + " 2001::1:2:3:4,udp:8080,2002::2:3:4:5,udp:6001"
                        + " !2001::1:2:3:4:5,udp:8080,2002::1:2:3:4,udp:6001"
                        + " !2001::1:2:3:4,udp:8082,2002::1:2:3:4,udp:6001",
                "hash:net,port,iface comment | 10.64.13.131/16,tcp:80-82,wan;"
                        + " 10.64.88.100-10.64.88.200,tcp:82,wan nomatch comment bad-guys;"
                        + " 10.64.88.111,tcp:82,wan comment you-are-an-exception"
                        + " | 10.64.111.222,tcp:81,wan !10.64.111.222,81,wan"
                        + " !10.64.111.222,tcp:81,lan 10.64.88.111,tcp:81,wan"
                        + " !10.64.88.112,tcp:82,wan 10.64.88.111,tcp:82,wan",
                "-6 hash:net,port,iface hashsize 300 maxelem 1000"
                        + " | 2001:beef::/64,udp:100-102,wan; 2001:beef::abcd/100,udp:100,wan nomatch"
                        + " | !2001:beef::abcd,udp:100,wan 2001:beef::abcd,udp:101,wan",
                "hash:net,port comment | 192.168.100.0-192.168.102.30,tcp:10240;"
                        + " 192.168.100.101/25,tcp:10240 nomatch comment bad-guys"
                        + " | !192.168.100.111,tcp:10240 192.168.101.111,tcp:10240"
                        + " !192.168.101.111,tcp:10241 192.168.102.30,tcp:10240"
                        + " !192.168.102.30,10240 !192.168.102.31,tcp:10240",
                "hash:net,port | 10.128.34.211-10.128.37.189,3000-3001;"
                        + " 10.128.35.100-10.128.35.150,3000-3001 nomatch"
                        + " | !10.128.35.141,3001 !10.128.34.210,3000 10.128.34.211,3000"
                        + " 10.128.37.185,3001 !10.128.37.190,3001",
                "-6 hash:net,port maxelem 1024 | 2001::/64,tcp:80-88;"
                        + " 2001::eeee:aaaa:1243:6789/96,tcp:84-86 nomatch"
                        + " | 2001::1:2:3:4,tcp:85 2001::1111:2222:3333:4444,tcp:88"
                        + " !2001::1:2:3:4,tcp:89 !2001::1:2:3:4:5,tcp:85 !2001::eeee:aaaa:1:6,tcp:85",
                "hash:net,port,net | 10.60.0.0/16,tcp:10240-10242,10.130.0.0/16;"
                        + " 10.60.100.100-10.60.100.200,tcp:10242,10.130.100.100-10.130.100.200 nomatch"
                        + " | 10.60.12.34,tcp:10241,10.130.56.78 10.60.0.0,tcp:10242,10.130.255.255"
                        + " !10.61.0.0,tcp:10240,10.130.255.255 !10.60.0.0,udp:10240,10.130.255.255"
                        + " !10.60.100.168,tcp:10242,10.130.100.192"
                        + " 10.60.100.168,tcp:10241,10.130.100.192"
                        + " 10.60.100.201,tcp:10242,10.130.100.192",
                "hash:ip,port,net comment | 192.168.12.1/24,tcp:8080,192.168.100.0/24;"
                        + " 192.168.12.200-192.168.12.255,tcp:8080,192.168.100.200-192.168.100.255"
                        + " nomatch; 192.168.12.211,tcp:8080,192.168.100.211/32"
                        + " | 192.168.12.211,tcp:8080,192.168.100.111"
                        + " 192.168.12.211,tcp:8080,192.168.100.211"
                        + " !192.168.12.212,tcp:8080,192.168.100.211"
                        + " 192.168.12.0,tcp:8080,192.168.100.255 !192.168.13.0,tcp:8080,192.168.100.211"
                        + " !192.168.12.211,8080,192.168.100.211",
                "hash:ip,port,net | 10.61.240.1-10.61.240.9,udp:10240-10242,10.110.123.102/21"
                        + " | 10.61.240.3,udp:10240,10.110.123.123 10.61.240.9,udp:10242,10.110.127.255"
                        + " !10.61.240.3,udp:10243,10.110.123.123"
            })
    void sequencesOfDpvs(String sequence) {
        String[] parts = sequence.split(" \\| ", -1);
        boolean six = parts[0].startsWith("-6 ");
        String create = six ? parts[0].substring(3) : parts[0];
        rig.done("dpip " + (six ? "-6 " : "") + "ipset create foo " + create);
        for (String entry : parts[1].split("; ?", -1)) {
            rig.done("dpip ipset add foo " + entry);
        }
        assertAnswers(parts[2]);
        String saved = rig.done("dpip ipset save");
        rig.done("dpip ipset destroy foo");
        assertThat(rig.run("dpip ipset restore", saved).err()).isEmpty();
        assertThat(rig.done("dpip ipset save")).isEqualTo(saved);
        assertAnswers(parts[2]);
    }

    private void assertAnswers(String questions) {
        for (String question : questions.split(" ", -1)) {
            boolean out = question.startsWith("!");
            String entry = out ? question.substring(1) : question;
            assertThat(rig.done("dpip ipset test foo " + entry))
                    .as(question)
                    .isEqualTo(!out + "\n");
        }
    }

    @Test
    void aSetIsShownAsDpvsShowsIt() {
        rig.done("dpip ipset create foo bitmap:ip,mac range 192.168.100.0/24 comment");
        rig.done("dpip ipset add foo 192.168.100.100,AA:BB:CC:DD:EE:FF comment initial");
        refuses(
                ErrorCode.SET_ENTRY_EXISTS,
                "dpip ipset add foo 192.168.100.100,AA:BB:CC:DD:EE:FF comment overwrite",
                "192.168.100.100");
        rig.done("dpip ipset add foo 192.168.100.100,AA:BB:CC:DD:EE:FF comment overwrite -F");
        rig.done("dpip -6 ipset create bar hash:net hashsize 300 maxelem 1000");
        rig.done("dpip ipset add bar 2001:db8::1:0/112 nomatch");
        rig.done("dpip ipset add bar 2001:db8::/32");
        rig.done("deny add tcp 192.0.2.80:80 ipset:foo");

        assertThat(rig.done("dpip ipset list"))
                .isEqualTo(
                        """
                        Name: bar
                        Type: hash:net
                        Header: family inet6  hashsize 512  maxelem 1000
                        Size in memory: 288
                        References: 0
                        Number of entries: 2
                        Members:
                        2001:db8::/32
                        2001:db8::1:0/112 nomatch

                        Name: foo
                        Type: bitmap:ip,mac
                        Header: range 192.168.100.0/24  comment
                        Size in memory: 192
                        References: 1
                        Refused: 0
                        Number of entries: 1
                        Members:
                        192.168.100.100,aa:bb:cc:dd:ee:ff comment "overwrite"

                        """);
        assertThat(rig.done("dpip ipset show foo")).startsWith("Name: foo").doesNotContain("bar");
        assertThat(rig.done("dpip -6 ipset show")).startsWith("Name: bar").doesNotContain("foo");
        assertThat(rig.done("ipset show foo")).isEqualTo(rig.done("dpip ipset show foo"));
        assertThat(rig.done("dpip ipset -v test bar 2001:db8::1:2"))
                .isEqualTo("2001:db8::1:2 is NOT in set bar\n");
        assertThat(rig.done("ipset list"))
                .isEqualTo(
                        """
                        NAME  TYPE           FAMILY  ENTRIES  MOST  USES  REFUSED  ADMITTED  FILE
                        bar   hash:net       ipv6    2        1000  0     0        0         -
                        foo   bitmap:ip,mac  ipv4    1        256   1     0        0         -
                        """);
        assertThat(rig.done("ipset show foo --json"))
                .contains("\"users\" : [ \"deny ipset:foo of TCP 192.0.2.80:80\" ]");
    }

    @Test
    void aSetThatDiffersFromItsFileIsListedAsEdited() {
        IpSet read = IpSet.builder("bots", SetType.HASH_NET).file("/etc/bots").build();
        rig.control().submit(List.of(new Change.CreateSet(read))).join();
        assertThat(rig.done("ipset list")).containsPattern("bots +hash:net .* 0 +/etc/bots\n");
        rig.done("ipset add bots 198.51.100.0/24");
        assertThat(rig.done("ipset list"))
                .containsPattern("bots +hash:net .* 0 +/etc/bots \\(edited\\)\n");
    }

    /// Each listing has what rules decided; a saved set has nothing of it.
    @Test
    void whatRulesDecideIsListed() {
        rig.done("ipset create bots hash:net");
        rig.done("ipset create guests hash:net");
        rig.done("ipset add guests 0.0.0.0/0");
        String saved = rig.done("ipset save");
        rig.done("deny add tcp 192.0.2.80:80 ipset:bots");
        rig.done("allow add tcp 192.0.2.80:80 ipset:guests");
        rig.connect(40_000);
        rig.done("ipset add bots 0.0.0.0/0");
        assertThat(rig.tryToConnect(40_001)).isEmpty();
        assertThat(rig.tryToConnect(40_002)).isEmpty();

        assertThat(rig.done("dpip ipset show bots"))
                .contains("\nReferences: 1\nRefused: 2\nNumber of entries: 1\n");
        assertThat(rig.done("dpip ipset show guests"))
                .contains("\nReferences: 1\nAdmitted: 1\nNumber of entries: 1\n");
        assertThat(rig.done("ipset list"))
                .containsPattern("bots .* 1 +2 +0 +-")
                .containsPattern("guests .* 1 +0 +1 +-");
        assertThat(rig.done("ipset show bots --json"))
                .contains("\"refused\" : 2", "\"admitted\" : 0", "\"count\" : 2");
        rig.done("ipset flush bots");
        assertThat(rig.done("ipset save")).isEqualTo(saved);
    }

    @Test
    void plainVerbsDoAllOfIt() {
        rig.done("ipset create bots hash:net --max-entries 1000 --comments");
        rig.done("ipset add bots 198.51.100.0/24 203.0.113.7 --comment loud");
        rig.done("ipset add bots 198.51.100.64/26 --nomatch");
        rig.done("ipset create fresh hash:net --max-entries 10 --comments");
        rig.done("ipset add fresh 10.0.0.0/8");
        assertThat(rig.done("ipset test bots 198.51.100.1")).isEqualTo("true\n");
        assertThat(rig.done("ipset test bots 198.51.100.65")).isEqualTo("false\n");
        rig.done("ipset swap bots fresh");
        assertThat(rig.done("ipset save bots"))
                .isEqualTo(
                        """
                        create bots hash:net family inet hashsize 1024 maxelem 1000 comment
                        add bots 10.0.0.0/8
                        """);
        rig.done("ipset remove fresh 203.0.113.7");
        rig.done("ipset rename fresh old");
        assertThat(rig.done("ipset save old"))
                .isEqualTo(
                        """
                        create old hash:net family inet hashsize 1024 maxelem 10 comment
                        add old 198.51.100.0/24 comment loud
                        add old 198.51.100.64/26 nomatch
                        """);
        rig.done("ipset flush old");
        rig.done("ipset destroy old");
        refuses(ErrorCode.UNSUPPORTED, "ipset reload bots", "bots", "has no file");
        refuses(ErrorCode.NO_SET, "ipset show old", "no set \"old\"", "bots");
    }

    /// Rules name sets, are saved and come back.
    @Test
    void rulesThatNameSetsAreSavedAndRestored() {
        rig.done("dpip ipset create bots hash:net");
        rig.done("dpip ipset create doors hash:ip,port");
        rig.done("ipvsadm -U -t 192.0.2.80:80 -k ipset:bots");
        rig.done("allow add tcp 192.0.2.80:80 ipset:doors,dst");
        String saved = rig.done("ipvsadm -S");

        assertThat(saved)
                .contains(
                        "-U -t 192.0.2.80:80 -k ipset:bots\n",
                        "-O -t 192.0.2.80:80 -2 ipset:doors,dst\n");
        assertThat(rig.done("ipvsadm -B").lines().toList())
                .contains("TCP      192.0.2.80:80                  ipset:bots                    ");
        assertThat(rig.done("deny list")).contains("ipset:bots");
        rig.done("ipvsadm -C");
        assertThat(rig.run("ipvsadm -R", saved).err()).isEmpty();
        assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);
        refuses(ErrorCode.SET_IN_USE, "dpip ipset destroy bots", "bots", "TCP 192.0.2.80:80");
        refuses(ErrorCode.NO_SET, "ipvsadm -U -t 192.0.2.80:80 -k ipset:x", "\"x\"", "bots, doors");
        rig.done("ipvsadm --del-blklst -t 192.0.2.80:80 -k ipset:bots");
        rig.done("dpip ipset destroy bots");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dpip ipset create foo hash:mac          | no type of sets \"hash:mac\"",
                "dpip ipset create foo                   | needs a type",
                "dpip ipset create foo bitmap:ip         | need a range",
                "dpip ipset create foo hash:ip maxelem 0 | 1-1048576",
                "dpip ipset create foo hash:ip wide      | unexpected word \"wide\"",
                "dpip -6 ipset create foo bitmap:ip      | IPv4 alone",
                "dpip ipset ad foo 10.0.0.1              | unknown verb \"ad\"",
                "dpip ipset show -s                      | no such option",
                "dpip ipset flush foo -F                 | --force belongs to",
                "dpip ipset add                          | needs an entry",
                "ipset create foo hash:ip --family any   | not ipv4 or ipv6",
                "ipset add foo                           | ENTRY"
            })
    void aWrongLineSaysWhatIsWrong(String line, String words) {
        refuses(ErrorCode.INVALID_ARGUMENT, line, words);
    }

    @Test
    void aFamilyThatIsSaidMustBeTheSets() {
        rig.done("dpip -6 ipset create six hash:ip");

        rig.done("dpip -6 ipset add six 2001:db8::1");
        refuses(ErrorCode.INVALID_ARGUMENT, "dpip -4 ipset add six 2001:db8::2", "of IPv6, not");
        refuses(ErrorCode.INVALID_ARGUMENT, "dpip ipset add six 192.0.2.1", "192.0.2.1", "IPv6");
        rig.done("dpip -6 ipset del six 2001:db8::1");
    }

    /// All or none, and the line is named.
    @Test
    void aRestoreWithAWrongLineChangesNothing() {
        String input =
                """
                # sets of the edge
                create bots hash:net
                dpip ipset add bots 198.51.100.0/24

                add bots 198.51.100.0/33
                """;
        CommandRig.Result result = rig.run("dpip ipset restore", input);

        assertThat(result.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
        assertThat(result.err()).contains("line 5", "198.51.100.0/33", "nothing was changed");
        assertThat(rig.done("dpip ipset show")).isEmpty();
        assertThat(List.of(rig.run("dpip ipset restore", "").status())).containsExactly(0);
    }
}
