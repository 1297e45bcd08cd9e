// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.Persistence.Quiesced;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Persistence goes through all grammars, and lists show its templates.
final class PersistenceCommandsTest {
    private static final String WEB = CommandRig.WEB;
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final Persistence PERSISTENCE = Persistence.of(Duration.ofMinutes(2));

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private Optional<Persistence> persistence() {
        return web().policy().persistence();
    }

    private VirtualService web() {
        return rig.control().desired().services().values().iterator().next();
    }

    @Test
    void ipvsadmSetsListsSavesAndRestoresIt() {
        String before = rig.done("ipvsadm -S");
        rig.done("ipvsadm -E " + WEB + " -p");
        assertThat(persistence()).contains(PERSISTENCE.withTimeout(Duration.ofMinutes(6)));
        rig.done("ipvsadm -E " + WEB + " -p 120 -M 255.255.255.0");
        assertThat(persistence()).contains(PERSISTENCE.withLengths(24, 128));
        rig.done("ipvsadm -E " + WEB + " -s wlc");

        assertThat(rig.done("ipvsadm -Ln")).contains(" wlc persistent 120 mask 255.255.255.0\n");
        String saved = rig.done("ipvsadm -S");
        assertThat(saved).contains("-A " + WEB + " -s wlc -p 120 -M 255.255.255.0\n");
        rig.done("ipvsadm -R", "-C\n" + saved);
        assertThat(rig.done("ipvsadm -S")).isEqualTo(saved);

        rig.done("ipvsadm -E " + WEB + " -s rr -p 0");
        assertThat(persistence()).isEmpty();
        assertThat(rig.done("ipvsadm -S")).isEqualTo(before);
    }

    @Test
    void theVerbsSetAndListIt() {
        rig.done(
                "service edit "
                        + SERVICE
                        + " --persistence 120 --persistence-mask 24 --persistence-quiesced honour");
        assertThat(persistence())
                .contains(PERSISTENCE.withLengths(24, 128).withQuiesced(Quiesced.HONOUR));
        assertThat(rig.done("service list --json"))
                .contains(
                        "\"persistenceSeconds\" : 120", "\"persistenceMask\" : \"255.255.255.0\"");
        rig.done("service edit " + SERVICE + " --persistence-mask 255.255.255.255");
        assertThat(persistence()).contains(PERSISTENCE.withQuiesced(Quiesced.HONOUR));
    }

    @Test
    void templatesAreListedAndRemoved() {
        rig.done("ipvsadm -E " + WEB + " -p 120");
        rig.connect(40_000);
        rig.connect(40_001);

        String templates = rig.done("ipvsadm -Lnc --persistent-conn");
        assertThat(templates).hasLineCount(1).startsWith("[0]tcp 120s   NONE        ");
        assertThat(templates.split(" +"))
                .contains("192.0.2.80:80", "0.0.0.0:0", "10.0.1.11:8080\n");
        assertThat(rig.done("ipvsadm -Lnc")).hasLineCount(3).endsWith(templates);
        assertThat(rig.done("template list " + SERVICE)).isEqualTo(templates);
        assertThat(rig.done("template list --json"))
                .contains("/32\"", "\"secondsLeft\":120", "\"proved\":");
        assertThat(rig.done("template count"))
                .isEqualTo(
                        """
                        SERVICE            TEMPLATES
                        TCP 192.0.2.80:80  1
                        1 of 262144
                        """);
        assertThat(rig.done("template count --json"))
                .contains("\"total\" : 1", "\"templates\" : 1");
        assertThat(rig.done("ipvsadm -Ln --persistent-conn " + WEB))
                .containsPattern("10\\.0\\.1\\.11:8080 +1 +1 +");

        assertThat(rig.done("template remove --client 203.0.113.99"))
                .isEqualTo("0 templates removed\n");
        assertThat(rig.done("template remove " + SERVICE)).isEqualTo("1 template removed\n");
        assertThat(rig.done("template list")).isEmpty();
        assertThat(rig.done("ipvsadm -Lnc")).hasLineCount(2);
        rig.refused(2, "template remove", "--server");
        rig.refused(2, "template remove --all --server 10.0.1.11", "--all");
        rig.refused(10, "template list tcp 192.0.2.80:81");
    }

    @Test
    void onePacketSchedulingIsSavedInItsLongForm() {
        rig.done("ipvsadm -A -u 192.0.2.80:514 -s rr -o");
        assertThat(rig.done("ipvsadm -Ln -u 192.0.2.80:514")).contains("192.0.2.80:514 rr ops\n");
        assertThat(rig.done("ipvsadm -S")).contains("-A -u 192.0.2.80:514 -s rr --ops\n");
        rig.done("ipvsadm -R", "-C\n" + rig.done("ipvsadm -S"));
        assertThat(rig.done("ipvsadm -S")).contains("-A -u 192.0.2.80:514 -s rr --ops\n");
        rig.done("ipvsadm -E -u 192.0.2.80:514 --ops no --expire-quiescent");
        assertThat(rig.done("ipvsadm -S"))
                .contains("-A -u 192.0.2.80:514 -s rr --expire-quiescent\n");
        rig.done("service edit udp 192.0.2.80:514 --one-packet yes --expire-quiescent no");
        assertThat(rig.done("ipvsadm -S")).contains("-A -u 192.0.2.80:514 -s rr --ops\n");
        rig.refused(2, "ipvsadm -E " + WEB + " --ops", "only services of UDP");
    }

    @Test
    void whatNeedsPersistenceIsRefusedWithoutIt() {
        rig.refused(2, "ipvsadm -E " + WEB + " -M 255.255.255.0", "needs persistence");
        rig.refused(
                2,
                "service edit " + SERVICE + " --persistence-quiesced honour",
                "needs persistence");
        rig.refused(2, "ipvsadm -E " + WEB + " -p 30 -M 255.0.255.0", "255.0.255.0");
        assertThat(persistence()).isEmpty();
    }
}
