// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static io.fullnat.balancer.cli.CommandRig.LOCAL;
import static io.fullnat.balancer.cli.CommandRig.TLS;
import static io.fullnat.balancer.cli.CommandRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How local addresses live, told by command lines: what a control plane must show so that no
/// interface address is left behind, taken away too early, or out of step with its service.
final class LocalAddressCommandsTest {
    private static final int NO_SERVICE = ErrorCode.NO_SERVICE.exitStatus();
    private static final int NO_LOCAL_ADDRESS = ErrorCode.NO_LOCAL_ADDRESS.exitStatus();
    private static final int LOCAL_ADDRESS_EXISTS = ErrorCode.LOCAL_ADDRESS_EXISTS.exitStatus();
    private static final int NO_PORT = ErrorCode.NO_PORT.exitStatus();
    private static final int ADDRESS_IN_USE = ErrorCode.ADDRESS_IN_USE.exitStatus();
    private static final int INVALID = ErrorCode.INVALID_ARGUMENT.exitStatus();
    private static final int UNSUPPORTED = ErrorCode.UNSUPPORTED.exitStatus();
    private static final String ADD = "ipvsadm -P -z 10.0.1.100 " + WEB + " -F lan";
    private static final String REMOVE = "ipvsadm -Q -z 10.0.1.100 " + WEB + " -F lan";

    private final CommandRig rig = CommandRig.open();

    @AfterEach
    void close() {
        rig.close();
    }

    private void addService() {
        rig.done("ipvsadm -A " + WEB + " -s rr");
        rig.done("ipvsadm -a " + WEB + " -r 10.0.1.11:8080");
    }

    private String addresses() {
        return rig.done("dpip addr show dev lan -s");
    }

    private static String row(String address, int connections) {
        return String.format("%30s%-20s %-10s %-10s", "", address, 0, connections);
    }

    @Test
    void l01_addShowsTheAddressWithNoConnectionAndAPortPool() {
        addService();

        assertThat(rig.done(ADD)).isEmpty();

        assertThat(rig.done("ipvsadm -G " + WEB).lines()).contains(row(LOCAL, 0));
        assertThat(addresses()).contains("10.0.1.100/32").containsPattern("sa_used 0 sa_free \\d+");
        assertThat(rig.answersFor(LOCAL)).isTrue();
    }

    @Test
    void l02_addOfADuplicateIsRefusedAndChangesNothing() {
        addService();
        rig.done(ADD);

        rig.refused(LOCAL_ADDRESS_EXISTS, ADD, LOCAL, "TCP 192.0.2.80:80", "already exists");
        rig.refused(
                LOCAL_ADDRESS_EXISTS, ADD.replace("-F lan", "-F wan"), LOCAL, "TCP 192.0.2.80:80");
        assertThat(rig.answersFor(LOCAL)).isTrue();
    }

    @Test
    void l03_aFailedAddLeavesNoInterfaceAddressBehind() {
        rig.refused(NO_SERVICE, ADD, "TCP 192.0.2.80:80");
        addService();
        rig.refused(NO_PORT, ADD.replace("-F lan", "-F dmz"), "dmz", "wan", "lan");
        rig.refused(INVALID, ADD.replace(LOCAL, "10.0.1.300"), "10.0.1.300");
        rig.refused(INVALID, ADD.replace(LOCAL, "224.0.0.1"), "224.0.0.1");
        rig.refused(2, ADD.replace(LOCAL, "2001:db8:::1"), "IPv6");

        assertThat(addresses()).doesNotContain("/32");
        rig.assertGone(LOCAL);
    }

    @Test
    void l04_theInterfaceAddressGoesWithTheLastServiceThatUsesIt() {
        addService();
        rig.done("ipvsadm -A " + TLS);
        rig.done(ADD);
        rig.done("ipvsadm -P -z 10.0.1.100 " + TLS + " -F lan");

        rig.done(REMOVE);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        rig.done("ipvsadm -Q -z 10.0.1.100 " + TLS + " -F lan");
        rig.assertGone(LOCAL);
        assertThat(addresses()).doesNotContain(LOCAL);
    }

    @Test
    void l04_anAddressThatWasAddedAsSuchStaysWithoutServices() {
        addService();
        rig.done("dpip addr add 10.0.1.100/32 dev lan");
        rig.done(ADD);

        rig.done(REMOVE);

        assertThat(rig.answersFor(LOCAL)).isTrue();
        assertThat(addresses()).contains(LOCAL).doesNotContain("sa_used");
    }

