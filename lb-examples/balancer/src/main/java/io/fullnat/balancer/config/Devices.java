// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;

/// The names that a `device` may have: `PORT`, or `PORT.VLAN` for a VLAN on it. Immutable.
///
/// @param ports names of the configured ports
/// @param complete whether all of them could be read; else a name that is not among them may be
///   right
record Devices(List<String> ports, boolean complete) {
    private static final int MAX_VLAN = 4094;

    /// A reader of device names.
    Scalar<String> reader() {
        return Scalar.parsed(this::check);
    }

    private String check(String device) {
        int dot = device.indexOf('.');
        String port = dot < 0 ? device : device.substring(0, dot);
        if (complete && !ports.contains(port)) {
            throw wrong("there is no port \"" + port + "\"; ports: " + String.join(", ", ports));
        }
        if (dot >= 0) {
            String vlan = device.substring(dot + 1);
            if (!vlan.matches("[1-9][0-9]{0,3}") || Integer.parseInt(vlan) > MAX_VLAN) {
                throw wrong("VLAN \"" + vlan + "\" of \"" + device + "\" is not 1-" + MAX_VLAN);
            }
        }
        return device;
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
