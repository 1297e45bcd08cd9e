// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.service.ServiceKey;

/// The API's values as the words that workers compare.
final class Words {
    private Words() {}

    /// An address of IPv4 as four bytes of a packet, read as one word.
    static int raw(IpAddress address) {
        return Integer.reverseBytes((int) address.low());
    }

    /// A number by which services begin at different servers.
    static long spread(ServiceKey key) {
        return key.endpoint().address().high() * 31
                ^ (key.endpoint().address().low() & 0xFFFF_FFFFL) << 24
                ^ (long) key.endpoint().port() << 8
                ^ key.protocol().number();
    }
}
