package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import io.fullnat.api.service.PortUsage;

/// Warns before the ports of a local address are used up: when those towards one real server are in
/// use to [PortUsage#WARNING_PERCENT].
final class PortWatch implements Watch {
    private final Resources resources;
    private final Conditions conditions;

    PortWatch(Resources resources, Conditions conditions) {
        this.resources = resources;
        this.conditions = conditions;
    }

    @Override
    public void poll(long nowNs) {
        Counts counts = resources.counts();
        resources
                .locals()
                .forEach((name, slot) -> {
                    int percent = counts.fullestPercent(slot, counts.all());
                    if (percent >= PortUsage.WARNING_PERCENT) {
                        conditions.present(
                                Condition.PORTS_NEARLY_EXHAUSTED,
                                String.valueOf(name),
                                percent
                                        + " % of its ports towards one real server have been in"
                                        + " use at once",
                                nowNs);
                    }
                });
    }
}
