-- Which files drafts name: the sweep of those that nothing names reads a stretch of names at a time.
CREATE INDEX portal_draft_file_blob ON portal_draft_file (tenant, blob);
