// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.Ending;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import org.junit.jupiter.api.Test;

class EndRulesTest {
    private static VirtualService service(Ending ending, boolean onExpiry) {
        return VirtualService.of(ServiceKey.tcp("192.0.2.80", 80))
                .withPolicy(ServicePolicy.DEFAULT.withEndWith(ending).withResetsOnExpiry(onExpiry));
    }

    private static EndRules with(EndRules before, int slot, VirtualService service) {
        EndRules.Builder builder = new EndRules.Builder(before);
        builder.add(slot, service);
        return builder.build();
    }

    @Test
    void whoSaysNothingResetsWhatIsEndedAndNotWhatExpires() {
        assertThat(EndRules.DEFAULT.resets(7)).isTrue();
        assertThat(EndRules.DEFAULT.resetsOnExpiry(7)).isFalse();
        assertThat(EndRules.DEFAULT.resetsAnyOnExpiry()).isFalse();
    }

    @Test
    void eachServiceHasItsOwn() {
        EndRules rules = with(EndRules.DEFAULT, 3, service(Ending.SILENCE, false));
        rules = with(rules, 5, service(Ending.RESET, true));

        assertThat(rules.resets(3)).isFalse();
        assertThat(rules.resets(4)).isTrue();
        assertThat(rules.resets(5)).isTrue();
        assertThat(rules.resetsOnExpiry(3)).isFalse();
        assertThat(rules.resetsOnExpiry(5)).isTrue();
        assertThat(rules.resetsAnyOnExpiry()).isTrue();
    }

    @Test
    void whatHasNotChangedIsTheSameObject() {
        EndRules rules = with(EndRules.DEFAULT, 3, service(Ending.SILENCE, true));

        assertThat(with(rules, 3, service(Ending.SILENCE, true))).isSameAs(rules);
        assertThat(with(rules, 9, service(Ending.RESET, false))).isSameAs(rules);
        assertThat(new EndRules.Builder(rules).build()).isSameAs(rules);
    }

    /// A slot that another service gets has that one's.
    @Test
    void aSlotIsSetAnew() {
        EndRules rules = with(EndRules.DEFAULT, 3, service(Ending.SILENCE, true));
        EndRules next = with(rules, 3, service(Ending.RESET, false));

        assertThat(next.resets(3)).isTrue();
        assertThat(next.resetsAnyOnExpiry()).isFalse();
        assertThat(rules.resets(3)).as("the one before").isFalse();
    }
}
