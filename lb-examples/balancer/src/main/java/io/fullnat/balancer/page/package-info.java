// SPDX-License-Identifier: Apache-2.0
/// The live page: its files, and what browsers are told to keep it from doing. docs/page.md.
package io.fullnat.balancer.page;
