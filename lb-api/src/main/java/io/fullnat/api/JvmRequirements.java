// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;
import java.util.Optional;
import org.agrona.UnsafeApi;

/// What the JVM must be told to allow. Agrona reaches memory by a class of the JDK that is not
/// exported; without that nothing of fullnat works, and the JVM's own message does not say what to
/// do.
///
/// Asked by whatever opens ports or makes a balancer, so applications need it only to look first.
/// Thread-safe.
public final class JvmRequirements {
    private static final String PACKAGE = "jdk.internal.misc";
    private static final String EXPORTED = "java.base/" + PACKAGE;

    private JvmRequirements() {}

    /// What is missing, and the two ways to get it: by a flag, or by the manifest of the jar that
    /// `java -jar` starts.
    ///
    /// @return a sentence; empty if nothing is missing
    public static Optional<String> missing() {
        Module agrona = UnsafeApi.class.getModule();
        if (Object.class.getModule().isExported(PACKAGE, agrona)) {
            return Optional.empty();
        }
        String flag = "--add-exports=" + EXPORTED + "=" + name(agrona);
        String message = "the JVM does not let Agrona reach memory: start it with " + flag;
        return Optional.of(
                agrona.isNamed()
                        ? message
                        : message
                                + ", or have \"Add-Exports: "
                                + EXPORTED
                                + "\" in the manifest of the jar that java -jar starts");
    }

    /// The flag by which the JVM allows native calls to a class, and the way by the manifest.
    ///
    /// @param caller that calls
    /// @return for messages, as `--enable-native-access=...`
    public static String nativeAccess(Class<?> caller) {
        Module module = requireNonNull(caller, "caller").getModule();
        String flag = "--enable-native-access=" + name(module);
        return module.isNamed()
                ? flag
                : flag
                        + ", or have \"Enable-Native-Access: ALL-UNNAMED\" in the manifest of the"
                        + " jar that java -jar starts";
    }

    private static String name(Module module) {
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }

    /// Refuses to go on without, or on a machine whose numbers begin with their first byte.
    ///
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] with what is [#missing()]
    public static void require() {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "only little-endian machines (x86-64, arm64) are supported");
        }
        missing()
                .ifPresent(what -> {
                    throw new BalancerException(ErrorCode.UNSUPPORTED, what);
                });
    }
}
