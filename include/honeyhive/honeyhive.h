#pragma once

// All of HoneyHive that needs no third-party header; for tests, <honeyhive/testing.h>.

#include "honeyhive/config.h"
#include "honeyhive/context.h"
#include "honeyhive/enrich.h"
#include "honeyhive/error.h"
#include "honeyhive/semconv.h"
#include "honeyhive/session.h"
#include "honeyhive/span.h"
#include "honeyhive/stats.h"
#include "honeyhive/tracer.h"
#include "honeyhive/value.h"
