// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.TableShare;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.QuotedWord;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Limits of services and servers go through all grammars.
final class LimitCommandsTest {
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final String WEB = CommandRig.WEB;

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private VirtualService web() {
        return rig.control().desired().services().values().iterator().next();
    }

    private RealServer server() {
        return web().realServers().getFirst();
    }

    @Test
    void ipvsadmHasBothThresholds() {
        rig.done("ipvsadm -e " + WEB + " -r 10.0.1.11:8080 -x 10 -y 5");
        assertThat(server().maxConnections()).isEqualTo(10);
        assertThat(server().resumeBelow()).isEqualTo(5);
        rig.done("ipvsadm -E " + WEB + " --max-connections 100 --max-per-client 7");
        assertThat(web().policy().limits()).isEqualTo(new ServiceLimits(100, 7, 0));

        assertThat(rig.done("ipvsadm -L --thresholds"))
                .contains("  -> 10.0.1.11:8080               10         5          0          0 ");
        assertThat(rig.done("ipvsadm -L"))
                .contains("TCP  192.0.2.80:80 rr max-connections 100 max-per-client 7\n")
                .contains(" FullNat 1      0          0          u-threshold 10 l-threshold 5\n");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved)
                .contains("-A -t 192.0.2.80:80 -s rr --max-connections 100 --max-per-client 7\n")
                .contains("-a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 1 -x 10 -y 5\n");
        VirtualService limited = web();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web()).isEqualTo(limited);

        rig.done("ipvsadm -e " + WEB + " -r 10.0.1.11:8080 -w 3");
        assertThat(server().maxConnections()).as("an edit that does not say it").isEqualTo(10);
        rig.done("ipvsadm -e " + WEB + " -r 10.0.1.11:8080 --u-threshold 0 --l-threshold 0");
        assertThat(server().maxConnections()).isZero();
    }

    @Test
    void plainVerbsSetAndShowThem() {
        rig.done("service edit " + SERVICE + " --max-per-network 50");
        rig.done("server edit " + SERVICE + " 10.0.1.11:8080 --max-connections 9 -y 9");
        assertThat(web().policy().limits()).isEqualTo(new ServiceLimits(0, 0, 50));
        assertThat(server().resumeBelow()).isEqualTo(9);
        assertThat(rig.done("service show " + SERVICE)).contains("max-per-network 50");
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains(
                        "\"maxPerNetwork\" : 50", "\"maxConnections\" : 9", "\"resumeBelow\" : 9");
    }

    @Test
    void halfOpenOnesGoThroughAllOfThem() {
        rig.done("ipvsadm -E " + WEB + " --max-half-open 5000");
        assertThat(web().policy().limits().halfOpen()).isEqualTo(5000);
        assertThat(rig.done("ipvsadm -L")).contains("TCP  192.0.2.80:80 rr max-half-open 5000\n");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains("-A -t 192.0.2.80:80 -s rr --max-half-open 5000\n");
        VirtualService limited = web();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web()).isEqualTo(limited);

        rig.done("service edit " + SERVICE + " --max-half-open 0");
        assertThat(web().policy().limits()).isEqualTo(ServiceLimits.NONE);
        rig.done("service edit " + SERVICE + " --max-half-open 7");
        assertThat(rig.done("service show " + SERVICE)).contains("max-half-open 7");
        assertThat(rig.done("service show " + SERVICE + " --json")).contains("\"maxHalfOpen\" : 7");
    }

    @Test
    void ratesGoThroughAllOfThem() {
        rig.done("ipvsadm -E " + WEB + " --max-rate 1000,50 --max-rate-per-network 0.5");
        assertThat(web().policy().limits())
                .isEqualTo(
                        ServiceLimits.NONE
                                .withRate(Optional.of(new ConnectionRate(1_000_000, 50)))
                                .withRatePerNetwork(Optional.of(ConnectionRate.of(500))));
        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains(" --max-rate 1000,50 --max-rate-per-network 0.5\n");
        VirtualService limited = web();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web()).isEqualTo(limited);
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains("\"maxRate\" : \"1000,50\"", "\"maxRatePerNetwork\" : \"0.5\"");
        rig.done("service edit " + SERVICE + " --max-rate none --max-rate-per-network none");
        assertThat(web().policy().limits()).isEqualTo(ServiceLimits.NONE);
        CommandRig.Result result =
                rig.run(QuotedWord.split("service edit " + SERVICE + " --max-rate 1/s"), "");
        assertThat(result.err())
                .contains("\"1/s\" is no rate: connections a second and, if it is to differ, the");
    }

    @Test
    void trafficGoesThroughAllOfThem() {
        rig.done(
                "ipvsadm -E "
                        + WEB
                        + " --max-packets 100000,64 --max-bandwidth 2.5G --limit-proportion 75 --table-share 50,10");
        assertThat(web().policy().limits())
                .isEqualTo(
                        ServiceLimits.NONE
                                .withPackets(
                                        Optional.of(new TrafficLimit(Unit.PACKETS, 100_000, 64)))
                                .withBandwidth(
                                        Optional.of(TrafficLimit.of(Unit.BITS, 2_500_000_000L)))
                                .withProportion(75)
                                .withTableShare(new TableShare(50, 10)));
        String saved = rig.done("ipvsadm -S");
        assertThat(saved)
                .contains(
                        " --max-packets 100k,64 --max-bandwidth 2500M --limit-proportion 75 --table-share 50,10\n");
        VirtualService limited = web();
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(web()).isEqualTo(limited);
        assertThat(rig.done("service show " + SERVICE + " --json"))
                .contains(
                        "\"maxPackets\" : \"100k,64\"",
                        "\"maxBandwidth\" : \"2500M\"",
                        "\"tableShare\" : \"50,10\"");
        rig.done(
                "service edit "
                        + SERVICE
                        + " --max-packets none --max-bandwidth none --limit-proportion 100 --table-share 100");
        assertThat(web().policy().limits()).isEqualTo(ServiceLimits.NONE);
        CommandRig.Result result =
                rig.run(QuotedWord.split("service edit " + SERVICE + " --max-bandwidth 10m"), "");
        assertThat(result.err()).contains("\"10m\" is no limit: bits a second and");
    }

    @Test
    void aThresholdThatCannotBeReachedIsRefused() {
        String line = "ipvsadm -e " + WEB + " -r 10.0.1.11:8080 -x 5 -y 6";
        CommandRig.Result result = rig.run(QuotedWord.split(line), "");
        assertThat(result.err())
                .contains(
                        "resume-below 6 of real server 10.0.1.11:8080 of TCP 192.0.2.80:80 is more"
                                + " than its max-connections, 5; give it at most that, or 0");
        assertThat(result.status()).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
        assertThat(server().maxConnections()).as("nothing is half applied").isZero();
    }
}
