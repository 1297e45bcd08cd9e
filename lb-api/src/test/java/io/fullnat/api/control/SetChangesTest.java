// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What changes make of the sets of a state, and what rules name them.
class SetChangesTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final IpSet BOTS = set("bots", "198.51.100.0/24");
    private static final IpSet STAFF = set("staff", "203.0.113.0/24", "203.0.113.7");
    private static final DesiredState STATE =
            after(
                    DesiredState.EMPTY,
                    new Change.CreateSet(BOTS),
                    new Change.CreateSet(STAFF),
                    new Change.AddService(
                            VirtualService.of(WEB)
                                    .withAccessRules(List.of(AccessRule.deny("ipset:bots")))));

    private static IpSet set(String name, String... entries) {
        IpSet.Builder builder = IpSet.builder(name, SetType.HASH_NET);
        for (String entry : entries) {
            builder.add(SetMember.of(entry), false);
        }
        return builder.build();
    }

    private static DesiredState after(DesiredState state, Change... changes) {
        StateDraft draft = state.draft();
        for (Change change : changes) {
            draft.apply(change);
        }
        return draft.state(state.revision());
    }

    private static List<String> names(DesiredState state, String set) {
        return state.set(set).entries().stream().map(SetEntry::name).toList();
    }

    private static void refused(ErrorCode code, Change change, String... words) {
        assertThatThrownBy(() -> STATE.with(change))
                .isInstanceOfSatisfying(
                        BalancerException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(words);
    }

    private static List<SetMember> members(String... entries) {
        return List.of(entries).stream().map(SetMember::of).toList();
    }

    @Test
    void entriesComeAndGo() {
        DesiredState more =
                after(
                        STATE,
                        new Change.AddSetMembers("bots", members("10.0.0.0/8"), false),
                        new Change.AddSetMembers("bots", members("10.0.0.0/8"), true),
                        new Change.RemoveSetMembers("bots", members("198.51.100.7/24"), false),
                        new Change.RemoveSetMembers("bots", members("198.51.100.0/24"), true));

        assertThat(names(more, "bots")).containsExactly("10.0.0.0/8");
        assertThat(names(STATE, "bots")).containsExactly("198.51.100.0/24");
        assertThat(more.set("staff")).isSameAs(STATE.set("staff"));
        assertThat(after(more, new Change.FlushSet("bots")).set("bots").entries()).isEmpty();
        assertThat(after(more, new Change.ReplaceSet(BOTS))).isEqualTo(STATE);
    }

    @Test
    void setsAreSwappedRenamedAndDestroyed() {
        DesiredState swapped = STATE.with(new Change.SwapSets("bots", "staff"));
        assertThat(names(swapped, "bots")).containsExactly("203.0.113.0/24", "203.0.113.7/32");
        assertThat(names(swapped, "staff")).containsExactly("198.51.100.0/24");

        DesiredState renamed = STATE.with(new Change.RenameSet("staff", "people"));
        assertThat(renamed.sets()).containsOnlyKeys("bots", "people");
        assertThat(names(renamed, "people")).hasSize(2);
        assertThat(STATE.with(new Change.DestroySet("staff")).sets()).containsOnlyKeys("bots");
    }

    @Test
    void whatIsNotThereIsNamed() {
        refused(ErrorCode.NO_SET, new Change.FlushSet("x"), "no set \"x\"", "bots, staff");
        refused(ErrorCode.NO_SET, new Change.DestroySet("x"), "\"x\"");
        refused(ErrorCode.NO_SET, new Change.SwapSets("bots", "x"), "\"x\"");
        refused(ErrorCode.NO_SET, new Change.ReplaceSet(set("x")), "\"x\"");
        refused(ErrorCode.SET_EXISTS, new Change.CreateSet(BOTS), "set bots");
        refused(ErrorCode.SET_EXISTS, new Change.RenameSet("staff", "bots"), "set bots");
        refused(
                ErrorCode.SET_ENTRY_EXISTS,
                new Change.AddSetMembers("bots", members("198.51.100.7/24"), false),
                "198.51.100.0/24");
        refused(
                ErrorCode.NO_SET_ENTRY,
                new Change.RemoveSetMembers("bots", members("198.51.100.0/25"), false),
                "198.51.100.0/25");
    }

    @Test
    void whoUsesASetIsKnown() {
        assertThat(SetRules.users(STATE.services().values(), "bots"))
                .containsExactly("deny ipset:bots of TCP 192.0.2.80:80");
        assertThat(SetRules.users(STATE.services().values(), "staff")).isEmpty();
        assertThatThrownBy(() -> SetRules.requireUnused(STATE.services().values(), "bots"))
                .hasMessageContainingAll("in use", "deny ipset:bots of TCP 192.0.2.80:80");
        SetRules.requireUnused(STATE.services().values(), "staff");
        SetRules.check(STATE.service(WEB), STATE.sets());
    }

    @Test
    void aSetOfAnotherFamilyIsNotForAService() {
        IpSet six = IpSet.builder("bots", SetType.HASH_NET).family(SetFamily.IPV6).build();
        DesiredState wrong = STATE.with(new Change.ReplaceSet(six));

        assertThatThrownBy(() -> SetRules.check(wrong.service(WEB), wrong.sets()))
                .hasMessageContainingAll("ipset:bots", "TCP 192.0.2.80:80", "IPv6", "IPv4");
        IpSet ports = IpSet.builder("bots", SetType.BITMAP_PORT).range("0-65535").build();
        DesiredState any = STATE.with(new Change.ReplaceSet(ports));
        SetRules.check(any.service(WEB), any.sets());
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7/24,   192.0.2.0/24",
        "192.0.2.7,      192.0.2.7/32",
        "ipset:bots,     ipset:bots",
        "'ipset:bots,src', ipset:bots",
        "'ipset:bots,dst', 'ipset:bots,dst'"
    })
    void clientsAreReadAndWritten(String text, String written) {
        Clients clients = Clients.parse(text);

        assertThat(clients).hasToString(written);
        assertThat(Clients.parse(written)).isEqualTo(clients);
        assertThatThrownBy(() -> Clients.parse("ipset:a b")).hasMessageContaining("\"a b\"");
        assertThatThrownBy(() -> Clients.parse("ipset:")).hasMessageContaining("\"\"");
    }

    /// A set of 256 combinations, all that one may have.
    private static IpSet wide(String name) {
        IpSet.Builder builder = IpSet.builder(name, SetType.HASH_NET_PORT_NET);
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 16; j++) {
                builder.add(
                        SetMember.of("10.0.0.0/" + (8 + i) + ",80,172.16.0.0/" + (12 + j)), true);
            }
        }
        return builder.build();
    }

    private static void check(Map<String, IpSet> sets, int rules) {
        SetRules.check(
                VirtualService.of(WEB)
                        .withAccessRules(
                                IntStream.range(0, rules)
                                        .mapToObj(i -> AccessRule.deny("ipset:wide" + i))
                                        .toList()),
                sets);
    }

    @Test
    void theSetsOfAServiceTakeSoManyLookUpsAtMost() {
        Map<String, IpSet> sets = new HashMap<>();
        for (int i = 0; i < 4; i++) {
            sets.put("wide" + i, wide("wide" + i));
        }
        sets.put("wide4", IpSet.builder("wide4", SetType.HASH_NET_PORT_NET).build());
        check(sets, 5);
        sets.put("wide4", set("wide4", "198.51.100.0/24"));

        assertThatThrownBy(() -> check(sets, 5))
                .isInstanceOf(BalancerException.class)
                .hasMessageContainingAll("TCP 192.0.2.80:80", "1025 look-ups", "1024 may be");
        sets.put("wide0", set("wide0", "198.51.100.0/24"));
        check(sets, 5);
    }

    /// Sets of one part are cheap, however many entries they have.
    @Test
    void aHundredSetsOfNetworksAreFew() {
        Map<String, IpSet> sets = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            IpSet.Builder builder = IpSet.builder("wide" + i, SetType.HASH_NET);
            for (int length = 8; length <= 32; length++) {
                builder.add(SetMember.of("10.0.0.0/" + length), false);
            }
            sets.put("wide" + i, builder.build());
        }
        check(sets, 100);
    }
}
