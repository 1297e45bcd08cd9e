// SPDX-License-Identifier: Apache-2.0
/// Manual pages, made of what the grammars say of themselves.
@org.jspecify.annotations.NullMarked
package io.fullnat.balancer.man;
