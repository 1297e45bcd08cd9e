// SPDX-License-Identifier: Apache-2.0
/// What others need to find out what is wrong with a balancer: one archive, without secrets.
package io.fullnat.balancer.bundle;
