// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.set.SetQuestion;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompiledSetsTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final IpSet BOTS = set("bots", "198.51.100.0/24");

    private final InMemoryIo io = ControlRig.openIo(1, 0);
    private final DeviceNames devices = new DeviceNames(io);
    private final SetCounts counts = new SetCounts(1);
    private final CompiledSets sets = new CompiledSets(devices, counts);

    @AfterEach
    void close() {
        io.close();
    }

    private static IpSet set(String name, String... entries) {
        IpSet.Builder builder = IpSet.builder(name, SetType.HASH_NET);
        for (String entry : entries) {
            builder.add(SetMember.of(entry), false);
        }
        return builder.build();
    }

    private static VirtualService service(AccessRule... rules) {
        return VirtualService.of(WEB).withAccessRules(List.of(rules));
    }

    private static boolean admits(@Nullable AccessFilter filter, String client) {
        IpAddress address = IpAddress.parse(client);
        SetQuestion question = new SetQuestion();
        question.client(6, address.high(), address.low(), 40_000);
        return requireNonNull(filter).admits(question, 0);
    }

    @Test
    void aServiceWithoutRulesNeedsNoFilter() {
        assertThat(sets.filter(VirtualService.of(WEB), Map.of())).isNull();
        assertThat(sets.filter(service(AccessRule.deny("198.51.100.0/24")), Map.of())).isNotNull();
    }

    @Test
    void aRuleDecidesByTheSetOfItsNameAndCountsForItsService() {
        AccessRule rule = AccessRule.deny("ipset:bots");
        AccessFilter filter =
                sets.filter(service(rule), Map.of("bots", BOTS, "more", set("more", "10.0.0.0/8")));
        assertThat(admits(filter, "198.51.100.7")).isFalse();
        assertThat(admits(filter, "198.51.100.255")).isFalse();
        assertThat(admits(filter, "198.51.101.0")).isTrue();
        assertThat(admits(filter, "10.0.0.1")).isTrue();
        assertThat(counts.of(WEB, rule).sum()).isEqualTo(2);
        assertThat(counts.of(ServiceKey.tcp("192.0.2.80", 443), rule).sum()).isZero();
        assertThat(sets.counts()).isSameAs(counts);
    }

    /// What counted before the set was changed goes on.
    @Test
    void anotherStateOfASetIsAnotherTableAndTheSameCount() {
        AccessRule rule = AccessRule.deny("ipset:bots");
        admits(sets.filter(service(rule), Map.of("bots", BOTS)), "198.51.100.7");
        IpSet more = set("bots", "198.51.100.0/24", "203.0.113.0/24");
        sets.keep(List.of(more));
        AccessFilter filter = sets.filter(service(rule), Map.of("bots", more));
        assertThat(admits(filter, "203.0.113.9")).isFalse();
        assertThat(counts.of(WEB, rule).sum()).isEqualTo(2);
    }

    @Test
    void aDeviceOfAnEntryMustBeThere() {
        assertThat(sets.number(BOTS, "wan")).isZero();
        assertThat(sets.number(BOTS, "lan")).isOne();
        assertThatThrownBy(() -> sets.number(BOTS, "dmz"))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("set bots")
                .hasMessageContaining("dmz");
    }

    @Test
    void whatAServiceUsesIsWhatItsRulesName() {
        VirtualService service =
                service(AccessRule.allow("10.0.0.0/8"), AccessRule.deny("ipset:bots"));
        assertThat(CompiledSets.uses(service, Set.of("bots"))).isTrue();
        assertThat(CompiledSets.uses(service, Set.of("guests", "bots"))).isTrue();
        assertThat(CompiledSets.uses(service, Set.of("guests"))).isFalse();
        assertThat(CompiledSets.uses(service, Set.of())).isFalse();
        assertThat(CompiledSets.uses(VirtualService.of(WEB), Set.of("bots"))).isFalse();
    }
}
