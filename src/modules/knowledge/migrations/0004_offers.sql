-- What was offered and taken is counted over a period.
CREATE INDEX knowledge_offer_at ON knowledge_offer (tenant, at_ms);
