package io.fullnat.core.control;

import io.fullnat.api.service.PortUsage;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Warns before the ports of a local address are used up: once for each address of a service, when
/// those towards one real server are in use to [PortUsage#WARNING_PERCENT].
final class PortWatch {
    private static final Logger LOG = LoggerFactory.getLogger(PortWatch.class);

    private final Resources resources;
    private final BitSet warned = new BitSet();

    PortWatch(Resources resources) {
        this.resources = resources;
    }

    /// Looks at all local addresses.
    void poll() {
        BitSet present = new BitSet();
        resources
                .locals()
                .forEach((name, slot) -> {
                    present.set(slot);
                    int percent = resources.counts().fullestPercent(slot, resources.counts().all());
                    if (percent >= PortUsage.WARNING_PERCENT && !warned.get(slot)) {
                        warned.set(slot);
                        LOG.warn(
                                "local address {}: {} % of its ports towards one real server have"
                                        + " been in use at once; add another local address",
                                name, percent);
                    }
                });
        warned.and(present);
    }
}
