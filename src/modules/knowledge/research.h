/*
 * research.h - the staff's side: searching with operators and filters, what was picked put to an
 * order, what is offered beside a form, and the upkeep of what the robot answers from.
 *
 * Files: research_*.c (searching, citing), offer.c (beside the form), upkeep_*.c (upkeep), their
 * queries in research.sql.  Addresses:
 *
 *   GET  /research                    research.use   search laws, answers, cases, closed orders
 *   GET  /research/list               research.use   what was picked, as a list of citations
 *   POST /research/attach             research.use   ... put to an order as a note
 *   GET  /knowledge                   knowledge.keep what was asked, what found nothing
 *   GET, POST /knowledge/files        knowledge.keep loading a file
 *   GET  /knowledge/proposals, GET, POST /knowledge/proposals/{id}   answers of the house
 *   POST /orders/{id}/propose         order.act      propose the answer of a consultation
 *   GET, POST /knowledge/words        knowledge.keep words that mean the same, tried and published
 *   GET, POST /knowledge/kept         knowledge.keep questions kept to try them on
 *
 * Only the closed orders that the person may see are found, each looked up again before it is shown.
 * Of an order the index holds what stands in the clear on its row (cause, matter, outcome), which
 * holds no personal data; what was said, who said it and what was handed in is not indexed.
 */
#ifndef KNOWLEDGE_RESEARCH_H
#define KNOWLEDGE_RESEARCH_H

#include "http/http.h"
#include "knowledge_index.h"

#endif
