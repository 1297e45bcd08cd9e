// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.SymbolLookup;

/// The functions of `librte_ethdev` for flow rules. Each fills a `struct rte_flow_error` when it
/// fails.
final class FlowFunctions {
    private final NativeFunction validate;
    private final NativeFunction create;
    private final NativeFunction destroy;

    FlowFunctions(SymbolLookup library) {
        validate =
                NativeFunction.of(
                        library,
                        "rte_flow_validate",
                        JAVA_INT,
                        JAVA_SHORT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG);
        create =
                NativeFunction.of(
                        library,
                        "rte_flow_create",
                        JAVA_LONG,
                        JAVA_SHORT,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG);
        destroy =
                NativeFunction.of(
                        library, "rte_flow_destroy", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_LONG);
    }

    /// Whether a port would take a rule.
    ///
    /// @return 0 or a negative error number
    int validate(int port, NativeFlowRule rule, long error) {
        return (int) validate.call(port, rule.attributes(), rule.pattern(), rule.actions(), error);
    }

    /// Puts a rule in place.
    ///
    /// @return its handle, 0 if the port refuses it
    long create(int port, NativeFlowRule rule, long error) {
        return create.call(port, rule.attributes(), rule.pattern(), rule.actions(), error);
    }

    /// Takes a rule away; its handle is used up.
    ///
    /// @return 0 or a negative error number
    int destroy(int port, long handle, long error) {
        return (int) destroy.call(port, handle, error);
    }
}
