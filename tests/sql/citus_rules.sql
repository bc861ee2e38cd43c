-- Stand-ins for two functions of Citus, which Debian does not have: they move nothing and keep its rules
-- for the schema, so that a statement that Citus would refuse is refused here.
--   a distributed table has the column, NOT NULL; each unique key and exclusion contains it
--   a foreign key of a distributed table leads to a reference table, or to one that is distributed with
--   it and then contains the column on both sides
--   a reference table has no foreign key to a distributed one
--   tables that are kept together have a distribution column of one type
CREATE TABLE pg_dist_partition (
    logicalrelid regclass PRIMARY KEY,
    partmethod   "char" NOT NULL, -- h: by hash of partkey; n: a copy everywhere
    partkey      text,
    colocationid int NOT NULL
);

CREATE FUNCTION create_reference_table(place regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = place) THEN
        RAISE EXCEPTION 'table % is distributed already', place;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_dist_partition d ON d.logicalrelid = c.confrelid
                WHERE c.contype = 'f' AND c.conrelid = place AND d.partmethod = 'h') THEN
        RAISE EXCEPTION 'reference table % has a foreign key to a distributed table', place;
    END IF;
    INSERT INTO pg_dist_partition VALUES (place, 'n', NULL, 0);
END $$;

CREATE FUNCTION create_distributed_table(place regclass, key text, colocate_with text DEFAULT 'default')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    key_number smallint;
    group_id int;
    bad record;
BEGIN
    IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = place) THEN
        RAISE EXCEPTION 'table % is distributed already', place;
    END IF;
    SELECT attnum INTO key_number FROM pg_attribute
     WHERE attrelid = place AND attname = key AND attnotnull AND NOT attisdropped;
    IF key_number IS NULL THEN
        RAISE EXCEPTION 'table % has no column % that is NOT NULL', place, key;
    END IF;
    FOR bad IN SELECT indexrelid::regclass AS name FROM pg_index
                WHERE indrelid = place AND (indisunique OR indisexclusion)
                  AND NOT key_number = ANY (indkey::smallint[]) LOOP
        RAISE EXCEPTION 'unique key % of % does not contain %', bad.name, place, key;
    END LOOP;
    IF colocate_with = 'default' THEN
        SELECT COALESCE(MAX(colocationid), 0) + 1 INTO group_id FROM pg_dist_partition;
    ELSE
        SELECT d.colocationid INTO group_id
          FROM pg_dist_partition d
          JOIN pg_attribute theirs ON theirs.attrelid = d.logicalrelid AND theirs.attname = d.partkey
          JOIN pg_attribute ours ON ours.attrelid = place AND ours.attnum = key_number
         WHERE d.logicalrelid = colocate_with::regclass AND d.partmethod = 'h'
           AND theirs.atttypid = ours.atttypid;
        IF group_id IS NULL THEN
            RAISE EXCEPTION '% cannot be kept together with %', place, colocate_with;
        END IF;
    END IF;
    FOR bad IN SELECT c.conname AS name FROM pg_constraint c
                LEFT JOIN pg_dist_partition d ON d.logicalrelid = c.confrelid
                WHERE c.contype = 'f' AND c.conrelid = place
                  AND NOT (COALESCE(d.partmethod = 'n', false)
                           OR (COALESCE(d.colocationid = group_id, false)
                               AND EXISTS (SELECT 1 FROM unnest(c.conkey, c.confkey) AS k (ours, theirs)
                                             JOIN pg_attribute a ON a.attrelid = c.confrelid
                                              AND a.attnum = k.theirs AND a.attname = d.partkey
                                            WHERE k.ours = key_number))) LOOP
        RAISE EXCEPTION 'foreign key % of % leads to another server', bad.name, place;
    END LOOP;
    INSERT INTO pg_dist_partition VALUES (place, 'h', key, group_id);
END $$;

-- 1: the statement is refused with these words; 0: it is not.
CREATE FUNCTION is_refused(statement text, words text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 0;
EXCEPTION WHEN raise_exception THEN
    RETURN CASE WHEN position(words IN SQLERRM) > 0 THEN 1 ELSE 0 END;
END $$;
