// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.fullnat.core.path.FastPath;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What handles packets is not compiled together with the duty cycle around it, which is called
/// often enough for that before the first packet comes (docs/architecture.md, "A packet's way").
class CompiledApartTest {
    @Test
    void aBurstIsHandledByAMethodThatTheCompilerTakesIntoNoOther() throws IOException {
        HotSpotDiagnosticMXBean jvm =
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        int longest = Integer.parseInt(jvm.getVMOption("FreqInlineSize").getValue());
        assertThat(bytes(FastPath.class, "process")).isGreaterThan(longest);
    }

    private static int bytes(Class<?> of, String method) throws IOException {
        try (InputStream file = of.getResourceAsStream(of.getSimpleName() + ".class")) {
            byte[] read = Objects.requireNonNull(file, "its file").readAllBytes();
            MethodModel model =
                    ClassFile.of().parse(read).methods().stream()
                            .filter(each -> each.methodName().equalsString(method))
                            .findFirst()
                            .orElseThrow();
            return ((CodeAttribute) model.code().orElseThrow()).codeLength();
        }
    }
}
