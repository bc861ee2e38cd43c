-- The orders of a party: `role` stands in the index, else SQLite walks the tree of the key to save a sort.
DROP INDEX order_party_party;
CREATE INDEX order_party_party ON order_party (tenant, party, order_id, role) WHERE party <> 0;
