// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.service.ServerEntry;

/// The forwarding modes of one worker: those of connections and of real servers.
public final class ForwardingModes {
    private final ForwardingMode fullNat;
    private final ForwardingMode[] byNumber;

    ForwardingModes(FullNat fullNat) {
        this.fullNat = fullNat;
        byNumber = new ForwardingMode[] {fullNat};
        for (int number = 0; number < byNumber.length; number++) {
            if (byNumber[number].number() != number) {
                throw new IllegalArgumentException(number + " is the number of no mode");
            }
        }
    }

    /// The mode of a connection.
    ///
    /// @param entry of the connection
    /// @return its mode
    public ForwardingMode of(long entry) {
        int mode = ConnectionLayout.mode(entry);
        return mode == FullNat.NUMBER ? fullNat : byNumber[mode]; // an object less to be loaded
    }

    /// The mode by which new connections go to a real server: no server can be given another one
    /// yet.
    ForwardingMode of(ServerEntry server) {
        return fullNat;
    }
}
