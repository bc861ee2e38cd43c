-- Which files papers name: the sweep of those that nothing names reads a stretch of names at a time.
CREATE INDEX paper_blob ON paper (tenant, blob);
