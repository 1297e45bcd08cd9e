// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.service.ServiceKey;

/// The API's values as numbers.
final class Words {
    private Words() {}

    /// A number by which services begin at different servers.
    static long spread(ServiceKey key) {
        if (key.isGroup()) {
            return key.group().hashCode() * 0x9E37_79B9_7F4A_7C15L ^ key.protocol().number();
        }
        return key.endpoint().address().high() * 31
                ^ (key.endpoint().address().low() & 0xFFFF_FFFFL) << 24
                ^ (long) key.endpoint().port() << 8
                ^ key.protocol().number();
    }
}
