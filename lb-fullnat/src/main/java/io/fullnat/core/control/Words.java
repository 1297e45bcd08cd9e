// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.service.ServiceKey;

/// The API's values as numbers.
final class Words {
    private Words() {}

    /// A number by which services begin at different servers.
    static long spread(ServiceKey key) {
        return key.endpoint().address().high() * 31
                ^ (key.endpoint().address().low() & 0xFFFF_FFFFL) << 24
                ^ (long) key.endpoint().port() << 8
                ^ key.protocol().number();
    }
}
