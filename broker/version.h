/* The version of snapshot-broker: in --version, in Welcome, and in the metrics. */
#pragma once

#define BROKER_VERSION "1.0.0"
