SELECT e.evidence_id
FROM evidence AS e
LEFT JOIN articles AS a USING (article_id)
WHERE a.article_id IS NULL OR e.end_char > length(a.text) OR e.end_char <= e.start_char
