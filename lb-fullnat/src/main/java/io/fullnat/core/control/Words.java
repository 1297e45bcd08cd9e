// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.service.ServiceEntry;

/// The API's values as the words that workers compare.
final class Words {
    private Words() {}

    /// An address in host order.
    static int host(IpAddress address) {
        return switch (address) {
            case Ipv4Address v4 -> v4.bits();
        };
    }

    /// An address as four bytes of a packet, read as one word.
    static int raw(IpAddress address) {
        return Integer.reverseBytes(host(address));
    }

    /// The key under which workers find a service.
    static long service(ServiceKey key) {
        return ServiceEntry.key(
                host(key.endpoint().address()), key.endpoint().port(), key.protocol().number());
    }
}
