// SPDX-License-Identifier: Apache-2.0
/// Routes and models of the REST API, and how a command line comes over it.
package io.fullnat.balancer.api;