    @Test
    void l05_removalOfWhatIsMissingNamesItAndTouchesNoInterface() {
        rig.refused(NO_SERVICE, REMOVE, "TCP 192.0.2.80:80");
        addService();
        rig.done("ipvsadm -P -z 10.0.1.101 " + WEB + " -F lan");

        rig.refused(NO_LOCAL_ADDRESS, REMOVE, LOCAL, "TCP 192.0.2.80:80", "10.0.1.101");
        rig.refused(
                NO_LOCAL_ADDRESS, "ipvsadm -Q -z 10.0.1.1 " + WEB + " -F lan", "10.0.1.1 is not");
        assertThat(rig.answersFor("10.0.1.1")).isTrue();
    }

    @Test
    void l05_removalFromTheWrongDeviceIsRefused() {
        addService();
        rig.done(ADD);

        rig.refused(NO_LOCAL_ADDRESS, REMOVE.replace("-F lan", "-F wan"), LOCAL, "lan", "wan");
        rig.refused(NO_PORT, REMOVE.replace("-F lan", "-F dmz"), "dmz");
        assertThat(rig.answersFor(LOCAL)).isTrue();
    }

    @Test
    void l06_eachClassOfErrorHasItsOwnStatus() {
        rig.refused(10, ADD);
        addService();
        rig.refused(14, REMOVE);
        rig.refused(20, ADD.replace("-F lan", "-F dmz"));
        rig.done(ADD);
        rig.refused(15, ADD);
        rig.refused(2, "ipvsadm -P " + WEB + " -F lan");
        rig.refused(3, ADD.replace("-t ", "--sctp-service "));
    }

    @Test
    void l07_aRestoreThatFailsHalfWayAddsNoHalf() {
        addService();
        CommandRig.Result result =
                rig.run(
                        "ipvsadm -R",
                        "-P -z 10.0.1.100 "
                                + WEB
                                + " -F lan\n-P -z 10.0.1.101 "
                                + WEB
                                + " -F dmz\n");

        assertThat(result.status()).isEqualTo(NO_PORT);
        assertThat(result.err()).contains("line 2", "dmz");
        rig.assertGone(LOCAL);
        assertThat(rig.done("ipvsadm -G " + WEB)).doesNotContain(LOCAL);
    }

    @Test
    void l08_malformedLinesAreRefusedBeforeAnyBalancerSeesThem() {
        rig.refused(INVALID, "ipvsadm -P -z", "-z", "value");
        rig.refused(INVALID, ADD + " -z 10.0.1.101", "-z", "twice");
        rig.refused(INVALID, ADD.replace(" -F lan", ""), "-F");
        rig.refused(INVALID, ADD.replace(":80", ":00"), "port 0");
        rig.refused(INVALID, ADD.replace(":80", ":65536"), "65536");
        rig.refused(INVALID, ADD.replace("192.0.2.80", "web.example"), "web.example");
    }

    @Test
    void l09_aRemovedAddressDrainsUntilItsLastConnectionEnds() {
        addService();
        rig.done(ADD);
        rig.connect(40001);

        rig.done(REMOVE);

        assertThat(rig.done("ipvsadm -G " + WEB).lines())
                .contains("192.0.2.80:80        0        ", row(LOCAL, 1) + " draining");
        assertThat(addresses()).containsPattern("sa_used 1 .* draining");
        assertThat(rig.answersFor(LOCAL)).isTrue();
        assertThat(rig.tryToConnect(40002)).isEmpty();

        rig.pass(Duration.ofSeconds(32));
        assertThat(rig.done("ipvsadm -G " + WEB)).doesNotContain(LOCAL);
        rig.assertGone(LOCAL);
    }

    @Test
    void l09_addedAgainWhileItDrainsItIsAsBefore() {
        addService();
        rig.done(ADD);
        rig.connect(40001);
        rig.done(REMOVE);

        rig.done(ADD);

        assertThat(rig.done("ipvsadm -G " + WEB).lines()).contains(row(LOCAL, 1));
        rig.connect(40002);
        assertThat(rig.done("ipvsadm -G " + WEB).lines()).contains(row(LOCAL, 2));
    }

    @Test
    void l09_forceEndsTheConnectionsAtOnce() {
        addService();
        rig.done(ADD);
        rig.connect(40001);

        rig.done(REMOVE + " --force");

        assertThat(rig.done("ipvsadm -L -c")).isEmpty();
        assertThat(rig.done("ipvsadm -G " + WEB)).doesNotContain(LOCAL);
        rig.assertGone(LOCAL);
    }

    @Test
    void l10_getListsAllServicesAndRefusesAnUnknownOne() {
        addService();
        rig.done("ipvsadm -A " + TLS);
        rig.done(ADD);

        assertThat(rig.done("ipvsadm -G")).contains("192.0.2.80:80 ", "192.0.2.80:443 ");
        rig.refused(NO_SERVICE, "ipvsadm -G -t 192.0.2.81:80", "TCP 192.0.2.81:80");
    }

