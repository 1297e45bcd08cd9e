// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Command lines that end connections, and say how many.
class EndConnectionsCommandsTest {
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final int INVALID = 2;
    private static final int NO_REAL_SERVER = 12;
    private static final int NO_LOCAL_ADDRESS = 14;
    private static final int NO_CONNECTION = 19;

    private final CommandRig rig = CommandRig.withService();

    @BeforeEach
    void connect() {
        rig.connect(40_001);
        rig.connect(40_002);
        rig.connect(40_003);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void assertLeft(int connections) {
        assertThat(rig.done("ipvsadm -L -c").lines()).hasSize(connections);
    }

    @ParameterizedTest
    @CsvSource({
        "tcp 192.0.2.80:80, 3",
        "--server 10.0.1.11:8080, 3",
        "--server 10.0.1.11, 3",
        "--client 192.0.2.7, 3",
        "--client 192.0.2.0/24, 3",
        "--local 10.0.1.100, 3",
        "--all, 3",
        "tcp 192.0.2.80:80 --server 10.0.1.11:8080 --client 192.0.2.0/28 --local 10.0.1.100, 3",
        "--tuple tcp:192.0.2.7:40002:192.0.2.80:80, 1",
        "--tuple tcp:192.0.2.80:80:192.0.2.7:40002, 1",
        "tcp 192.0.2.80:443, 0",
        "udp 192.0.2.80:80, 0",
        "--server 10.0.1.12, 0",
        "--server 10.0.1.11:8081, 0",
        "--client 192.0.2.8, 0",
        "--local 10.0.1.101, 0",
        "tcp 192.0.2.80:80 --client 192.0.2.8, 0"
    })
    void thoseThatAreMeantEnd(String words, int count) {
        assertThat(rig.done("connection remove " + words))
                .isEqualTo(count == 1 ? "1 connection ended\n" : count + " connections ended\n");
        assertLeft(3 - count);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp 192.0.2.80:80",
                "--server 10.0.1.11:8080",
                "--client 192.0.2.0/24",
                "--local 10.0.1.100"
            })
    void aListTakesTheSameWords(String words) {
        assertThat(rig.done("connection list " + words).lines()).hasSize(3);
        assertThat(
                        rig.done("connection list " + words + " --worker 1").lines().count()
                                + rig.done("connection list " + words + " --worker 0")
                                        .lines()
                                        .count())
                .isEqualTo(3);
    }

    @Test
    void aTupleThatIsNotThereIsAnError() {
        CommandRig.Result result =
                rig.run("connection remove --tuple tcp:192.0.2.7:40009:192.0.2.80:80");

        assertThat(result.status()).isEqualTo(NO_CONNECTION);
        assertThat(result.err()).contains("192.0.2.7:40009");
        assertThat(result.out()).isEmpty();
        assertLeft(3);
    }

    @ParameterizedTest
    @CsvSource({
        "'', --server",
        "--all --client 192.0.2.7, --all",
        "--server 10.0.1.11:0, 10.0.1.11",
        "--server 10.0.1.300, 10.0.1.300",
        "--client 192.0.2.7/33, 33",
        "--local nowhere, nowhere",
        "--tuple tcp:192.0.2.7:40009, tcp:192.0.2.7:40009",
        "tcp, two words"
    })
    void whatSaysNotWhichIsRefused(String words, String named) {
        rig.refused(INVALID, ("connection remove " + words).trim(), named);
        assertLeft(3);
    }

    @Test
    void aServersConnectionsGoOnOrEndWithIt() {
        rig.done("server remove " + SERVICE + " 10.0.1.11:8080");
        assertLeft(3);
        rig.refused(
                NO_REAL_SERVER, "server remove " + SERVICE + " 10.0.1.11:8080", "10.0.1.11:8080");

        assertThat(rig.done("server remove " + SERVICE + " 10.0.1.11:8080 --end-connections"))
                .isEqualTo("3 connections ended\n");
        assertLeft(0);
    }

    @Test
    void aServicesConnectionsGoOnOrEndWithIt() {
        rig.done("service remove " + SERVICE);
        assertLeft(3);
        rig.done("service add " + SERVICE);

        assertThat(rig.done("service remove " + SERVICE + " --end-connections"))
                .isEqualTo("3 connections ended\n");
        assertLeft(0);
    }

    /// With the policy, whatever removes the server ends its connections.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "server remove tcp 192.0.2.80:80 10.0.1.11:8080",
                "ipvsadm -d -t 192.0.2.80:80 -r 10.0.1.11:8080",
                "service remove tcp 192.0.2.80:80",
                "ipvsadm -D -t 192.0.2.80:80",
                "ipvsadm -C"
            })
    void aServicesPolicyEndsTheConnectionsOfWhatIsRemoved(String line) {
        rig.done("service edit " + SERVICE + " --removal end");
        assertLeft(3);

        rig.done(line);

        assertLeft(0);
    }

    @Test
    void thePolicyIsShownSavedAndTakenBack() {
        rig.done("ipvsadm -E -t 192.0.2.80:80 --removal end");
        assertThat(rig.done("ipvsadm -Ln")).contains("192.0.2.80:80 rr removal end\n");
        assertThat(rig.done("ipvsadm -S")).contains("-s rr --removal end\n");
        assertThat(rig.done("service list --json")).contains("\"removal\" : \"end\"");
        rig.done("service edit " + SERVICE + " --scheduler wrr --refusal drop");
        assertThat(rig.done("ipvsadm -S")).contains("-s wrr --refusal drop --removal end\n");

        rig.done("service edit " + SERVICE + " --removal drain");
        rig.done("server remove " + SERVICE + " 10.0.1.11:8080");

        assertLeft(3);
        String wrong = "\"END\" is neither drain nor end";
        rig.refused(INVALID, "service edit " + SERVICE + " --removal END", wrong);
        rig.refused(INVALID, "ipvsadm -E -t 192.0.2.80:80 --removal END", wrong);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "laddr remove tcp 192.0.2.80:80 10.0.1.100 --force",
                "laddr flush tcp 192.0.2.80:80 --force",
                "ipvsadm --del-laddr -z 10.0.1.100 -t 192.0.2.80:80 -F lan --force",
                "ipvsadm --flush-laddr -t 192.0.2.80:80 --force"
            })
    void aLocalAddressThatDrainsIsEndedByForce(String line) {
        rig.done("laddr remove " + SERVICE + " 10.0.1.100");
        rig.refused(
                NO_LOCAL_ADDRESS,
                "laddr remove " + SERVICE + " 10.0.1.100",
                "10.0.1.100",
                "drains",
                "force");
        assertLeft(3);

        assertThat(rig.done(line))
                .isEqualTo(line.startsWith("ipvsadm") ? "" : "3 connections ended\n");

        assertLeft(0);
        rig.assertGone("10.0.1.100");
    }
}
