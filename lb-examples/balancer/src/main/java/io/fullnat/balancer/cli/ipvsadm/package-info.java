// SPDX-License-Identifier: Apache-2.0
/// The grammar of `ipvsadm`.
package io.fullnat.balancer.cli.ipvsadm;
