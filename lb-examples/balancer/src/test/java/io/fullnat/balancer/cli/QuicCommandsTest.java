// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.text.QuotedWord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Connection ids of QUIC go through all grammars; keys stand in what is read again alone.
final class QuicCommandsTest {
    private static final String SERVICE = "udp 192.0.2.80:443";
    private static final String QUIC = "-u 192.0.2.80:443";
    private static final String KEY = "8f95f09245765f80256934e50c66207f";
    private static final String CONFIGS =
            "config 0 server-id 3 nonce 4 key " + KEY + " ; config 1 server-id 1 nonce 8";

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private String done(String line) {
        return done(line, "");
    }

    private String done(String line, String input) {
        CommandRig.Result result = rig.run(QuotedWord.split(line), input);
        assertThat(result.err()).as(line).isEmpty();
        return result.out();
    }

    private void refused(String line, String why) {
        CommandRig.Result result = rig.run(QuotedWord.split(line), "");
        assertThat(result.status()).as(line).isEqualTo(ErrorCode.INVALID_ARGUMENT.exitStatus());
        assertThat(result.err()).as(line).contains(why);
    }

    private VirtualService service() {
        return rig.control().desired().services().values().stream()
                .filter(one -> one.key().protocol() == Protocol.UDP)
                .findFirst()
                .orElseThrow();
    }

    private Optional<QuicRouting> routing() {
        return service().policy().quic();
    }

    @Test
    void ipvsadmSetsListsSavesAndRestoresIt() {
        done("ipvsadm -A " + QUIC + " -s mh --quic");
        assertThat(routing()).contains(new QuicRouting.Dpvs());
        assertThat(done("ipvsadm -Ln " + QUIC)).contains("192.0.2.80:443 mh quic dpvs\n");
        done("ipvsadm -E " + QUIC + " -s mh --quic '" + CONFIGS + "'");
        done("ipvsadm -a " + QUIC + " -r 10.0.1.11:443 -b --quic-id 0A0B0C,07");
        assertThat(service().realServers().getFirst().quicIds()).containsExactly("0a0b0c", "07");

        assertThat(done("ipvsadm -Ln " + QUIC))
                .contains(
                        " mh quic 'config 0 server-id 3 nonce 4 key sha256:",
                        " ; config 1 server-id 1 nonce 8'\n",
                        " quic-id 0a0b0c,07\n")
                .doesNotContain(KEY);
        String saved = done("ipvsadm -S");
        assertThat(saved)
                .contains(
                        "-A " + QUIC + " -s mh --quic '" + CONFIGS + "'\n",
                        " --quic-id 0a0b0c,07\n");
        VirtualService before = service();
        done("ipvsadm -R", "-C\n" + saved);
        assertThat(service()).isEqualTo(before);

        refused("ipvsadm -E " + QUIC + " -s mh --quic none", "quic-id 0a0b0c of 10.0.1.11:443");
        refused(
                "ipvsadm -E " + QUIC + " -s mh --quic 'config 0 server-id 3 nonce 4'",
                "quic-id 07 of 10.0.1.11:443");
        done("ipvsadm -e " + QUIC + " -r 10.0.1.11:443 --quic-id none");
        done("ipvsadm -E " + QUIC + " -s mh --quic none");
        refused("ipvsadm -e " + QUIC + " -r 10.0.1.11:443 --quic-id 07", "no configuration");
        assertThat(routing()).isEmpty();
        refused("ipvsadm -A -t 192.0.2.80:443 --quic", "only services of UDP");
        refused("ipvsadm -E " + QUIC + " --quic --ops", "has many packets");
        refused("ipvsadm -E " + QUIC + " --quic 'config 7 server-id 1 nonce 4'", "0-6");
        refused("ipvsadm -E " + QUIC + " --quic 'config 1 server-id 9 nonce 11'", "is not 4-10");
        refused(
                "ipvsadm -e " + QUIC + " -r 10.0.1.11:443 --quic-id 0a0",
                "not 1-15 bytes in hexadecimal digits");
    }

    @Test
    void theVerbsSetAndListIt() {
        done("service add " + SERVICE + " -s mh --quic dpvs");
        assertThat(routing()).contains(new QuicRouting.Dpvs());
        done("service edit " + SERVICE + " --quic '" + CONFIGS + "'");
        done("server add " + SERVICE + " 10.0.1.11:443 --quic-id 0a0b0c");
        assertThat(routing()).isEqualTo(QuicRouting.parse(List.of(CONFIGS.split(" ; ", -1))));
        String listed = done("service list --json");
        assertThat(listed)
                .contains("\"quicId\" : \"0a0b0c\"", "config 0 server-id 3 nonce 4 key sha256:")
                .doesNotContain(KEY);
        done("server edit " + SERVICE + " 10.0.1.11:443 --quic-id none");
        assertThat(service().realServers().getFirst().quicIds()).isEmpty();
    }

    @Test
    void theSchedulerHashesIds() {
        done("ipvsadm -A " + QUIC + " -s conhash --hash-target qid");
        assertThat(service().policy().schedulerOptions()).isEqualTo(Map.of("hash", "quic"));
        done("service edit " + SERVICE + " --scheduler-options hash=quic,id-bytes=10");
        assertThat(service().policy().schedulerOptions()).containsEntry("id-bytes", "10");
        refused("service edit " + SERVICE + " --scheduler-options hash=quic,id-bytes=21", "1-20");
        refused(
                "service edit " + SERVICE + " --scheduler-options hash=source,id-bytes=8",
                "no option");
        refused(
                "service edit tcp 192.0.2.80:80 -s mh --scheduler-options hash=quic",
                "is for services of UDP");
    }
}
