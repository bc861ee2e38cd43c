-- The rows that one act writes, much as the engine does.

-- name: bench_order_add
INSERT INTO bench_order (tenant, id, no, unit, unit_path, matter, procedure_code, subject, party_masked, step,
                         owner, due_legal_at, due_safe_day, version, head, wrapped_key, recorded_at, closed_at)
VALUES (:tenant, :id, :no, :unit, :unit_path, :matter, :procedure_code, :subject, :party_masked, :step,
        :owner, :due_legal_at, :due_safe_day, :version, :head, :wrapped_key, :recorded_at, :closed_at);

-- name: bench_event_add
INSERT INTO bench_event (tenant, order_id, seq, kind, actor, recorded_at, hash, body)
VALUES (:tenant, :order_id, :seq, :kind, :actor, :recorded_at, :hash, :body);

-- name: bench_outbox_add
INSERT INTO bench_outbox (tenant, id, order_id, kind) VALUES (:tenant, :id, :order_id, :kind);

-- name: bench_worklist
SELECT id, no, unit, unit_path, matter, procedure_code, subject, party_masked, step, owner, due_legal_at,
       due_safe_day, version, recorded_at
  FROM bench_order
 WHERE tenant = :tenant AND owner = :owner AND closed_at IS NULL
 ORDER BY due_legal_at
 LIMIT 50;
