-- State and effects are packed (src/core/pack.h): half of the disk was names of JSON members.  What was
-- written before stays as it is; of what is written from now on `state` and `effects` are empty.
ALTER TABLE orders ADD COLUMN packed %BYTES%;
ALTER TABLE event ADD COLUMN packed %BYTES%;
