// SPDX-License-Identifier: Apache-2.0
/// The grammar of `dpip`.
package io.fullnat.balancer.cli.dpip;
