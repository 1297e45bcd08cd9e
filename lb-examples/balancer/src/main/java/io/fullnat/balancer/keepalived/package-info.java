// SPDX-License-Identifier: Apache-2.0
/// Configurations of keepalived, with the keywords that DPVS adds, as ones of fullnat.
@org.jspecify.annotations.NullMarked
package io.fullnat.balancer.keepalived;
