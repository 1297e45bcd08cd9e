// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.balancer.cli.ExtraCommand;
import io.fullnat.balancer.run.Termination;

/// Puts the demo among the commands of `fullnat`. Made by [java.util.ServiceLoader].
public final class DemoEntry implements ExtraCommand {
    static final String NAME = "demo";

    /// For the loader.
    public DemoEntry() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String example() {
        return "  fullnat demo                        see it at work, in namespaces of its own";
    }

    @Override
    public Object make(Termination termination) {
        return new DemoCommand(termination);
    }
}
