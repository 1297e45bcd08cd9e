// SPDX-License-Identifier: Apache-2.0
/// Whether the machine suits a configuration, with advice.
package io.fullnat.balancer.host;
