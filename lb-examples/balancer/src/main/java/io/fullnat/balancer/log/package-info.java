// SPDX-License-Identifier: Apache-2.0
/// How the balancer logs.
package io.fullnat.balancer.log;
