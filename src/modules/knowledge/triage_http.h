/* triage_http.h - GET /api/v1/triage, GET /api/v1/triage/taken: for the module's table of routes.
 */
#ifndef KNOWLEDGE_TRIAGE_HTTP_H
#define KNOWLEDGE_TRIAGE_HTTP_H

#include "core/form.h"
#include "http/http.h"

handler_fn triage_get, triage_taken_get;
extern const struct shape triage_view_shape, triage_taken_shape;
extern const struct form triage_form, triage_taken_form;

#endif
