// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.text.JavaText;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Random and mutated command lines: each ends cleanly, and a failed one has changed nothing.
final class CommandFuzzTest {
    private static final long SEED = 20_261_125;

    private static final List<String> SEEDS =
            List.of(
                    "ipvsadm -A -t 192.0.2.80:80 -s rr --conn-timeout 60",
                    "ipvsadm -E -u 192.0.2.80:53 -s wrr",
                    "ipvsadm -D -t 192.0.2.80:80",
                    "ipvsadm -C",
                    "ipvsadm -R",
                    "ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 5",
                    "ipvsadm -e -t 192.0.2.80:80 -r 10.0.1.11:8080 -w 0",
                    "ipvsadm -d -t 192.0.2.80:80 -r 10.0.1.11:8080",
                    "ipvsadm -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan",
                    "ipvsadm -Q -z 10.0.1.100 -t 192.0.2.80:80 -F lan --force",
                    "ipvsadm --flush-laddr -t 192.0.2.80:80",
                    "ipvsadm -G -t 192.0.2.80:80 --cpu 1",
                    "ipvsadm -L -t 192.0.2.80:80 --stats --cpu 1",
                    "ipvsadm -L --rate --cpu 2 --json",
                    "ipvsadm -U -t 192.0.2.80:80 -k 203.0.113.0/24",
                    "ipvsadm -Y -t 192.0.2.80:80 -2 203.0.113.9",
                    "ipvsadm -Ln --stats --exact",
                    "ipvsadm -Lc --sockpair tcp:192.0.2.7:1:192.0.2.80:80 --json",
                    "ipvsadm -Z -u 192.0.2.80:53",
                    "ipvsadm -Sn",
                    "dpip addr add 10.0.7.1/24 dev lan",
                    "dpip addr del 10.0.7.1/24 dev lan",
                    "dpip addr show dev lan -s -j",
                    "dpip addr flush dev wan",
                    "dpip route add default via 192.0.2.254 dev wan",
                    "dpip route del 0.0.0.0/0 dev wan",
                    "dpip -s link show wan",
                    "dpip neigh add 10.0.1.13 lladdr 02:00:00:00:00:53 dev lan",
                    "dpip neigh del 10.0.1.13 dev lan",
                    "dpip vlan add link wan id 5",
                    "ipvsadm -A -6 -t [2001:db8::80]:80 -s rr",
                    "ipvsadm -a -t 192.0.2.80:80 -r [2001:db8:1::11]:8080 -b",
                    "ipvsadm -P -z 2001:db8:1::100 -t 192.0.2.80:80 -F lan",
                    "ipvsadm -U -t [2001:db8::80]:80 -k 2001:db8:bad::/48",
                    "ipvsadm -Lc --sockpair tcp:[2001:db8::7]:1:[2001:db8::80]:80",
                    "dpip -6 addr add 2001:db8:1::1/64 dev lan",
                    "dpip -6 route add default via fe80::1 dev wan",
                    "dpip -f inet6 route show dev lan",
                    "dpip neigh add 2001:db8:1::d lladdr 02:00:00:00:00:53 dev lan",
                    "route add ::/0 wan --via fe80::1",
                    "connection list --client ::/0 --server [2001:db8::11]",
                    "service add tcp 192.0.2.80:80 --scheduler wlc --timeout 9",
                    "service list --json",
                    "server add udp 192.0.2.80:53 10.0.1.12:53 --weight 7",
                    "laddr remove tcp 192.0.2.80:80 10.0.1.100 --force",
                    "deny add tcp 192.0.2.80:80 203.0.113.0/24",
                    "connection list --tuple tcp:192.0.2.7:1:192.0.2.80:80",
                    "address add 10.0.8.1/24 lan.7",
                    "route add 10.9.0.0/16 lan --via 10.0.1.254",
                    "neighbour remove 10.0.1.13 lan",
                    "counters --worker 1",
                    "completion bash");