    @Test
    void l10_theWorkersTogetherHaveTheTotal() {
        addService();
        rig.done(ADD);
        for (int port = 40001; port <= 40020; port++) {
            rig.connect(port);
        }

        int sum = 0;
        for (int cpu = 1; cpu <= 2; cpu++) {
            String last =
                    rig.done("ipvsadm -G " + WEB + " --cpu " + cpu).lines().toList().getLast();
            sum += Integer.parseInt(last.strip().split(" +", -1)[2]);
        }
        assertThat(sum).isEqualTo(20);
        assertThat(rig.done("ipvsadm -G " + WEB + " --cpu 0").lines()).contains(row(LOCAL, 20));
        rig.refused(INVALID, "ipvsadm -G --cpu 3", "--cpu 3", "workers 1-2");
    }

    @Test
    void l11_flushRemovesAllOfOneServiceByTheSameRule() {
        addService();
        rig.done("ipvsadm -A " + TLS);
        rig.done(ADD);
        rig.done("ipvsadm -P -z 10.0.1.101 " + WEB + " -F lan");
        rig.done("ipvsadm -P -z 10.0.1.101 " + TLS + " -F lan");

        rig.done("ipvsadm --flush-laddr " + WEB);

        rig.assertGone(LOCAL);
        assertThat(rig.answersFor("10.0.1.101")).isTrue();
        rig.refused(NO_SERVICE, "ipvsadm --flush-laddr -t 192.0.2.81:80", "192.0.2.81:80");
    }

    @Test
    void l11_flushWithForceDrainsNothing() {
        addService();
        rig.done(ADD);
        rig.connect(40001);

        rig.done("ipvsadm --flush-laddr " + WEB + " --force");

        assertThat(rig.done("ipvsadm -L -c")).isEmpty();
        rig.assertGone(LOCAL);
    }

    @Test
    void l12_commandLinesAreStrict() {
        addService();
        rig.done(ADD);
        rig.refused(LOCAL_ADDRESS_EXISTS, "laddr add tcp 192.0.2.80:80 10.0.1.100 lan");
        rig.done("laddr remove tcp 192.0.2.80:80 10.0.1.100");
        rig.refused(NO_LOCAL_ADDRESS, "laddr remove tcp 192.0.2.80:80 10.0.1.100");
    }

    @Test
    void l13_removingServicesReleasesTheirAddresses() {
        addService();
        rig.done(ADD);
        rig.done("ipvsadm -D " + WEB);
        rig.assertGone(LOCAL);

        addService();
        rig.done(ADD);
        rig.done("ipvsadm -C");
        rig.assertGone(LOCAL);
        assertThat(addresses()).doesNotContain("/32");
    }

    @Test
    void l14_anAddressThatIsThereWithoutAPoolGetsOne() {
        addService();
        rig.done("dpip addr add 10.0.1.100/32 dev lan");
        assertThat(addresses()).doesNotContain("sa_free");

        rig.done(ADD);

        assertThat(addresses()).containsPattern("sa_free [1-9]");
        rig.connect(40001);
    }

    @Test
    void l14_anAddressOfAnotherDeviceOrAServiceIsRefused() {
        addService();
        rig.done("dpip addr add 10.0.1.100/32 dev wan");

        rig.refused(ADDRESS_IN_USE, ADD, LOCAL, "wan", "lan");
        rig.refused(
                ADDRESS_IN_USE, "ipvsadm -P -z 192.0.2.80 " + WEB + " -F lan", "virtual address");
    }

    @Test
    void l15_servicesByMatchAreRefusedByNameAndThoseByMarkAreGroups() {
        rig.refused(UNSUPPORTED, "ipvsadm -P -z 10.0.1.100 -H proto=tcp -F lan", "--match", "SNAT");
        rig.refused(NO_SERVICE, "ipvsadm -P -z 10.0.1.100 -f 5 -F lan", "no service TCP group:5");
    }

    @Test
    void l16_countsAreExactAndExhaustionIsVisible() {
        addService();
        rig.done(ADD);
        for (int port = 40001; port <= 40005; port++) {
            rig.connect(port);
        }

        assertThat(rig.done("ipvsadm -G " + WEB).lines()).contains(row(LOCAL, 5));
        assertThat(addresses()).containsPattern("sa_used 5 sa_free \\d+ sa_miss 0 sa_high 5");
    }

    @Test
    void l17_afterRemovalUnderLoadTheCountReturnsToZero() {
        addService();
        rig.done(ADD);
        for (int port = 40001; port <= 40010; port++) {
            rig.connect(port);
            rig.done(REMOVE);
            assertThat(rig.tryToConnect(50000 + port % 1000)).isEmpty();
            rig.done(ADD);
        }
        assertThat(rig.done("ipvsadm -G " + WEB).lines()).contains(row(LOCAL, 10));

        rig.pass(Duration.ofSeconds(32));

        assertThat(rig.done("ipvsadm -G " + WEB).lines()).contains(row(LOCAL, 0));
    }
}
