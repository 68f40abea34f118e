/* How the outbox reaches a database: its requests as calls of an Rtdb. */
#pragma once

#include "broker/store/firebase/rtdb.h"
#include "broker/store/outbox/outbox.h"

#ifdef __cplusplus
extern "C" {
#endif

/* outbox_link_rtdb - the link; its context is an Rtdb. */
extern const OutboxLink outbox_link_rtdb;

#ifdef __cplusplus
}
#endif
