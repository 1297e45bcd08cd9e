// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.control.ServiceBuilder.Built;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says what an operator may not expect of a service that tells its servers who their clients are:
/// once, when it begins to.
final class DisclosureWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(DisclosureWarnings.class);

    private DisclosureWarnings() {}

    /// Compares services.
    ///
    /// @param before by key
    /// @param after by key, in force
    static void tell(Map<ServiceKey, Built> before, Map<ServiceKey, Built> after) {
        after.forEach((key, built) -> {
            Built former = before.get(key);
            if (former == built) {
                return;
            }
            ClientDisclosure how = how(built);
            if (how.uoa() == ClientDisclosure.Uoa.OPP
                    && (former == null || how(former).uoa() != how.uoa())) {
                LOG.warn(
                        "{} tells its real servers their clients by UOA, header {}: a server without"
                                + " the module that knows it drops the first {} datagrams of each"
                                + " client port, or all until it answers",
                        key,
                        how.uoa().word(),
                        how.uoaPackets());
            }
        });
    }

    private static ClientDisclosure how(Built built) {
        return built.service().policy().disclosure();
    }
}
