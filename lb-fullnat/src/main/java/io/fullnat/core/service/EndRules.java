// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.service.Ending;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.util.Arrays;

/// What both ends of a connection hear when it ends without them, by the slot of their service.
/// Immutable. Former services keep what they said last, for their connections may go on.
public final class EndRules {
    /// No service says anything.
    public static final EndRules DEFAULT = new EndRules(new byte[0]);

    private static final int ON_EXPIRY = 1;
    private static final int SILENT = 2;

    private final byte[] bySlot;
    private final boolean anyOnExpiry;

    private EndRules(byte[] bySlot) {
        this.bySlot = bySlot;
        boolean any = false;
        for (byte rule : bySlot) {
            any |= (rule & ON_EXPIRY) != 0;
        }
        anyOnExpiry = any;
    }

    /// Whether a connection that was idle for too long is reset.
    ///
    /// @param slot of its service
    /// @return false if its ends hear nothing
    public boolean resetsOnExpiry(int slot) {
        return anyOnExpiry && (rule(slot) & ON_EXPIRY) != 0;
    }

    /// Whether connections of any service are.
    ///
    /// @return false if nobody is told
    public boolean resetsAnyOnExpiry() {
        return anyOnExpiry;
    }

    /// Whether a connection is reset that a command, a removal or the health of its server ends.
    ///
    /// @param slot of its service
    /// @return false if its ends hear nothing
    public boolean resets(int slot) {
        return (rule(slot) & SILENT) == 0;
    }

    private int rule(int slot) {
        return slot < bySlot.length ? bySlot[slot] : 0;
    }

    private static byte rule(ServicePolicy policy) {
        return (byte)
                ((policy.resetsOnExpiry() ? ON_EXPIRY : 0)
                        | (policy.endWith() == Ending.SILENCE ? SILENT : 0));
    }

    /// Collects what services say.
    public static final class Builder {
        private final EndRules before;
        private byte[] bySlot;

        /// Starts with what former services said.
        ///
        /// @param before what held
        public Builder(EndRules before) {
            this.before = before;
            bySlot = before.bySlot;
        }

        /// Adds a service.
        ///
        /// @param slot of it
        /// @param service the desired state
        public void add(int slot, VirtualService service) {
            byte rule = rule(service.policy());
            if (rule == before.rule(slot) && slot >= bySlot.length) {
                return;
            }
            if (slot >= bySlot.length || bySlot[slot] != rule) {
                bySlot = Arrays.copyOf(bySlot, Math.max(bySlot.length, slot + 1));
                bySlot[slot] = rule;
            }
        }

        /// What holds from now on.
        ///
        /// @return what held before, the same object, if nothing has changed
        @SuppressWarnings("ReferenceEquality") // the array itself, as long as nothing has changed
        public EndRules build() {
            return bySlot == before.bySlot ? before : new EndRules(bySlot);
        }
    }
}
