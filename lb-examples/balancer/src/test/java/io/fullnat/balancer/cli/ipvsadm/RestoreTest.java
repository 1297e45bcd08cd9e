// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import static io.fullnat.balancer.cli.CommandRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.cli.CommandRig;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `ipvsadm -S` and `-R`: what is saved makes the same state again, and a restore is one
/// transaction.
final class RestoreTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aSavedStateIsRestoredWhole(long seed) {
        try (CommandRig source = CommandRig.open();
                CommandRig target = CommandRig.open()) {
            source.done("ipvsadm -R", String.join("\n", randomState(Seed.generator(seed))));
            String saved = source.done("ipvsadm -S");
            assertThat(saved.lines()).as("seed " + seed).hasSizeGreaterThan(20);

            target.done("ipvsadm -R", saved);

            assertThat(target.control().desired().services())
                    .as("seed " + seed)
                    .isEqualTo(source.control().desired().services());
            assertThat(target.done("ipvsadm -S")).isEqualTo(saved);
        }
    }

    private static List<String> randomState(RandomGenerator random) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            String service =
                    (random.nextBoolean() ? "-t" : "-u") + " 192.0.2.8" + i + ":" + (80 + i);
            String timeout =
                    random.nextBoolean() ? "" : " --conn-timeout " + (1 + random.nextInt(900));
            String scheduler =
                    List.of(
                                    "rr",
                                    "lc",
                                    "mh --scheduler-options fallback=no,prefix=24",
                                    "conhash --scheduler-options bound=150")
                            .get(random.nextInt(4));
            String refusal = random.nextBoolean() ? "" : " --refusal drop";
            String removal = random.nextBoolean() ? "" : " --removal end";
            lines.add("-A " + service + " -s " + scheduler + timeout + refusal + removal);
            for (int host : hosts(random)) {
                lines.add(
                        "-a "
                                + service
                                + " -r 10.0.1."
                                + host
                                + ":8080 -w "
                                + random.nextInt(65536));
            }
            for (int host : hosts(random)) {
                lines.add("-P -z 10.0.2." + host + " " + service + " -F lan");
            }
            for (int host : hosts(random)) {
                lines.add("-U " + service + " -k 203.0.113." + host);
                lines.add(
                        "-O " + service + " -2 198." + host + ".0.0/" + (16 + random.nextInt(17)));
            }
        }
        return lines;
    }

    /// Some numbers, none twice, in no order.
    private static List<Integer> hosts(RandomGenerator random) {
        return random.ints(1, 255).distinct().limit(random.nextInt(4)).boxed().toList();
    }

    /// A beginning of right lines may be refused for what later ones bring, and is not to blame.
    @Test
    void theLineThatIsWrongIsNamedThoughABeginningLacksSomething() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("dpip addr add 192.0.2.81/32 dev wan");
            rig.done("dpip addr add 192.0.2.83/32 dev wan");
            String lines =
                    """
                    -A -t 192.0.2.81:80
                    -a -t 192.0.2.81:80 -r 10.0.1.11:80 -b
                    -a -t 192.0.2.81:80 -r [2001:db8:1::11]:80 -b
                    -P -z 10.0.1.100 -t 192.0.2.81:80 -F lan
                    -P -z 2001:db8:1::100 -t 192.0.2.81:80 -F lan
                    -A -t 192.0.2.83:80
                    -A -t 192.0.2.83:8080
                    """;
            String wrong = "-P -z 10.0.1.101 -t 192.0.2.83:80 -F dmz\n";
            assertThat(rig.run("ipvsadm -R", lines + wrong).err())
                    .startsWith("ipvsadm: line 8: ")
                    .contains("dmz");
            assertThat(rig.control().desired().services()).isEmpty();
            rig.done("ipvsadm -R", lines);
        }
    }

    @Test
    void linesSeeWhatThoseBeforeThemDid() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done(
                    "ipvsadm -R",
                    """
                    # comments, and empty lines, are passed over

                    -A -t 192.0.2.80:80 -s rr --conn-timeout 60
                    -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -w 5
                    -a -t 192.0.2.80:80 -r 10.0.1.12:8080 -w 6
                    -e -t 192.0.2.80:80 -r 10.0.1.12:8080 -w 7
                    -e -t 192.0.2.80:80 -r 10.0.1.11:8080
                    -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan
                    -P -z 10.0.1.101 -t 192.0.2.80:80 -F lan
                    -Q -z 10.0.1.100 -t 192.0.2.80:80 -F lan
                    -E -t 192.0.2.80:80 -s wrr
                    -U -t 192.0.2.80:80 -k 203.0.113.1
                    -V -t 192.0.2.80:80 -k 203.0.113.1
                    -d -t 192.0.2.80:80 -r 10.0.1.12:8080
                    -A -u 192.0.2.80:53
                    -D -u 192.0.2.80:53
                    -Z
                    """);

            assertThat(rig.done("ipvsadm -S"))
                    .isEqualTo(
                            """
                            -A -t 192.0.2.80:80 -s wrr --conn-timeout 60
                            -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 5
                            -P -z 10.0.1.101 -t 192.0.2.80:80 -F lan
                            """);
        }
    }

    @Test
    void aRestoreThatBeginsWithClearReplacesEverything() {
        try (CommandRig rig = CommandRig.withService()) {
            String saved = rig.done("ipvsadm -S");
            rig.done("ipvsadm -A -u 192.0.2.80:53");

            rig.done("ipvsadm -R", "-C\n" + saved);

            assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-D -t 192.0.2.99:80                           | NO_SERVICE",
                "-E -t 192.0.2.99:80                           | NO_SERVICE",
                "-A -t 192.0.2.80:80                           | SERVICE_EXISTS",
                "-A -t 192.0.2.82:80 -s none                   | NO_SCHEDULER",
                "-a -t 192.0.2.81:80 -r 10.0.1.11:80           | REAL_SERVER_EXISTS",
                "-e -t 192.0.2.81:80 -r 10.0.1.12:80           | NO_REAL_SERVER",
                "-d -t 192.0.2.81:80 -r 10.0.1.12:80           | NO_REAL_SERVER",
                "-P -z 10.0.1.100 -t 192.0.2.81:80 -F dmz      | NO_PORT",
                "-P -z 10.0.1.100 -t 192.0.2.80:80 -F lan      | LOCAL_ADDRESS_EXISTS",
                "-Q -z 10.0.1.100 -t 192.0.2.80:80 -F wan      | NO_LOCAL_ADDRESS",
                "-V -t 192.0.2.80:80 -k 203.0.113.1            | NO_ACCESS_RULE",
                "-A -t 192.0.2.82:80 -w 5                      | INVALID_ARGUMENT",
                "-A -t 192.0.2.82:80 --quic                    | INVALID_ARGUMENT",
                "-L                                            | INVALID_ARGUMENT",
                "-R                                            | INVALID_ARGUMENT",
                "hello                                         | INVALID_ARGUMENT"
            })
    void theFirstWrongLineIsNamedAndNothingIsChanged(String wrong, ErrorCode code) {
        try (CommandRig rig = CommandRig.withService()) {
            DesiredState before = rig.control().desired();

            CommandRig.Result result =
                    rig.run(
                            "ipvsadm -R",
                            """
                            -A -t 192.0.2.81:80
                            # the wrong one is the fourth
                            -a -t 192.0.2.81:80 -r 10.0.1.11:80
                            """
                                    + wrong
                                    + "\n-A -t 192.0.2.83:80\n-Z\n");

            assertThat(result.err())
                    .startsWith("ipvsadm: line 4: ")
                    .contains("nothing was changed");
            assertThat(result.status()).isEqualTo(code.exitStatus());
            assertThat(rig.control().desired()).isEqualTo(before);
        }
    }

    @Test
    void editsKeepWhatIsNotGiven() {
        try (CommandRig rig = CommandRig.open()) {
            rig.done("ipvsadm -A " + WEB + " -s wrr --conn-timeout 60");
            rig.done("ipvsadm -a " + WEB + " -r 10.0.1.11:80 -w 9");

            rig.done("ipvsadm -E " + WEB + " -s rr");
            rig.done("ipvsadm -e " + WEB + " -r 10.0.1.11:80 -b");
            assertThat(rig.done("ipvsadm -S"))
                    .contains("-s rr --conn-timeout 60", "-r 10.0.1.11:80 -b -w 9");

            rig.done("ipvsadm -E " + WEB + " --conn-timeout 0");
            assertThat(rig.done("ipvsadm -S")).contains("-s rr\n");
        }
    }
}
