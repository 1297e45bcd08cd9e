// SPDX-License-Identifier: Apache-2.0
/// The plain verbs, read by picocli.
package io.fullnat.balancer.cli.verbs;
