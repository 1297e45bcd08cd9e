// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test on real packets in network namespaces over DPDK. It needs root, iproute2, ethtool, tshark
/// and DPDK's libraries: without them it is skipped, or fails when `-Dnetwork=required` is set.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("network")
@ExtendWith(NetworkCondition.class)
@interface NetworkTest {}
