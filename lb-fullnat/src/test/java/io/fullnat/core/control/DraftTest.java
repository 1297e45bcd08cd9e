// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DraftTest {
    private static final InterfaceAddress ADDRESS = InterfaceAddress.of("10.0.1.1/24", "lan");

    private final Drafting drafting = new Drafting();

    @AfterEach
    void close() {
        drafting.close();
    }

    @Test
    void whatItBecomesIsTheNextRevisionAndWhatWasStaysAsItWas() {
        drafting.inForce(added(service(WEB)));
        long revision = drafting.before().desired().revision();
        drafting.draft.apply(added(service(TLS)));
        assertThat(drafting.before().desired().services()).containsOnlyKeys(WEB);
        DesiredTables after = drafting.draft.state();
        assertThat(after.desired().services()).containsOnlyKeys(TLS, WEB);
        assertThat(after.desired().revision()).isEqualTo(revision + 1);
    }

    @Test
    void aLifetimeBeginsNowAndIsForgottenWithItsEnd() {
        Draft draft = new Draft(drafting.before(), drafting.devices, 77);
        AddressLifetime minute = new AddressLifetime(60, 30);
        draft.begin(ADDRESS.withLifetime(minute));
        assertThat(new Draft(draft.state(), drafting.devices, 99).state().terms())
                .containsExactly(Map.entry(ADDRESS.key(), new AddressTerm(minute, 77)));
        Draft again = new Draft(drafting.before(), drafting.devices, 77);
        again.begin(ADDRESS.withLifetime(minute));
        again.begin(ADDRESS);
        assertThat(again.state().terms()).as("it is without end now").isEmpty();
        Draft ended = new Draft(drafting.before(), drafting.devices, 77);
        ended.begin(ADDRESS.withLifetime(minute));
        ended.end(ADDRESS);
        assertThat(ended.state().terms()).isEmpty();
    }

    private static IpSet set(String name) {
        return IpSet.builder(name, SetType.HASH_NET).build();
    }

    @Test
    void setsThatCameWentOrChangedAreKnown() {
        drafting.inForce(
                new Change.CreateSet(set("kept")),
                new Change.CreateSet(set("changed")),
                new Change.CreateSet(set("gone")));
        Draft draft = drafting.draft;
        assertThat(draft.changedSets(drafting.before().desired())).isEmpty();
        draft.apply(new Change.CreateSet(set("fresh")));
        draft.apply(new Change.DestroySet("gone"));
        draft.apply(
                new Change.AddSetMembers("changed", List.of(SetMember.of("10.0.0.0/8")), false));
        assertThat(draft.changedSets(drafting.before().desired()))
                .containsExactlyInAnyOrder("fresh", "gone", "changed");
    }

    @Test
    void theServiceOfAVirtualAddressIsTheFirstThatIsThere() {
        Draft draft = drafting.inForce(added(service(WEB)), added(service(TLS))).draft;
        assertThat(draft.virtual(ip("192.0.2.80"))).contains(WEB);
        assertThat(draft.virtual(ip("192.0.2.81"))).isEmpty();
        draft.apply(new Change.RemoveService(WEB, false));
        assertThat(draft.virtual(ip("192.0.2.80"))).contains(TLS);
        draft.apply(new Change.RemoveService(TLS, false));
        assertThat(draft.virtual(ip("192.0.2.80"))).isEmpty();
        ServiceKey other = ServiceKey.udp("192.0.2.81", 53);
        draft.apply(added(service(other)));
        assertThat(draft.virtual(ip("192.0.2.81"))).contains(other);
    }

    @Test
    void frontendsOfAGroupAreVirtualAddressesAsTheyAreNow() {
        ServiceKey group = ServiceKey.group(Protocol.TCP, "web");
        Draft draft = drafting.draft;
        draft.apply(added(service(group).withFrontends(List.of(Frontend.parse("192.0.2.90:80")))));
        assertThat(draft.virtual(ip("192.0.2.90"))).contains(group);
        draft.apply(new Change.SetFrontends(group, List.of(Frontend.parse("192.0.2.91:80"))));
        assertThat(draft.virtual(ip("192.0.2.90"))).isEmpty();
        assertThat(draft.virtual(ip("192.0.2.91"))).contains(group);
    }
}
