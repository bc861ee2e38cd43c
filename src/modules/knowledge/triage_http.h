/* triage_http.h - GET /api/v1/triage: for the module's table of routes. */
#ifndef KNOWLEDGE_TRIAGE_HTTP_H
#define KNOWLEDGE_TRIAGE_HTTP_H

#include "core/form.h"
#include "http/http.h"

handler_fn triage_get;
extern const struct shape triage_view_shape;
extern const struct form triage_form;

#endif
