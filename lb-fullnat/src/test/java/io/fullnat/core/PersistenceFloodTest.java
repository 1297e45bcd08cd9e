// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What strangers do to a small table of templates: they push each other out, and no client that is
/// known. A table full of known clients lets others in without a template.
class PersistenceFloodTest {
    private static final int ROOM = 8;

    private static final Change PERSISTENT =
            new Change.SetPolicy(
                    Rig.TCP,
                    ServicePolicy.DEFAULT.withPersistence(
                            Optional.of(Persistence.of(Duration.ofMinutes(5)))));

    private static void syn(Rig rig, int stranger) {
        assertThat(
                        rig.clientSends(
                                rig.requestFrom(rig.families.clients.stranger(stranger))
                                        .tcp(40_000, 80)
                                        .flags(Tcp.SYN)
                                        .sequence(1)))
                .hasSize(1);
    }

    private static List<TemplateInfo> templates(Rig rig) {
        List<TemplateInfo> templates = new ArrayList<>();
        rig.balancer.control().templates(TemplateFilter.ALL, templates::add);
        return templates;
    }

    @Test
    void strangersPushEachOtherOut() {
        try (Rig rig = Rig.with(options -> options.templates(ROOM)).configured()) {
            rig.apply(PERSISTENT);
            TcpFlow known = TcpFlow.established(rig, 1_024);
            int flood = 500;
            for (int stranger = 1; stranger <= flood; stranger++) {
                syn(rig, stranger);
            }

            assertThat(templates(rig)).hasSize(ROOM);
            assertThat(templates(rig).stream().filter(TemplateInfo::proved))
                    .singleElement()
                    .matches(each -> each.client().address().toString().equals(Rig.CLIENT));
            assertThat(rig.count(Counter.TEMPLATES_CREATED)).isEqualTo(1 + flood);
            assertThat(rig.count(Counter.TEMPLATES_DISPLACED)).isEqualTo(1 + flood - ROOM);
            assertThat(rig.count(Counter.TEMPLATES_REFUSED)).isZero();
            assertThat(isTemplatesFull(rig)).isFalse();
            rig.pass(Duration.ofSeconds(1));
            assertThat(isTemplatesFull(rig)).isTrue();
            known.exchange();
        }
    }

    @Test
    void aTableOfKnownClientsServesOthersWithoutTemplate() {
        try (Rig rig = Rig.with(options -> options.templates(1)).configured()) {
            rig.apply(PERSISTENT);
            for (int client = 1; client <= ROOM; client++) {
                establish(rig, client);
            }
            assertThat(templates(rig)).hasSize(ROOM).allMatch(TemplateInfo::proved);

            syn(rig, 100);

            assertThat(rig.count(Counter.TEMPLATES_REFUSED)).isOne();
            assertThat(rig.count(Counter.TEMPLATES_DISPLACED)).isZero();
            assertThat(templates(rig)).hasSize(ROOM);
        }
    }

    private static boolean isTemplatesFull(Rig rig) {
        return rig.balancer.control().health().conditions().stream()
                .anyMatch(each -> each.condition() == Condition.TEMPLATES_FULL);
    }

    private static void establish(Rig rig, int client) {
        String source = rig.families.clients.stranger(client);
        List<byte[]> out =
                rig.clientSends(rig.requestFrom(source).tcp(40_000, 80).flags(Tcp.SYN).sequence(1));
        int local = IpFrame.sourcePort(out.getFirst());
        rig.serverSends(
                rig.answer()
                        .tcp(8080, local)
                        .flags(Tcp.SYN | Tcp.ACK)
                        .sequence(1)
                        .acknowledgement(2));
        rig.clientSends(
                rig.requestFrom(source)
                        .tcp(40_000, 80)
                        .flags(Tcp.ACK)
                        .sequence(2)
                        .acknowledgement(2));
    }
}
