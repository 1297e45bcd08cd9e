// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;

/// The second word of a service: what it is called beside its protocol.
///
/// @param text that some service can have
record ServiceName(String text) {
    static final String DESCRIPTION = "ADDRESS:PORT, ADDRESS:FIRST-LAST, ADDRESS:0, group:NAME";

    /// Reads a word.
    ///
    /// @throws io.fullnat.api.BalancerException for one that no service can have
    static ServiceName parse(String text) {
        ServiceKey _ = ServiceKey.parse(Protocol.TCP, text);
        return new ServiceName(text);
    }

    ServiceKey key(Protocol protocol) {
        return ServiceKey.parse(protocol, text);
    }
}
