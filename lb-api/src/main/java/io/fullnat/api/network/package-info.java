// SPDX-License-Identifier: Apache-2.0
/// The network beside the services: interface addresses, routes, static neighbours, reverse-path
/// checks, and how far neighbours are believed.
package io.fullnat.api.network;