    private static final List<String> WORDS =
            List.of(
                    "-A",
                    "-E",
                    "-a",
                    "-t",
                    "-u",
                    "-r",
                    "-z",
                    "-F",
                    "-k",
                    "-2",
                    "-w",
                    "-s",
                    "-Ln",
                    "-p",
                    "-f",
                    "-H",
                    "--json",
                    "--force",
                    "--cpu",
                    "--help",
                    "-h",
                    "-v",
                    "--",
                    "-",
                    "",
                    "=",
                    "-t=",
                    "--weight=",
                    "dev",
                    "via",
                    "lladdr",
                    "default",
                    "lan",
                    "wan",
                    "dmz",
                    "lan.4095",
                    "lan.-1",
                    "rr",
                    "0",
                    "-1",
                    "65536",
                    "4294967296",
                    "99999999999999999999",
                    "192.0.2.80:80",
                    "192.0.2.80",
                    "::1",
                    "[::1]:80",
                    "0.0.0.0/0",
                    "255.255.255.255",
                    "10.0.1.100",
                    "10.0.1.11:8080",
                    "tcp",
                    "udp",
                    "\u0000",
                    "%s%n",
                    "${sys:user.home}",
                    "@/etc/passwd",
                    "\u00e9\ud83d\ude00",
                    "'",
                    "\"",
                    "\n",
                    "\u001b[2J",
                    "\u009b31m",
                    "\u202e",
                    "\u2028",
                    "a b",
                    "help");

    private int accepted;
    private int refused;

    @Test
    void lineByLineIpvsadmAndDpip() {
        fuzz(200_000, SEEDS.subList(0, 28));
    }

    @Test
    void lineByLinePlainVerbs() {
        fuzz(6_000, SEEDS.subList(28, SEEDS.size()));
    }

    private void fuzz(int count, List<String> seeds) {
        RandomGenerator random = Seed.generator();
        CommandRig rig = CommandRig.withService();
        try {
            for (int i = 0; i < count; i++) {
                if (i % 20_000 == 19_999) {
                    rig.close();
                    rig = CommandRig.withService();
                }
                check(rig, line(random, seeds), "seed " + SEED + " line " + i + ": ");
            }
        } finally {
            rig.close();
        }
        assertThat(accepted).as("lines accepted").isGreaterThan(count / 50);
        assertThat(refused).as("lines refused").isGreaterThan(count / 4);
    }

    private void check(CommandRig rig, List<String> line, String name) {
        DesiredState before = rig.control().desired();
        CommandRig.Result result = rig.run(line, "-A -t 192.0.2.85:85\n-a " + line + "\n");
        if (result.status() == 0) {
            accepted++;
            assertThat(result.err()).as(name + line).isEmpty();
        } else {
            refused++;
            assertThat(result.status()).as(name + line).isBetween(1, 69);
            assertThat(result.err()).as(name + line).isNotBlank().contains(": ");
            assertThat(JavaText.in(result.err())).as(name + line).isEmpty();
            assertThat(rig.control().desired()).as(name + line).isEqualTo(before);
        }
    }

    private static List<String> line(RandomGenerator random, List<String> seeds) {
        String seed = seeds.get(random.nextInt(seeds.size()));
        List<String> words = new ArrayList<>(List.of(seed.split(" ", -1)));
        for (int mutations = random.nextInt(4); mutations > 0; mutations--) {
            mutate(random, words);
        }
        return words;
    }

    /// Changes a word other than the first, which only says who reads the rest.
    private static void mutate(RandomGenerator random, List<String> words) {
        int place = 1 + random.nextInt(words.size());
        String word = WORDS.get(random.nextInt(WORDS.size()));
        if (place == words.size()) {
            words.add(word);
            return;
        }
        switch (random.nextInt(5)) {
            case 0 -> words.remove(place);
            case 1 -> words.set(place, word);
            case 2 -> words.add(place, word);
            case 3 -> words.add(words.get(place));
            default -> words.set(place, mutated(random, words.get(place)));
        }
    }

    private static String mutated(RandomGenerator random, String word) {
        if (word.isEmpty()) {
            return "-";
        }
        StringBuilder letters = new StringBuilder(word);
        int place = random.nextInt(word.length());
        if (random.nextBoolean()) {
            letters.deleteCharAt(place);
        } else {
            letters.setCharAt(place, (char) (' ' + random.nextInt(95)));
        }
        return letters.toString();
    }
}
