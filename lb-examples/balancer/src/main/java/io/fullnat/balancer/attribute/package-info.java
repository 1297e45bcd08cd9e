// SPDX-License-Identifier: Apache-2.0
/// The attributes of services and real servers, each described once, for all that reads, writes, shows
/// or explains them.
package io.fullnat.balancer.attribute;
