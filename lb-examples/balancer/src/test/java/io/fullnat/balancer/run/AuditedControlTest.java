// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Control;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class AuditedControlTest {
    /// A default method of the interface says "not supported": what is new there must be passed on.
    @Test
    void passesOnAllThatAControlCanDo() {
        for (Method method : Control.class.getMethods()) {
            boolean waiting = method.getName().equals("apply"); // by way of submit
            if (!Modifier.isStatic(method.getModifiers()) && !waiting) {
                assertThat(AuditedControl.class.getDeclaredMethods())
                        .as("%s", method)
                        .anyMatch(own ->
                                own.getName().equals(method.getName())
                                        && Arrays.equals(
                                                own.getParameterTypes(),
                                                method.getParameterTypes()));
            }
        }
    }
}
