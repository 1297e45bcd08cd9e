// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.transmit.LinkGate;
import java.util.ArrayList;
import java.util.List;

/// Which own addresses are to be announced again because the link of their port has come back: at
/// its other end may be another switch, or one that has forgotten where we are.
final class LinkReturns {
    private final LinkGate[] links;
    private final int[] seen;

    /// @param links by port number
    LinkReturns(List<LinkGate> links) {
        this.links = links.toArray(LinkGate[]::new);
        seen = new int[this.links.length];
    }

    /// Looks whether a link has come back since the last look. Costs a load of each port's flag.
    ///
    /// @param view the present one
    /// @return addresses of the ports whose links have
    List<NetworkView.Own> poll(NetworkView view) {
        List<NetworkView.Own> addresses = List.of();
        for (int port = 0; port < links.length; port++) {
            int returns = links[port].returns();
            if (returns != seen[port]) {
                seen[port] = returns;
                addresses = new ArrayList<>(addresses);
                addresses.addAll(view.ownOfPort(port));
            }
        }
        return addresses;
    }
}
