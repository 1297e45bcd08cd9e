// SPDX-License-Identifier: Apache-2.0
/// The command line that works inside the balancer: the grammars of `ipvsadm` and `dpip`, and plain
/// verbs. [io.fullnat.balancer.cli.Commands] is its public face.
package io.fullnat.balancer.cli;
